using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Portal.Client.Features.Clusters;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class ClustersPageTests
{
    [Fact]
    public async Task Page_WithAnOldOperator_SaysWhatIsMissing()
    {
        await using var pages = new Pages();
        pages.Clusters.All = [Cluster(ReflectorPhase.Synced, Some.Now, new ClusterCapabilities("v1.20.2", new HashSet<string> { "FlinkDeployment" }, new Dictionary<string, JsonObject>(), ["FlinkStateSnapshot is not installed."]), "1.7.0")];

        var html = await pages.RenderAsync<ClustersPage>();

        html.ShouldContain("v1.20.2");
        html.ShouldContain("1.7.0");
        html.ShouldContain("FlinkStateSnapshot is not installed.");
        html.ShouldContain(">, not installed<");
    }

    [Fact]
    public async Task Page_WithARefusedCluster_SaysWhyAndShowsNoVersionAsKnown()
    {
        await using var pages = new Pages();
        pages.Clusters.All = [Cluster(ReflectorPhase.Denied, null, null, null, "401: the token expired")];

        var html = await pages.RenderAsync<ClustersPage>();

        html.ShouldContain("access refused");
        html.ShouldContain("401: the token expired");
        html.ShouldContain("it was never reached");
    }

    [Fact]
    public async Task Page_WithAConnection_ShowsLatencyWatchesErrorsAndWhatToDo()
    {
        await using var pages = new Pages();
        pages.Clusters.All = [Cluster(ReflectorPhase.Stale, Some.Now, new ClusterCapabilities("v1.31.2", new HashSet<string> { "FlinkDeployment" }, new Dictionary<string, JsonObject>(), []), "1.16.0", "no answer")];
        var stale = new ReflectorState(ReflectorPhase.Stale, Some.Now, "no answer");
        pages.Clusters.Insights["eu-west-1"] = new ClusterInsight(
            new ClusterReach(false, Some.Now), [new WatchInsight("FlinkDeployment", stale, 25, Some.Now, null, 7, 2, 3, 4, 0)],
            new ApiFigures(TimeSpan.FromMinutes(5), 400, TimeSpan.FromMilliseconds(12), TimeSpan.FromSeconds(2.5), 1.5, 3, 9, "it broke", Some.Now), "https://10.0.0.1:6443/", true);

        var html = await pages.RenderAsync<ClustersPage>();

        foreach (var words in (string[])["unreachable", "FlinkDeployment: no answer", "12\u00a0ms", "2.5\u00a0s", "1.5/s", "3 held back", "it broke", "10.0.0.1:6443", "is not checked", "catches up by itself", ">Edit<", ">Remove<"])
            html.ShouldContain(words);
        html.ShouldNotContain("_failure");
        html.ShouldNotContain("role=\"alert\"");
    }

    [Fact]
    public async Task Page_WithADisabledClusterOfTheConfiguration_OffersToEnableItOnly()
    {
        await using var pages = new Pages();
        pages.Administration.Configured.Add("eu-west-1");
        var cluster = Cluster(ReflectorPhase.Starting, null, null, null);
        pages.Clusters.All = [cluster with { Settings = cluster.Settings with { Enabled = false } }];

        var html = await pages.RenderAsync<ClustersPage>();

        html.ShouldContain(">Enable<");
        html.ShouldContain("named by the configuration");
        html.ShouldContain("Its pipelines are not in the list");
        html.ShouldNotContain(">Remove<");
    }

    [Fact]
    public async Task Form_OfAClusterThatIsNotThereOrConfigured_SaysSo()
    {
        await using var pages = new Pages();
        pages.Clusters.All = [Cluster(ReflectorPhase.Synced, Some.Now, null, null)];
        (await pages.RenderAsync<ClusterFormPage>(new() { ["Name"] = "gone" })).ShouldContain("There is no cluster named gone");
        (await pages.RenderAsync<ClusterFormPage>(new() { ["Name"] = "eu-west-1" })).ShouldContain("/etc/kubeconfig");
        pages.Administration.Configured.Add("eu-west-1");
        (await pages.RenderAsync<ClusterFormPage>(new() { ["Name"] = "eu-west-1" })).ShouldContain("comes from the configuration");
        (await pages.RenderAsync<ClusterFormPage>()).ShouldContain("Add a cluster");
    }

    [Fact]
    public async Task Page_WithoutClusters_SaysWhatToDo()
    {
        await using var pages = new Pages();

        (await pages.RenderAsync<ClustersPage>()).ShouldContain("No cluster is connected yet");
    }

    private static ClusterStatus Cluster(ReflectorPhase phase, DateTimeOffset? asOf, ClusterCapabilities? capabilities, string? version, string? why = null) =>
        new(new ClusterSettings("eu-west-1", "eu", "/etc/kubeconfig"), new ReflectorState(phase, asOf, why), capabilities, version);
}
