using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>The catalogue of snapshots, for pages and the API.</summary>
public sealed class SnapshotService(
    ISnapshotStore store, IPipelineStore pipelines, IFleet fleet, IClusterDirectory clusters, IOperationService operations, SnapshotReconciler reconciler, SnapshotKeeper keeper, TimeProvider time) : ISnapshotService
{
    /// <summary>How many turns are told in advance.</summary>
    public const int Turns = 5;

    /// <inheritdoc/>
    public async Task<SnapshotCatalogue?> ReadAsync(PipelineKey key, bool look, CancellationToken cancellationToken)
    {
        if (await pipelines.FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } pipeline) return null;
        var resource = Resource(key);
        if (look) await reconciler.ReadAsync(pipeline, resource, reconciler.ObjectsOf(key), true, cancellationToken).ConfigureAwait(false);
        var snapshots = await store.ListAsync(pipeline.Id, cancellationToken).ConfigureAwait(false);
        var policy = await store.PolicyAsync(pipeline.Id, cancellationToken).ConfigureAwait(false);
        var uses = SnapshotUse.Of(snapshots, resource, await ActiveAsync(key, cancellationToken).ConfigureAwait(false));
        return new SnapshotCatalogue(
            key, [.. snapshots.Select(s => new SnapshotEntry(s, uses.GetValueOrDefault(s.Id), Obstacle(s, uses)))], policy,
            policy is { Schedule: { Enabled: true } schedule, Next: { } next } ? [next, .. schedule.Following(next.Planned, pipeline.Id).Take(Turns - 1)] : [], Warnings(policy, resource));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SnapshotTurn>> PreviewAsync(PipelineKey key, SnapshotSchedule schedule, CancellationToken cancellationToken)
    {
        var pipeline = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        Check(schedule.Doubt());
        return [.. schedule.Following(time.GetUtcNow(), pipeline.Id).Take(Turns)];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RetentionVerdict>> PreviewAsync(PipelineKey key, RetentionRule rule, CancellationToken cancellationToken)
    {
        var pipeline = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        Check(rule.Doubt());
        var snapshots = await store.ListAsync(pipeline.Id, cancellationToken).ConfigureAwait(false);
        return RetentionPlan.Of(rule, snapshots, SnapshotUse.Of(snapshots, Resource(key), await ActiveAsync(key, cancellationToken).ConfigureAwait(false)), time.GetUtcNow());
    }

    /// <inheritdoc/>
    public async Task<SnapshotPolicy> SetScheduleAsync(PipelineKey key, SnapshotSchedule? schedule, int? version, Actor actor, CancellationToken cancellationToken)
    {
        var pipeline = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        if (schedule is not null)
        {
            Check(schedule.Doubt());
            schedule = schedule with { Cron = schedule.Cron.Trim(), Zone = string.IsNullOrWhiteSpace(schedule.Zone) ? null : schedule.Zone.Trim() };
        }
        return await store.ChangePolicyAsync(pipeline.Id, policy => Changed(policy, version, actor) with
        {
            Schedule = schedule,
            Next = schedule is { Enabled: true } ? schedule.Next(time.GetUtcNow(), pipeline.Id) : null,
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<SnapshotPolicy> SetRetentionAsync(PipelineKey key, RetentionRule? rule, int? version, Actor actor, CancellationToken cancellationToken)
    {
        var pipeline = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        Check(rule?.Doubt());
        return await store.ChangePolicyAsync(pipeline.Id, policy => Changed(policy, version, actor) with { Retention = rule }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<DisposalPlan> PlanDisposalAsync(PipelineKey key, Guid id, TimeSpan quarantine, CancellationToken cancellationToken)
    {
        var (snapshot, obstacle) = await FindAsync(key, id, cancellationToken).ConfigureAwait(false);
        var problems = new List<string>();
        if (RetentionRule.QuarantineDoubt(quarantine) is { } doubt) problems.Add(doubt);
        if ((obstacle ?? SnapshotUse.Elsewhere(snapshot.Path, key, clusters)) is { } stands) problems.Add(stands);
        var cautions = new List<string>();
        if (Resource(key) is not { JobState: "RUNNING" }) cautions.Add("The job does not run. Only a running job can dispose of a savepoint, so it stays in quarantine until it does.");
        if (snapshot.VerifiedAt is not null) cautions.Add("A job was restored from it before: it is known to be good.");
        if (snapshot.Drained) cautions.Add("It was taken by a drain: nothing else has the end of that input.");
        if (!snapshot.Ours) cautions.Add("Sluice did not take it. Whoever did may count on it.");
        var objects = snapshot.ObjectName is not null && clusters.All.FirstOrDefault(c => c.Name == key.Cluster)?.Capabilities?.HasSnapshots == true;
        return new DisposalPlan(
            quarantine > TimeSpan.Zero
                ? $"{SnapshotPath.Name(snapshot.Path)} goes into quarantine and is disposed of when that ends. Until then nothing is removed, and you can bring it back."
                : $"{SnapshotPath.Name(snapshot.Path)} is disposed of at once. That cannot be undone.",
            time.GetUtcNow() + (quarantine > TimeSpan.Zero ? quarantine : TimeSpan.Zero),
            objects ? $"The operator removes its data together with the FlinkStateSnapshot {snapshot.ObjectName}." : "The JobManager of the running job removes its data.",
            ["The snapshot's data: no pipeline can be started from it any more."], problems, cautions);
    }

    /// <inheritdoc/>
    public async Task<Snapshot> DisposeAsync(PipelineKey key, Guid id, TimeSpan quarantine, string reason, Actor actor, CancellationToken cancellationToken)
    {
        if (RetentionRule.QuarantineDoubt(quarantine) is { } doubt) throw new SnapshotRefusedException(SnapshotRefusal.Invalid, doubt, "quarantine");
        var (snapshot, obstacle) = await FindAsync(key, id, cancellationToken).ConfigureAwait(false);
        if ((obstacle ?? SnapshotUse.Elsewhere(snapshot.Path, key, clusters)) is { } stands) throw new SnapshotRefusedException(SnapshotRefusal.Standing, stands);
        return await store.ChangeAsync(id, s => s.State != SnapshotState.Available ? throw new SnapshotRefusedException(SnapshotRefusal.Standing, Standing(s)!) : s with
        {
            State = SnapshotState.Quarantined,
            QuarantinedBy = actor.Name,
            QuarantineUntil = time.GetUtcNow() + quarantine,
            Note = reason.Trim(),
            TryAfter = null,
        }, cancellationToken).ConfigureAwait(false) ?? throw NoSuch();
    }

    /// <inheritdoc/>
    public async Task<Snapshot> UndoAsync(PipelineKey key, Guid id, Actor actor, CancellationToken cancellationToken)
    {
        await FindAsync(key, id, cancellationToken).ConfigureAwait(false);
        return await store.ChangeAsync(id, s => s.State != SnapshotState.Quarantined
            ? throw new SnapshotRefusedException(SnapshotRefusal.Standing, s.State == SnapshotState.Available ? "It is not in quarantine. Nothing was changed." : Standing(s)!)
            : s with { State = SnapshotState.Available, QuarantinedBy = null, QuarantineUntil = null, TryAfter = null, Held = true, Note = $"Brought back by {actor.Name}; the rule leaves it alone." }, cancellationToken).ConfigureAwait(false) ?? throw NoSuch();
    }

    /// <inheritdoc/>
    public async Task<Snapshot> RetryAsync(PipelineKey key, Guid id, CancellationToken cancellationToken)
    {
        await FindAsync(key, id, cancellationToken).ConfigureAwait(false);
        return await keeper.HurryAsync(id, cancellationToken).ConfigureAwait(false) ?? throw NoSuch();
    }

    /// <inheritdoc/>
    public async Task<Snapshot> RemovedAsync(PipelineKey key, Guid id, Actor actor, CancellationToken cancellationToken)
    {
        await FindAsync(key, id, cancellationToken).ConfigureAwait(false);
        return await keeper.RemovedAsync(id, actor, cancellationToken).ConfigureAwait(false) ?? throw NoSuch();
    }

    private async Task<(Snapshot Snapshot, string? Obstacle)> FindAsync(PipelineKey key, Guid id, CancellationToken cancellationToken)
    {
        var pipeline = await RequireAsync(key, cancellationToken).ConfigureAwait(false);
        var all = await store.ListAsync(pipeline.Id, cancellationToken).ConfigureAwait(false);
        var snapshot = all.FirstOrDefault(s => s.Id == id) ?? throw NoSuch();
        return (snapshot, Obstacle(snapshot, SnapshotUse.Of(all, Resource(key), await ActiveAsync(key, cancellationToken).ConfigureAwait(false))));
    }

    private static string? Obstacle(Snapshot snapshot, IReadOnlyDictionary<Guid, string> uses) =>
        Standing(snapshot)
        ?? (snapshot.Kind == SnapshotKind.Checkpoint ? "It is a checkpoint, which belongs to the job: newer ones may share its files, and Flink removes it itself." : null)
        ?? (uses.TryGetValue(snapshot.Id, out var use) ? $"It is in use. {use}" : null);

    private static string? Standing(Snapshot snapshot) => snapshot.State switch
    {
        SnapshotState.Quarantined => "It is in quarantine already.",
        SnapshotState.Disposing => "Its disposal has begun; that has no way back.",
        SnapshotState.Disposed => "It was disposed of.",
        SnapshotState.Lost => $"Its data is gone. {snapshot.Note}".TrimEnd(),
        _ => null,
    };

    private static List<string> Warnings(SnapshotPolicy policy, FlinkResourceRecord? resource)
    {
        var warnings = new List<string>();
        if (resource?.PeriodicSavepoints is { } every)
            warnings.Add(policy.Schedule is { Enabled: true }
                ? $"The operator takes savepoints by itself, too (kubernetes.operator.periodic.savepoint.interval is {every}): there will be two timetables. Set that key to an empty text by an upgrade; a key that is only removed stays in force."
                : $"The operator takes savepoints by itself: kubernetes.operator.periodic.savepoint.interval is {every}. It also removes them by rules of its own.");
        if (policy.Schedule is { Enabled: true } timetable && timetable.Doubt() is { } doubt) warnings.Add($"The timetable cannot be followed: {doubt.Words}");
        if (policy is { Retention: { Enabled: true } rule, Schedule.Enabled: true } && rule.KeepNewest is 1 && rule.KeepFor is null)
            warnings.Add("Only the newest snapshot is kept. If it turns out to be bad, there is none to go back to: keep at least two.");
        return warnings;
    }

    private static SnapshotPolicy Changed(SnapshotPolicy policy, int? version, Actor actor, DateTimeOffset at) =>
        version is { } seen && seen != policy.Version
            ? throw new SnapshotRefusedException(SnapshotRefusal.Changed, $"Someone changed it a moment ago{(policy.UpdatedBy is { } by ? $" ({by})" : "")}. Look at it as it is now, then decide.", "version")
            : policy with { Version = policy.Version + 1, UpdatedBy = actor.Name, UpdatedAt = at };

    private SnapshotPolicy Changed(SnapshotPolicy policy, int? version, Actor actor) => Changed(policy, version, actor, time.GetUtcNow());

    private static void Check(PolicyDoubt? doubt)
    {
        if (doubt is not null) throw new SnapshotRefusedException(SnapshotRefusal.Invalid, doubt.Words, doubt.Field);
    }

    private static SnapshotRefusedException NoSuch() => new(SnapshotRefusal.Unknown, "There is no such snapshot in this pipeline's catalogue.");

    private async Task<Pipeline> RequireAsync(PipelineKey key, CancellationToken cancellationToken) =>
        await pipelines.FindAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new SnapshotRefusedException(SnapshotRefusal.Unknown, $"{key} is not registered. Adopt it first: that changes nothing about it.");

    private FlinkResourceRecord? Resource(PipelineKey key) => fleet.Current.Rows.GetValueOrDefault(key)?.Resource;

    private async Task<Operation?> ActiveAsync(PipelineKey key, CancellationToken cancellationToken) =>
        operations.Active.TryGetValue(key, out var active) ? await operations.FindAsync(active.Id, cancellationToken).ConfigureAwait(false) : null;
}
