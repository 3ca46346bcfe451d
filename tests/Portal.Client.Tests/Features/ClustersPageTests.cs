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
    public async Task Page_WithoutClusters_SaysWhatToDo()
    {
        await using var pages = new Pages();

        (await pages.RenderAsync<ClustersPage>()).ShouldContain("No cluster is connected yet");
    }

    private static ClusterStatus Cluster(ReflectorPhase phase, DateTimeOffset? asOf, ClusterCapabilities? capabilities, string? version, string? why = null) =>
        new(new ClusterSettings("eu-west-1", "eu", "/etc/kubeconfig"), new ReflectorState(phase, asOf, why), capabilities, version);
}
