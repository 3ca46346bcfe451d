using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Diagnosis;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Sluice.Portal.Client.Features.Pipelines.List;

namespace Sluice.Portal.Api;

/// <summary>The fleet, one pipeline, and taking over one that is there.</summary>
public static class PipelineEndpoints
{
    private const int LargestPage = 1000;

    public static void MapPipelines(this RouteGroupBuilder api)
    {
        var pipelines = api.MapGroup("/pipelines").WithTags("Pipelines");
        pipelines.MapGet("/", List).WithName("ListPipelines").WithSummary("The fleet. Filters, search and order are written as in the address of the page: q, health, phase, sync, team, cluster, kind, tier, flink, image, cause (several values with commas), sort (for example health,-restarts).");
        pipelines.MapGet("/{cluster}/{namespace}/{name}", ([AsParameters] PipelineAddress address, IFleet fleet) => PipelineView.Of(fleet.Row(address))).WithName("GetPipeline").WithSummary("One pipeline.");
        pipelines.MapGet("/{cluster}/{namespace}/{name}/manifest", ManifestAsync).WithName("GetManifest").WithSummary("The custom resource as YAML; with status where asked for.").Produces<string>(200, "application/yaml");
        pipelines.MapGet("/{cluster}/{namespace}/{name}/verdict", ([AsParameters] PipelineAddress address, IFleet fleet, IDiagnosis diagnosis, CancellationToken token) =>
            diagnosis.JudgeAsync(fleet.Row(address), token)).WithName("GetVerdict").WithSummary("How it is, why, and what to do, with the evidence.");
        pipelines.MapPost("/{cluster}/{namespace}/{name}/adopt", AdoptAsync).WithName("AdoptPipeline").WithSummary("Registers a deployment that is there, without changing a byte of it.");
    }

    private static PipelinePage List(HttpRequest request, IFleet fleet, int limit = 200, int offset = 0)
    {
        if (limit is < 1 or > LargestPage) throw new BadHttpRequestException($"limit is 1 to {LargestPage}.");
        if (offset < 0) throw new BadHttpRequestException("offset is 0 or more.");
        var state = FleetUrlState.Parse(request.QueryString.Value ?? "");
        var snapshot = fleet.Current;
        var rows = FleetQuery.Rows(snapshot, state);
        return new([.. rows.Skip(offset).Take(limit).Select(PipelineView.Of)], rows.Length, snapshot.Rows.Count, offset, snapshot.Clusters);
    }

    private static async Task<IResult> ManifestAsync([AsParameters] PipelineAddress address, IClusterDirectory clusters, CancellationToken cancellationToken, bool status = false)
    {
        var manifest = await clusters.ReadAsync(address.Key, cancellationToken);
        if (!status) manifest.Remove("status");
        (manifest["metadata"] as System.Text.Json.Nodes.JsonObject)?.Remove("managedFields");
        return TypedResults.Text(ManifestYaml.ToText(manifest), "application/yaml");
    }

    private static async Task<IResult> AdoptAsync([AsParameters] PipelineAddress address, AdoptRequest body, HttpContext context, RegistryService registry, CancellationToken cancellationToken)
    {
        var key = address.Key;
        var pipeline = await registry.AdoptAsync(key, body.Team, body.Kind ?? PipelineKind.Unknown, context.Actor(), body.Reason ?? "", cancellationToken);
        if (body.Tier is { } tier) pipeline = await registry.SetTierAsync(key, tier, body.Reason ?? "", context.Actor(), cancellationToken);
        return TypedResults.Created("/api/v1" + key.Path, pipeline);
    }

    public sealed record AdoptRequest(string Team, PipelineKind? Kind = null, string? Reason = null, PipelineTier? Tier = null);

    /// <param name="Items">The rows of this page.</param>
    /// <param name="Matching">How many rows the filters let through.</param>
    /// <param name="Total">How many there are.</param>
    /// <param name="Offset">Where this page begins.</param>
    /// <param name="Clusters">How far each cluster's rows can be trusted.</param>
    public sealed record PipelinePage(IReadOnlyList<PipelineView> Items, int Matching, int Total, int Offset, IReadOnlyDictionary<string, ReflectorState> Clusters);
}

internal static class ApiContext
{
    public static Actor Actor(this HttpContext context) => new(context.User.Identity?.Name ?? throw new InvalidOperationException("An endpoint that changes something was reached without a sign-in."));

    /// <summary>For streams: ends when the caller leaves and when the host stops, which they must not hold up.</summary>
    public static CancellationToken UntilStop(this IHostApplicationLifetime lifetime, HttpContext context)
    {
        var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.RegisterForDispose(ending);
        return ending.Token;
    }

    public static IKubernetesApi Connected(this IClusterDirectory clusters, string cluster) =>
        clusters.Api(cluster) ?? throw new NoSuchPipelineException($"No cluster named {cluster} is connected.");

    public static Task<System.Text.Json.Nodes.JsonObject> ReadAsync(this IClusterDirectory clusters, PipelineKey key, CancellationToken cancellationToken) =>
        clusters.Connected(key.Cluster).GetAsync(key.KubernetesResource, key.Namespace, key.Name, cancellationToken);
}
