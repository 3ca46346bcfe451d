using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sluice.Simulator.ApiServer;
using Xunit;

namespace Sluice.Simulator.Tests;

public sealed class LargeFleetTests
{
    [Fact]
    public async Task Scale_WithTheSameSeed_IsTheSameFleet()
    {
        await using var one = Host(200, 3, 5);
        await using var two = Host(200, 3, 5);
        await using var other = Host(200, 3, 6);
        Facts(one).ShouldBe(Facts(two));
        Facts(one).ShouldNotBe(Facts(other));
        one.Clusters.Count.ShouldBe(3);
        one.Clusters.Sum(c => All(c).Count()).ShouldBe(200);
    }

    [Fact]
    public async Task Scale_LooksLikeACompany()
    {
        await using var host = Host(3000, 2, 7);
        var nodes = host.Clusters.SelectMany(c => All(c).Select(o => (o.Json.Length, Node: o.ToNode()))).ToList();
        nodes.Average(n => n.Length).ShouldBeInRange(6_000, 14_500);
        nodes.Select(n => n.Node["metadata"]!["labels"]!["team"]!.ToString()).Distinct().Count().ShouldBeGreaterThan(24);
        nodes.Select(n => n.Node["spec"]!["flinkVersion"]?.ToString()).Distinct().ShouldBeSubsetOf(["v1_18", "v1_19", "v1_20", "v2_0", null]);
        nodes.Count(n => n.Node["kind"]!.ToString() == "FlinkSessionJob").ShouldBeGreaterThan(5);
        nodes.Count(n => n.Node["metadata"]!["annotations"]!["example.com/note"] is not null).ShouldBeGreaterThan(5);
        nodes.ShouldAllBe(n => n.Node["metadata"]!["managedFields"]!.AsArray().Count == 3);
    }

    [Fact]
    public async Task Asleep_WhenTheOperatorLooks_FindsNothingToWrite()
    {
        await using var host = Host(120, 2, 7);
        foreach (var cluster in host.Clusters)
        {
            var (version, quiet) = (cluster.Store.Version, All(cluster).Where(o => o.ToNode()["spec"]?["job"]?["state"]?.ToString() == "running").ToList());
            foreach (var one in quiet)
                lock (cluster.Store.Gate)
                    cluster.Operator.RunNow(one.ToNode()["kind"]!.ToString(), one.Namespace, one.Name);
            // The size of the state may have changed; nothing else, or a fleet that is looked at would not be the one that was there before.
            foreach (var one in quiet)
            {
                var now = cluster.Store.Find(Type(cluster, one), one.Namespace, one.Name)!.ToNode();
                var before = one.ToNode();
                before["metadata"]!["resourceVersion"] = now["metadata"]!["resourceVersion"]!.DeepClone();
                foreach (var node in new[] { before, now }) (node["status"]?["clusterInfo"] as System.Text.Json.Nodes.JsonObject)?.Remove("state-size");
                now.ToJsonString().ShouldBe(before.ToJsonString());
            }
            cluster.Store.Version.ShouldBeGreaterThanOrEqualTo(version);
        }
    }

    [Fact]
    public async Task Scale_OfTwentyThousand_TakesLessThanTwoGigabytes()
    {
        await using var host = Host(20_000, 10, 7);
        await host.StartAsync();
        host.Clusters.Sum(c => All(c).Count()).ShouldBe(20_000);
        GC.Collect();
        // What is really used; the objects alone are 280 MB of it.
        (GC.GetGCMemoryInfo().HeapSizeBytes / 1e6).ShouldBeLessThan(1500);
        host.Churn!.Rate = 400;
        var before = host.Churn.Written;
        var deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(60);
        while (host.Churn.Written < before + 400 && TimeProvider.System.GetUtcNow() < deadline) await Task.Delay(100, TestContext.Current.CancellationToken);
        host.Churn.Written.ShouldBeGreaterThanOrEqualTo(before + 400);
    }

    private static ResourceType Type(SimulatedCluster cluster, StoredObject one) =>
        one.ToNode()["kind"]!.ToString() == "FlinkSessionJob" ? cluster.Catalog.FlinkSessionJobs : cluster.Catalog.FlinkDeployments;

    private static IEnumerable<StoredObject> All(SimulatedCluster cluster) =>
        cluster.Store.All(cluster.Catalog.FlinkDeployments).Values.Concat(cluster.Store.All(cluster.Catalog.FlinkSessionJobs).Values);

    private static SimulatorHost Host(int pipelines, int clusters, long seed) =>
        new(new SimulatorOptions { Fleet = "scale", Pipelines = pipelines, Clusters = clusters, Seed = seed, Tls = false }, TimeProvider.System, NullLoggerFactory.Instance);

    private static List<string> Facts(SimulatorHost host) =>
        [.. host.Clusters.SelectMany(c => All(c).Select(o => string.Create(CultureInfo.InvariantCulture,
            $"{c.Options.Name} {o.Key} {o.Uid} {o.ToNode()["status"]!["jobStatus"]?["jobId"]} {o.ToNode()["spec"]!["image"]} {o.ToNode()["status"]!["lifecycleState"]}")))];
}
