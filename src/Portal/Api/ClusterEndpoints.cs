using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>Clusters and teams.</summary>
public static class ClusterEndpoints
{
    public static void MapClusters(this RouteGroupBuilder api)
    {
        api.MapGet("/clusters", (IClusterDirectory clusters) => clusters.All.Select(ClusterView.Of).ToList()).WithName("ListClusters").WithTags("Clusters").WithSummary("All clusters and how far what they say can be trusted.");
        api.MapGet("/clusters/{cluster}", (string cluster, IClusterDirectory clusters) =>
            clusters.All.FirstOrDefault(c => c.Name == cluster) is { } found ? TypedResults.Ok(ClusterView.Of(found)) : Problems.NotFound($"No cluster named {cluster} is configured."))
            .WithName("GetCluster").WithTags("Clusters").Produces<ClusterView>();
        api.MapGet("/teams", (IPipelineStore store, CancellationToken token) => store.TeamsAsync(token)).WithName("ListTeams").WithTags("Teams").WithSummary("All teams and the namespaces they own.");
    }

    /// <summary>Without the place of the kubeconfig and without credentials.</summary>
    public sealed record ClusterView(string Name, bool Enabled, JobManagerAccess Access, ReflectorState Watch, string? KubernetesVersion, string? OperatorVersion, IReadOnlyCollection<string> FlinkKinds, IReadOnlyList<string> Missing)
    {
        public static ClusterView Of(ClusterStatus c) => new(
            c.Name, c.Settings.Enabled, c.Settings.Access, c.Watch, c.Capabilities?.KubernetesVersion, c.OperatorVersion,
            [.. (c.Capabilities?.FlinkKinds ?? new HashSet<string>()).Order(StringComparer.Ordinal)], c.Capabilities?.Missing ?? []);
    }
}
