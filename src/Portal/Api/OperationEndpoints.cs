using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>Asking for changes, and following them.</summary>
public static class OperationEndpoints
{
    private const int Most = 1000;

    public static void MapOperations(this RouteGroupBuilder api)
    {
        var operations = api.MapGroup("/operations").WithTags("Operations");
        operations.MapPost("/", StartAsync).WithName("StartOperation").WithSummary("Starts an operation, or with plan=true says what it would do. The same Idempotency-Key starts it once.")
            .Produces<OperationPlan>().Produces<Operation>(201).ProducesProblem(409).ProducesProblem(422);
        operations.MapGet("/", ListAsync).WithName("ListOperations").WithSummary("The newest operations; of one pipeline with pipeline=cluster/namespace/name.");
        operations.MapGet("/{id:guid}", FindAsync).WithName("GetOperation").WithSummary("One operation with its steps and evidence.").Produces<Operation>();
        operations.MapPost("/{id:guid}/cancel", async (Guid id, HttpContext context, IOperationService service, CancellationToken token) =>
        {
            await service.CancelAsync(id, context.Actor(), token);
            return TypedResults.NoContent();
        }).WithName("CancelOperation").WithSummary("Asks it to stop at the next safe point.");
        operations.MapPost("/{id:guid}/retry", async (Guid id, HttpContext context, IOperationService service, CancellationToken token) =>
        {
            await service.RetryAsync(id, context.Actor(), token);
            return TypedResults.NoContent();
        }).WithName("RetryOperation").WithSummary("Tries a step that gave up once more.");
        operations.MapPost("/{id:guid}/go-live", (Guid id, HttpContext context, IOperationService service, CancellationToken token, Decision? body = null) =>
            service.GoAheadAsync(id, body?.Comment ?? "", context.Actor(), token)).WithName("GoLiveNow").WithSummary("Has an operation that waits for its bootstrap go live now, whatever it waits for.").Produces<Operation>().ProducesProblem(409);
        operations.MapGet("/held", (IOperationService service, CancellationToken token, string? pipeline = null, string? resource = null) =>
            service.HeldAsync(pipeline is null ? null : PipelineAddress.ParsePath(pipeline, resource), token)).WithName("ListHeldOperations").WithSummary("The operations that wait for an approval or for their turn, in the order of their turns.");
        operations.MapPost("/patch", PatchAsync).WithName("PatchOfOperation").WithSummary("The change of the spec that an upgrade (with a stop or side by side), rollback or scaling would make: as a unified diff, or with format=yaml the whole manifest. Nothing is done.").Produces<string>(200, "text/x-diff").ProducesProblem(409);
        operations.MapPost("/{id:guid}/approve", (Guid id, HttpContext context, IOperationService service, CancellationToken token, Decision? body = null) =>
            service.ApproveAsync(id, body?.Comment ?? "", context.Actor(), token)).WithName("ApproveOperation").WithSummary("Lets an operation begin that waits for a second person; whoever asked for it is refused.").Produces<Operation>().ProducesProblem(409);
        operations.MapPost("/{id:guid}/decline", (Guid id, HttpContext context, IOperationService service, CancellationToken token, Decision? body = null) =>
            service.DeclineAsync(id, body?.Comment ?? "", context.Actor(), token)).WithName("DeclineOperation").WithSummary("Ends an operation that waits for a second person; nothing is changed.").Produces<Operation>().ProducesProblem(409);
    }

    private static async Task<IResult> StartAsync(
        StartRequest body, HttpContext context, IOperationService service, OperationKeys keys, ManifestFilling filling, CancellationToken cancellationToken, bool plan = false)
    {
        var request = body.ToRequest();
        if (request is { Kind: OperationKind.Deploy, Manifest: { } manifest })
            request = request with { Manifest = (await filling.FillNewAsync(request.Pipeline.Cluster, request.Team, manifest, cancellationToken)).EffectiveText };
        if (plan) return TypedResults.Ok(await service.PlanAsync(request, cancellationToken));
        var operation = await keys.StartAsync(request, context, service, cancellationToken);
        return TypedResults.Created($"/api/v1/operations/{operation.Id}", operation);
    }

    private static async Task<IResult> PatchAsync(StartRequest body, IOperationService service, CancellationToken cancellationToken, string format = "diff")
    {
        if (format is not ("diff" or "yaml")) throw new BadHttpRequestException("format is diff or yaml.");
        var file = await service.PatchAsync(body.ToRequest(), cancellationToken);
        return format == "diff" ? TypedResults.Text(file.Diff, "text/x-diff") : TypedResults.Text(file.Manifest, "application/yaml");
    }

    private static async Task<IReadOnlyList<Operation>> ListAsync(IOperationService service, CancellationToken cancellationToken, string? pipeline = null, string? resource = null, int limit = 100)
    {
        if (limit is < 1 or > Most) throw new BadHttpRequestException($"limit is 1 to {Most}.");
        return await service.ListAsync(pipeline is null ? null : PipelineAddress.ParsePath(pipeline, resource), limit, cancellationToken);
    }

    private static async Task<IResult> FindAsync(Guid id, IOperationService service, CancellationToken cancellationToken) =>
        await service.FindAsync(id, cancellationToken) is { } found ? TypedResults.Ok(found) : Problems.NotFound($"There is no operation {id}.");

    /// <summary>What is asked for. See the summary of each kind in the user's guide.</summary>
    /// <param name="Pipeline">As <c>cluster/namespace/name</c>.</param>
    /// <param name="Resource">deployment (also when left out) or session-job.</param>
    /// <param name="Manifest">Deploy, upgrade, go live (the steady revision) and side by side (there left out: the newest revision): the custom resource as YAML; fork: the same, left out that of the source under the new name. A deploy is filled with the organisation's defaults.</param>
    /// <param name="SavepointBeforeDelete">Delete: stop with a savepoint first.</param>
    /// <param name="Generation">Upgrade: the generation that was edited; preferred to the resource version, which also changes with the operator's own writes.</param>
    /// <param name="SnapshotPath">Redeploy: the savepoint or checkpoint to start from. Rollback: the same; left out, the state of now is carried. Fork: the same; left out, a savepoint is taken.</param>
    /// <param name="AllowNonRestoredState">Redeploy and rollback from a snapshot: state that no operator takes up is dropped.</param>
    /// <param name="Revision">Rollback: the number of the revision. Fork: the source's revision to begin with; left out, the newest.</param>
    /// <param name="Source">Fork: the pipeline to begin from, as <c>cluster/namespace/name</c>.</param>
    /// <param name="Beside">Side by side: the name of the new deployment; left out, that of the next generation, such as order-totals-g2.</param>
    /// <param name="GoLive">Go live: what has to hold; left out, a person says when.</param>
    /// <param name="Scale">Scale: what, and to how much; what is left out stays.</param>
    /// <param name="RollBackOnFailure">Upgrade, scale and go live: a new version that does not start is taken back, with its state.</param>
    /// <param name="DiscardState">Cancel: the state is given up as well.</param>
    /// <param name="Tier">Deploy: the tier of the new pipeline.</param>
    /// <param name="Queue">Where another operation of the pipeline is active: wait for it to end and start then, planned anew.</param>
    /// <param name="BreakGlass">Critical pipelines: start without a second person. Needs a reason, is recorded and shown.</param>
    /// <param name="FreezeOverride">Why a freeze window that allows it is passed over.</param>
    /// <param name="ResourceVersion">Upgrade: the version that was edited; a change by someone else since then is refused.</param>
    public sealed record StartRequest(
        OperationKind Kind,
        string Pipeline,
        string? Resource = null,
        string Reason = "",
        string? Manifest = null,
        string? Team = null,
        PipelineKind PipelineKind = PipelineKind.Unknown,
        string? ResourceVersion = null,
        bool SavepointBeforeDelete = true,
        long? Generation = null,
        string? SnapshotPath = null,
        bool AllowNonRestoredState = false,
        int? Revision = null,
        bool RollBackOnFailure = true,
        bool DiscardState = false,
        ScaleTarget? Scale = null,
        string? Source = null,
        PipelineTier Tier = PipelineTier.Standard,
        bool Queue = false,
        bool BreakGlass = false,
        string? FreezeOverride = null,
        string? Beside = null,
        GoLiveWhen? GoLive = null)
    {
        public OperationRequest ToRequest() =>
            new(Kind, PipelineAddress.ParsePath(Pipeline, Resource), Reason, Manifest, Team, PipelineKind, ResourceVersion, SavepointBeforeDelete,
                Generation, SnapshotPath, AllowNonRestoredState, Revision, RollBackOnFailure, DiscardState)
            {
                Scale = Scale,
                Beside = Beside,
                GoLive = GoLive,
                Source = Source is null ? null : PipelineAddress.ParsePath(Source, Resource),
                Tier = Tier,
                Queue = Queue,
                BreakGlass = BreakGlass,
                FreezeOverride = FreezeOverride,
            };
    }

    /// <param name="Comment">What the person who asked should know; may be left out.</param>
    public sealed record Decision(string? Comment = null);
}
