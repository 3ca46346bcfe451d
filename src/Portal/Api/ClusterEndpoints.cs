using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Portal.Stores;
using Sluice.Portal.Workers;

namespace Sluice.Portal.Api;

/// <summary>Clusters: how they are, and connecting and disconnecting them.</summary>
public static class ClusterEndpoints
{
    public static void MapClusters(this RouteGroupBuilder api)
    {
        var all = api.MapGroup("/clusters").WithTags("Clusters");
        all.MapGet("/", (IClusterDirectory clusters) => clusters.All.Select(ClusterView.Of).ToList()).WithName("ListClusters").WithSummary("All clusters and how far what they say can be trusted.");
        all.MapGet("/{cluster}", (string cluster, IClusterDirectory clusters) =>
            clusters.All.FirstOrDefault(c => c.Name == cluster) is { } found ? TypedResults.Ok(ClusterView.Of(found)) : Unknown(cluster)).WithName("GetCluster").Produces<ClusterView>().ProducesProblem(404);
        all.MapPut("/{cluster}", SaveAsync).WithName("SaveCluster").WithSummary("Connects a cluster on every replica, or changes how. One that the configuration names is changed there.").Produces<ClusterView>().ProducesProblem(409).ProducesProblem(422);
        all.MapDelete("/{cluster}", DeleteAsync).WithName("DeleteCluster").WithSummary("Disconnects a cluster and forgets its settings. Nothing on the cluster changes.").Produces(204).ProducesProblem(404).ProducesProblem(409);
        all.MapPost("/test", TestAsync).WithName("TestCluster").WithSummary("Tries settings without keeping them: can the cluster be reached, what is it, which permissions are missing?");
    }

    private static async Task<IResult> SaveAsync(string cluster, ClusterBody body, IClusterDirectory clusters, ClusterRegister register, ClusterSetup setup, CancellationToken cancellationToken)
    {
        if (setup.IsConfigured(cluster)) return Configured(cluster);
        var settings = body.ToSettings(cluster);
        try
        {
            // First here, where wrong settings are refused; then the record, of which all replicas hear.
            await clusters.SetAsync(settings, cancellationToken);
        }
        catch (ArgumentException e)
        {
            return Problems.Result(422, "invalid", "The cluster's settings cannot be right", e.Message);
        }

        await register.SaveAsync(settings, cancellationToken);
        return clusters.All.FirstOrDefault(c => c.Name == cluster) is { } now ? TypedResults.Ok(ClusterView.Of(now)) : Unknown(cluster);
    }

    private static async Task<IResult> DeleteAsync(string cluster, IClusterDirectory clusters, ClusterRegister register, ClusterSetup setup, CancellationToken cancellationToken)
    {
        if (setup.IsConfigured(cluster)) return Configured(cluster);
        if (!await register.ForgetAsync(cluster, cancellationToken)) return Unknown(cluster);
        await clusters.RemoveAsync(cluster, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<TestView> TestAsync(TestBody body, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        var settings = new ClusterBody(body.Context, body.Kubeconfig, body.Access, body.IngressTemplate, body.Namespaces).ToSettings(body.Name ?? "test");
        var test = await clusters.TestAsync(settings, cancellationToken);
        return new(test.Ok, test.Problem, test.Capabilities?.KubernetesVersion, Kinds(test.Capabilities), test.Capabilities?.Missing ?? [], test.Permissions);
    }

    private static IResult Unknown(string cluster) => Problems.NotFound($"No cluster named {cluster} is configured.");

    private static IResult Configured(string cluster) =>
        Problems.Result(409, "configured", "It is set in the configuration", $"The cluster {cluster} comes from the configuration of Sluice (Sluice:Clusters or KUBECONFIG). Change it there and restart.");

    private static List<string> Kinds(ClusterCapabilities? capabilities) => [.. (capabilities?.FlinkKinds ?? new HashSet<string>()).Order(StringComparer.Ordinal)];

    /// <param name="Context">The kubeconfig's context; without context and kubeconfig the cluster in which Sluice runs.</param>
    /// <param name="Kubeconfig">A file on Sluice's machine. Its content is never sent over the API.</param>
    /// <param name="Access">How JobManagers are reached; service when left out inside a cluster, else apiServerProxy.</param>
    /// <param name="IngressTemplate">For access by ingress: a URL with {name} and {namespace}.</param>
    /// <param name="Namespaces">What is watched; all when left out.</param>
    /// <param name="Enabled">False keeps the settings without connecting.</param>
    public sealed record ClusterBody(string? Context = null, string? Kubeconfig = null, JobManagerAccess? Access = null, string? IngressTemplate = null, IReadOnlyList<string>? Namespaces = null, bool Enabled = true)
    {
        public ClusterSettings ToSettings(string name) => new(
            name, Context, Kubeconfig, Access ?? (Kubeconfig is null && Context is null ? JobManagerAccess.Service : JobManagerAccess.ApiServerProxy), IngressTemplate, Namespaces ?? [], Enabled);
    }

    /// <summary>As for connecting, with a name for the messages.</summary>
    public sealed record TestBody(string? Name = null, string? Context = null, string? Kubeconfig = null, JobManagerAccess? Access = null, string? IngressTemplate = null, IReadOnlyList<string>? Namespaces = null);

    /// <param name="Ok">True where the cluster was reached and no needed permission is missing.</param>
    /// <param name="Problem">Why it was not reached or not understood.</param>
    public sealed record TestView(bool Ok, string? Problem, string? KubernetesVersion, IReadOnlyList<string> FlinkKinds, IReadOnlyList<string> Missing, IReadOnlyList<ClusterPermission> Permissions);

    /// <summary>Without settings and credentials.</summary>
    public sealed record ClusterView(string Name, bool Enabled, JobManagerAccess Access, ReflectorState Watch, string? KubernetesVersion, string? OperatorVersion, IReadOnlyCollection<string> FlinkKinds, IReadOnlyList<string> Missing)
    {
        public static ClusterView Of(ClusterStatus c) => new(
            c.Name, c.Settings.Enabled, c.Settings.Access, c.Watch, c.Capabilities?.KubernetesVersion, c.OperatorVersion, Kinds(c.Capabilities), c.Capabilities?.Missing ?? []);
    }
}
