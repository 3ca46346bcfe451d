using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sluice.Simulator.ApiServer;
using Xunit;

namespace Sluice.Simulator.Tests;

public sealed class FleetTests
{
    [Fact]
    public async Task Demo_WithTheSameSeed_IsTheSameFleet()
    {
        await using var one = Host(3);
        await using var two = Host(3);
        await using var other = Host(4);
        Facts(one).ShouldBe(Facts(two));
        Facts(one).ShouldNotBe(Facts(other));
    }

    [Fact]
    public async Task Demo_HasEveryConditionThatThePortalMustShow()
    {
        await using var host = Host(7);
        var rows = host.Clusters.SelectMany(c => c.Store.All(c.Catalog.FlinkDeployments).Values.Select(o => o.ToNode())).ToDictionary(
            n => n["metadata"]!["name"]!.ToString(),
            n => $"{n["status"]!["lifecycleState"]} {n["status"]!["jobManagerDeploymentStatus"]} {n["status"]!["jobStatus"]!["state"]}");
        rows.Count.ShouldBeGreaterThan(35);
        rows["fraud-scores"].ShouldBe("STABLE READY RUNNING");
        rows["iban-checks"].ShouldBe("DEPLOYED ERROR RECONCILING");
        rows["coupon-budgets"].ShouldBe("DEPLOYED DEPLOYED_NOT_READY RECONCILING");
        rows["fleet-telemetry"].ShouldBe("DEPLOYED READY CREATED");
        rows["access-anomalies"].ShouldBe("DEPLOYED READY CREATED");
        rows["referral-credits"].ShouldBe("SUSPENDED READY FINISHED");
    }

    [Fact]
    public void Resume_AfterASuspension_ContinuesFromTheSavepointsState()
    {
        var world = new World(OperatorVersion.Newest);
        world.Create(new Trace("1.16").Created("order-totals"));
        world.Live(300);
        world.Patch("order-totals", """{"spec":{"job":{"state":"suspended"}}}""");
        world.Live(5);
        var suspended = world.Read("order-totals")!["status"]!["jobStatus"]!["upgradeSavepointPath"]!.ToString();
        var before = world.Cluster.World.Find("team-orders", "order-totals")!.MainJob!;
        var (consumed, nextId) = (before.Consumed(world.Cluster.Clock.Now), before.Checkpoints.NextId);

        world.Patch("order-totals", """{"spec":{"job":{"state":"running"}}}""");
        world.Live(60);

        var job = world.Cluster.World.Find("team-orders", "order-totals")!.MainJob!;
        job.Id.ShouldNotBe(before.Id);
        job.Checkpoints.RestoredFrom!.Value.Path.ShouldBe(suspended);
        job.Checkpoints.NextId.ShouldBeGreaterThan(nextId);
        job.Consumed(world.Cluster.Clock.Now).ShouldBeGreaterThan(consumed);
        // What arrived meanwhile was waiting, and has been caught up with.
        job.Backlog(world.Cluster.Clock.Now).ShouldBeLessThan(job.InputRate(world.Cluster.Clock.Now));
    }

    private static SimulatorHost Host(long seed) => new(new SimulatorOptions { Fleet = "demo", Seed = seed, Tls = false }, TimeProvider.System, NullLoggerFactory.Instance);

    private static List<string> Facts(SimulatorHost host) =>
        [.. host.Clusters.SelectMany(c => ((ResourceType[])[c.Catalog.FlinkDeployments, c.Catalog.FlinkSessionJobs, ResourceCatalog.Pods]).SelectMany(t => c.Store.All(t).Values.Select(o =>
        {
            var node = o.ToNode();
            return string.Create(CultureInfo.InvariantCulture, $"{c.Options.Name} {t.Kind} {o.Key} {o.Uid} {node["status"]?["lifecycleState"]} {node["status"]?["jobStatus"]?["jobId"]} {node["status"]?["phase"]}");
        })))];
}
