using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;

namespace Sluice.Portal.Api;

/// <summary>One operation over many pipelines, in waves.</summary>
public static class BulkEndpoints
{
    private const int MostRuns = 200;
    private const int MostItems = 5000;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public static void MapBulk(this RouteGroupBuilder api)
    {
        var bulk = api.MapGroup("/bulk").WithTags("Bulk");
        bulk.MapPost("/", CreateAsync).WithName("CreateBulk").WithSummary("Records a run over the pipelines that a query of the list finds, or that are named, and starts it; with plan=true says what it would do. The same Idempotency-Key records it once.")
            .Produces<BulkPlan>().Produces<BulkOverview>(201).ProducesProblem(422);
        bulk.MapGet("/", ListAsync).WithName("ListBulk").WithSummary("The newest runs, with the account of their waves.");
        bulk.MapGet("/{id:guid}", (Guid id, BulkService service, CancellationToken token) => service.OverviewAsync(id, token)).WithName("GetBulk").WithSummary("One run, with the account of its waves.").ProducesProblem(404);
        bulk.MapGet("/{id:guid}/items", ItemsAsync).WithName("ListBulkItems").WithSummary("Its pipelines with their outcome, in the order of their turn; state (several with commas), wave, limit, offset.").ProducesProblem(404);
        bulk.MapGet("/{id:guid}/stream", StreamAsync).WithName("StreamBulk").WithSummary("The run at every change, as server-sent events: run, heartbeat.").Produces<string>(200, "text/event-stream").ProducesProblem(404);
        bulk.MapGet("/{id:guid}/approvals", (Guid id, BulkService service, CancellationToken token) => service.ApprovalsAsync(id, token)).WithName("ListBulkApprovals").WithSummary("The operations of the run that wait for a second person, with what each would do.").ProducesProblem(404);
        Decision("approve", "ApproveBulk", "Approves operations of the run, by their ids; each keeps who did. Whoever asked for the run is refused.", true);
        Decision("decline", "DeclineBulk", "Declines operations of the run, by their ids; nothing is changed by them.", false);
        Action("start", "StartBulk", "Starts a run that was recorded only.", (s, id, actor, token) => s.StartAsync(id, actor, token));
        Action("halt", "HaltBulk", "Nothing more begins; what was begun ends.", (s, id, actor, token) => s.HaltAsync(id, actor, token));
        Action("resume", "ResumeBulk", "Goes on without those that failed.", (s, id, actor, token) => s.ResumeAsync(id, actor, token));
        Action("cancel", "CancelBulk", "Calls the run off; what was begun ends.", (s, id, actor, token) => s.CancelAsync(id, actor, token));
        Action("retry-failed", "RetryFailedOfBulk", "Does the failed ones again, each in its wave, and goes on.", (s, id, actor, token) => s.RetryFailedAsync(id, actor, token));

        void Decision(string path, string name, string summary, bool approve) =>
            bulk.MapPost($"/{{id:guid}}/{path}", (Guid id, DecisionBody body, HttpContext context, BulkService service, CancellationToken token) =>
                service.DecideAsync(id, body.Operations ?? [], approve, body.Comment ?? "", context.Actor(), token)).WithName(name).WithSummary(summary).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

        void Action(string path, string name, string summary, Func<BulkService, Guid, Actor, CancellationToken, Task> act) =>
            bulk.MapPost($"/{{id:guid}}/{path}", async (Guid id, HttpContext context, BulkService service, CancellationToken token) =>
            {
                await act(service, id, context.Actor(), token);
                return TypedResults.Ok(await service.OverviewAsync(id, token));
            }).WithName(name).WithSummary(summary).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<IResult> CreateAsync(NewBulk body, HttpContext context, BulkService service, IFleet fleet, CancellationToken cancellationToken, bool plan = false)
    {
        var request = body.ToRequest(fleet.Current);
        if (plan)
        {
            if (BulkCheck.Problems(request) is { Count: > 0 } problems) throw new BulkRefusedException(BulkRefusal.Invalid, string.Join(" ", problems.Select(p => p.Message)), problems);
            return TypedResults.Ok(await service.PlanAsync(request, cancellationToken));
        }

        var key = context.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > 200) throw new BadHttpRequestException("Idempotency-Key is at most 200 characters.");
        var run = await service.CreateAsync(request, context.Actor(), body.Start, key.Length == 0 ? null : key, cancellationToken);
        return TypedResults.Created($"{ApiFeature.Root}/bulk/{run.Id}", await service.OverviewAsync(run.Id, cancellationToken));
    }

    private static Task<IReadOnlyList<BulkOverview>> ListAsync(BulkService service, CancellationToken cancellationToken, int limit = 50) =>
        limit is < 1 or > MostRuns ? throw new BadHttpRequestException($"limit is 1 to {MostRuns}.") : service.ListAsync(limit, cancellationToken);

    private static async Task<BulkItemsPage> ItemsAsync(Guid id, BulkService service, CancellationToken cancellationToken, string? state = null, int? wave = null, int limit = 200, int offset = 0)
    {
        if (limit is < 1 or > MostItems) throw new BadHttpRequestException($"limit is 1 to {MostItems}.");
        if (offset < 0) throw new BadHttpRequestException("offset is 0 or more.");
        var states = (state ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Read).ToHashSet();
        var overview = await service.OverviewAsync(id, cancellationToken);
        return new(await service.ItemsAsync(id, wave, states, offset, limit, cancellationToken), overview.Matching(wave, states), offset);
    }

    private static async Task<IResult> StreamAsync(Guid id, HttpContext context, BulkService service, TimeProvider time, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        _ = await service.OverviewAsync(id, cancellationToken);
        return TypedResults.ServerSentEvents(FollowAsync(id, service, time, lifetime.UntilStop(context)));
    }

    private static async IAsyncEnumerable<SseItem<object>> FollowAsync(Guid id, BulkService service, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var news = service.WatchAsync(id, Interval, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var next = news.MoveNextAsync().AsTask();
        while (true)
        {
            var beat = Task.Delay(StreamEndpoints.Heartbeat, time, cancellationToken);
            if (await Task.WhenAny(next, beat) == beat && !next.IsCompleted)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new(new { at = time.GetUtcNow() }, "heartbeat");
                continue;
            }

            if (!await next) yield break;
            yield return new(news.Current, "run");
            next = news.MoveNextAsync().AsTask();
        }
    }

    private static BulkItemState Read(string text) =>
        Enum.TryParse<BulkItemState>(text, ignoreCase: true, out var state) && !char.IsAsciiDigit(text[0]) ? state : throw new BadHttpRequestException($"state is one of {string.Join(", ", Enum.GetNames<BulkItemState>().Select(n => n.ToLowerInvariant()))}, not {text}.");

    /// <param name="Operations">Which: the ids that were looked at.</param>
    /// <param name="Comment">What the person who asked should know; may be left out.</param>
    public sealed record DecisionBody(IReadOnlyList<Guid>? Operations, string? Comment = null);

    /// <param name="Items">The pipelines of this page.</param>
    /// <param name="Matching">How many there are of these states and this wave.</param>
    /// <param name="Offset">Where this page begins.</param>
    public sealed record BulkItemsPage(IReadOnlyList<BulkItem> Items, int Matching, int Offset);

    /// <summary>What is asked for: one of <c>query</c> and <c>pipelines</c>, and the rest as in a run.</summary>
    /// <param name="Kind">What: upgrade, sideBySide, rollback, scale, restart, redeploy, savepoint, suspend, resume, drain, cancel, fork or delete.</param>
    /// <param name="Query">The filters of the list, as in the page's address; <c>*</c> for the whole fleet.</param>
    /// <param name="Pipelines">Addresses as <c>cluster/namespace/name</c>; a session job ends with <c>?resource=session-job</c>.</param>
    /// <param name="Reason">Why; stands in every operation.</param>
    /// <param name="Change">Upgrade, side by side and fork: what changes in each.</param>
    /// <param name="Start">False: it is recorded and waits until it is started.</param>
    /// <param name="SavepointBeforeDelete">Delete: stop with a savepoint first.</param>
    /// <param name="RollBackOnFailure">Upgrade and scale: what does not start is taken back, with its state.</param>
    /// <param name="DiscardState">Cancel: the state is given up as well.</param>
    /// <param name="Waves">How many at a time.</param>
    /// <param name="Halt">When to stop and ask.</param>
    /// <param name="Scale">Scale: to how much, the same for each.</param>
    /// <param name="InForceAt">Rollback: back to what was in force at this moment; left out, to the revision before that of now.</param>
    /// <param name="SavepointBefore">Redeploy: each begins from its newest savepoint taken at or before this moment; left out, from the newest. Rollback and fork: the same; left out, with the state of now.</param>
    /// <param name="Fork">Fork: suffix of the names, and where the new ones are.</param>
    public sealed record NewBulk(
        OperationKind Kind,
        string? Query = null,
        IReadOnlyList<string>? Pipelines = null,
        string Reason = "",
        NewBulkChange? Change = null,
        bool Start = true,
        bool SavepointBeforeDelete = true,
        bool RollBackOnFailure = true,
        bool DiscardState = false,
        BulkWaves? Waves = null,
        BulkHaltRules? Halt = null,
        ScaleTarget? Scale = null,
        DateTimeOffset? InForceAt = null,
        DateTimeOffset? SavepointBefore = null,
        BulkFork? Fork = null)
    {
        public BulkRequest ToRequest(FleetSnapshot fleet)
        {
            if (Query is null == Pipelines is null) throw Refused("query", "Say either query or pipelines.");
            var order = new BulkOrder
            {
                Kind = Kind, Query = Query is null or "*" ? "" : FleetUrlState.ReadQuery(Query).Text, Reason = Reason, Change = Change?.ToChange(), SavepointBeforeDelete = SavepointBeforeDelete,
                RollBackOnFailure = RollBackOnFailure, DiscardState = DiscardState, Waves = Waves ?? new(), Halt = Halt ?? new(), Scale = Scale, InForceAt = InForceAt, SavepointBefore = SavepointBefore, Fork = Fork,
            };
            return new BulkRequest(order, Query is { } query ? Find(query, fleet) : [.. Pipelines!.Select(Parse)]);
        }

        private static List<PipelineKey> Find(string query, FleetSnapshot fleet)
        {
            if (query == "*") return [.. fleet.InOrder.Select(r => r.Key)];
            var state = FleetUrlState.Parse("?" + query.TrimStart('?'));
            // What is misspelt must not become the whole fleet.
            if (state.Unknown.Length > 0) throw Refused("query", $"These parts say nothing here: {string.Join(", ", state.Unknown)}. The filters are q, health, phase, sync, team, cluster, kind, flink, image and cause.");
            if (!state.Filtered) throw Refused("query", "The query filters nothing. For the whole fleet say *.");
            var matcher = new FleetMatcher(state);
            return [.. fleet.InOrder.Where(matcher.Matches).Select(r => r.Key)];
        }

        private static PipelineKey Parse(string address, int index)
        {
            try
            {
                var parts = address.Split('?', 2);
                return PipelineAddress.ParsePath(parts[0], parts.Length == 2 ? parts[1].Replace("resource=", "", StringComparison.Ordinal) : null);
            }
            catch (BadHttpRequestException e)
            {
                throw Refused($"pipelines[{index}]", e.Message);
            }
        }

        private static BulkRefusedException Refused(string field, string message) => new(BulkRefusal.Invalid, message, [new(field, message)]);
    }

    /// <summary>What is left out stays as it is.</summary>
    /// <param name="Image">The whole image.</param>
    /// <param name="ImageTag">The image's tag alone.</param>
    /// <param name="Parallelism">The job's parallelism.</param>
    /// <param name="FlinkConfiguration">Keys of flinkConfiguration; null takes a key away.</param>
    /// <param name="Patch">A JSON merge patch of the spec, for anything else.</param>
    public sealed record NewBulkChange(string? Image = null, string? ImageTag = null, int? Parallelism = null, IReadOnlyDictionary<string, string?>? FlinkConfiguration = null, JsonObject? Patch = null)
    {
        public BulkChange ToChange() => new() { Image = Image, ImageTag = ImageTag, Parallelism = Parallelism, FlinkConfiguration = FlinkConfiguration ?? new Dictionary<string, string?>(), Patch = Patch };
    }
}
