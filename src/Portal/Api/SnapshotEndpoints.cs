using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Api;

/// <summary>A registered pipeline's snapshots, its timetable and its retention rule.</summary>
public static class SnapshotEndpoints
{
    public static void MapSnapshots(this RouteGroupBuilder api)
    {
        var at = api.MapGroup("/pipelines/{cluster}/{namespace}/{name}/snapshots").WithTags("Snapshots");
        at.MapGet("/", async ([AsParameters] PipelineAddress address, ISnapshotService service, CancellationToken token, bool look = false) =>
            await service.ReadAsync(address.Key, look, token) ?? throw NotRegistered(address)).WithName("ListSnapshots").WithSummary("The catalogue, timetable and rule. With look=true the JobManager is asked first.");
        at.MapPut("/schedule", SetScheduleAsync).WithName("SetSnapshotSchedule").WithSummary("Sets the timetable of savepoints, or removes it with schedule null. With preview=true it only tells the next times.")
            .Produces<SnapshotPolicy>().Produces<IReadOnlyList<SnapshotTurn>>();
        at.MapPut("/retention", SetRetentionAsync).WithName("SetSnapshotRetention").WithSummary("Sets the retention rule, or removes it with rule null. With preview=true it only tells what the rule would do now.")
            .Produces<SnapshotPolicy>().Produces<IReadOnlyList<RetentionVerdict>>();
        at.MapPost("/{id:guid}/dispose", DisposeAsync).WithName("DisposeSnapshot").WithSummary("Puts a savepoint into quarantine, after which it is disposed of. With plan=true it only tells what would happen.")
            .Produces<Snapshot>().Produces<DisposalPlan>();
        at.MapPost("/{id:guid}/undo", async ([AsParameters] PipelineAddress address, Guid id, HttpContext context, ISnapshotService service, CancellationToken token) =>
            await service.UndoAsync(address.Key, id, context.Actor(), token)).WithName("UndoDisposal").WithSummary("Takes a savepoint out of quarantine again.");
        at.MapPost("/{id:guid}/retry", async ([AsParameters] PipelineAddress address, Guid id, ISnapshotService service, CancellationToken token) =>
            await service.RetryAsync(address.Key, id, token)).WithName("RetryDisposal").WithSummary("Tries a disposal that did not succeed again now.");
        at.MapPost("/{id:guid}/removed", async ([AsParameters] PipelineAddress address, Guid id, HttpContext context, ISnapshotService service, CancellationToken token) =>
            await service.RemovedAsync(address.Key, id, context.Actor(), token)).WithName("NoteRemoval").WithSummary("Notes that the data of a savepoint that could not be disposed of was removed by hand.");
    }

    private static async Task<IResult> SetScheduleAsync([AsParameters] PipelineAddress address, ScheduleRequest body, HttpContext context, ISnapshotService service, CancellationToken cancellationToken, bool preview = false)
    {
        var schedule = body.Schedule?.ToSchedule();
        if (!preview) return TypedResults.Ok(await service.SetScheduleAsync(address.Key, schedule, body.Version, context.Actor(), cancellationToken));
        return TypedResults.Ok(schedule is null ? [] : await service.PreviewAsync(address.Key, schedule, cancellationToken));
    }

    private static async Task<IResult> SetRetentionAsync([AsParameters] PipelineAddress address, RetentionRequest body, HttpContext context, ISnapshotService service, CancellationToken cancellationToken, bool preview = false)
    {
        var rule = body.Rule?.ToRule();
        if (!preview) return TypedResults.Ok(await service.SetRetentionAsync(address.Key, rule, body.Version, context.Actor(), cancellationToken));
        return TypedResults.Ok(rule is null ? [] : await service.PreviewAsync(address.Key, rule, cancellationToken));
    }

    private static async Task<IResult> DisposeAsync([AsParameters] PipelineAddress address, Guid id, DisposeRequest body, HttpContext context, ISnapshotService service, CancellationToken cancellationToken, bool plan = false)
    {
        var quarantine = body.Quarantine ?? RetentionRule.UsualQuarantine;
        return plan
            ? TypedResults.Ok(await service.PlanDisposalAsync(address.Key, id, quarantine, cancellationToken))
            : TypedResults.Ok(await service.DisposeAsync(address.Key, id, quarantine, body.Reason, context.Actor(), cancellationToken));
    }

    private static NoSuchPipelineException NotRegistered(PipelineAddress address) =>
        new($"{address.Key} is not registered, so its snapshots are not catalogued. Adopt it to begin keeping them.", address.Key);

    /// <param name="Schedule">Null removes it.</param>
    /// <param name="Version">The version that was looked at; a change by someone else since then is refused.</param>
    public sealed record ScheduleRequest(ScheduleBody? Schedule, int? Version = null);

    /// <param name="Cron">Minute, hour, day of the month, month, day of the week.</param>
    /// <param name="Zone">For example <c>Europe/Berlin</c>; UTC when left out.</param>
    /// <param name="Jitter">At most PT1H; none when left out.</param>
    /// <param name="Enabled">False keeps it without following it.</param>
    public sealed record ScheduleBody(string Cron, string? Zone = null, TimeSpan? Jitter = null, bool Enabled = true)
    {
        public SnapshotSchedule ToSchedule() => new(Cron, Zone, Jitter ?? TimeSpan.Zero, Enabled);
    }

    /// <param name="Rule">Null removes it.</param>
    /// <param name="Version">The version that was looked at; a change by someone else since then is refused.</param>
    public sealed record RetentionRequest(RetentionBody? Rule, int? Version = null);

    /// <param name="KeepNewest">So many of the newest stay.</param>
    /// <param name="KeepFor">Younger ones stay, for example P7D. One goes when neither keeps it.</param>
    /// <param name="Others">True: also those that Sluice did not take.</param>
    /// <param name="Quarantine">P1D when left out.</param>
    /// <param name="Enabled">False keeps it without following it.</param>
    public sealed record RetentionBody(int? KeepNewest = null, TimeSpan? KeepFor = null, bool Others = false, TimeSpan? Quarantine = null, bool Enabled = true)
    {
        public RetentionRule ToRule() => new(KeepNewest, KeepFor, Others, Quarantine ?? RetentionRule.UsualQuarantine, Enabled);
    }

    /// <param name="Quarantine">How long it can be undone; P1D when left out, PT0S disposes of it at once.</param>
    public sealed record DisposeRequest(TimeSpan? Quarantine = null, string Reason = "");
}
