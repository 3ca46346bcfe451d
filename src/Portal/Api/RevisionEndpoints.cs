using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>A registered pipeline's revisions.</summary>
public static class RevisionEndpoints
{
    public static void MapRevisions(this RouteGroupBuilder api)
    {
        var at = api.MapGroup("/pipelines/{cluster}/{namespace}/{name}/revisions").WithTags("Revisions");
        at.MapGet("/", async ([AsParameters] PipelineAddress address, IPipelineStore store, CancellationToken token) => await AllAsync(address, store, token)).WithName("ListRevisions").WithSummary("All revisions, newest first.");
        at.MapGet("/{number:int}", async ([AsParameters] PipelineAddress address, int number, IPipelineStore store, CancellationToken token) =>
            Find(await AllAsync(address, store, token), address, number)).WithName("GetRevision").WithSummary("One revision.");
        at.MapGet("/diff", DiffAsync).WithName("DiffRevisions").WithSummary("A unified diff of two revisions' YAML.").Produces<string>(200, "text/x-diff");
        at.MapGet("/drift", async ([AsParameters] PipelineAddress address, RegistryService registry, CancellationToken token) =>
            await registry.DriftAsync(address.Key, token) ?? throw NotRegistered(address)).WithName("GetDrift").WithSummary("How the spec on the cluster differs from the newest revision, by meaning.");
        at.MapPost("/take-over", TakeOverAsync).WithName("TakeOver").WithSummary("What the cluster has becomes the newest revision; nothing is written to the cluster.").Produces<Revision>(201).ProducesProblem(409).ProducesProblem(422);
        at.MapPost("/put-back", PutBackAsync).WithName("PutBack").WithSummary("Starts the upgrade that puts the cluster back to the newest revision, or with plan=true says what it would do.").Produces<OperationPlan>().Produces<Operation>(201).ProducesProblem(409);
    }

    private static async Task<IResult> TakeOverAsync([AsParameters] PipelineAddress address, DriftBody body, HttpContext context, RegistryService registry, IOperationService operations, CancellationToken cancellationToken)
    {
        // What an operation writes for a while is no design.
        if (operations.Active.TryGetValue(address.Key, out var active)) throw OperationService.Refused(active.Id);
        var revision = await registry.TakeOverAsync(address.Key, body.Generation, body.Reason, context.Actor(), cancellationToken);
        return TypedResults.Created($"/api/v1{address.Key.Path}/revisions/{revision.Number}", revision);
    }

    private static async Task<IResult> PutBackAsync(
        [AsParameters] PipelineAddress address, DriftBody body, HttpContext context, RegistryService registry, IOperationService service, OperationKeys keys, CancellationToken cancellationToken, bool plan = false)
    {
        var request = await registry.PutBackAsync(address.Key, body.Generation, body.Reason, cancellationToken) with { Queue = body.Queue, BreakGlass = body.BreakGlass, FreezeOverride = body.FreezeOverride };
        if (plan) return TypedResults.Ok(await service.PlanAsync(request, cancellationToken));
        var operation = await keys.StartAsync(request, context, service, cancellationToken);
        return TypedResults.Created($"/api/v1/operations/{operation.Id}", operation);
    }

    private static async Task<IResult> DiffAsync([AsParameters] PipelineAddress address, int from, int to, IPipelineStore store, CancellationToken cancellationToken)
    {
        var all = await AllAsync(address, store, cancellationToken);
        return TypedResults.Text(RegistryService.Diff(Find(all, address, from), Find(all, address, to)), "text/x-diff");
    }

    private static async Task<IReadOnlyList<Revision>> AllAsync(PipelineAddress address, IPipelineStore store, CancellationToken cancellationToken)
    {
        var pipeline = await store.FindAsync(address.Key, cancellationToken)
            ?? throw NotRegistered(address);
        return await store.RevisionsAsync(pipeline.Id, cancellationToken);
    }

    private static NoSuchPipelineException NotRegistered(PipelineAddress address) =>
        new($"{address.Key} is not registered, so it has no revisions. Adopt it to begin keeping them.", address.Key);

    /// <param name="Reason">Why. Needed to take over.</param>
    /// <param name="Generation">The generation that was looked at; a change since then is refused.</param>
    /// <param name="Queue">Putting back: as in starting an operation.</param>
    /// <param name="BreakGlass">Putting back: as in starting an operation.</param>
    /// <param name="FreezeOverride">Putting back: as in starting an operation.</param>
    public sealed record DriftBody(string Reason = "", long? Generation = null, bool Queue = false, bool BreakGlass = false, string? FreezeOverride = null);

    private static Revision Find(IReadOnlyList<Revision> all, PipelineAddress address, int number) =>
        all.FirstOrDefault(r => r.Number == number) ?? throw new NoSuchPipelineException($"{address.Key} has no revision {number}. The newest is {all.Max(r => r.Number)}.");
}
