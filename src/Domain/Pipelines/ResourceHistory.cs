namespace Sluice.Domain.Pipelines;

/// <summary>
/// What the versions of a resource before the newest tell: since when things are as they are, and what was going on.
/// No single version says it: the operator's status is the same before a change is taken up, after it was refused, and (for some errors) while it goes on.
/// Made by <see cref="Start"/> for the first version seen and <see cref="Next"/> for each one after it.
/// </summary>
public sealed record ResourceHistory
{
    /// <summary>When the newest generation was first seen.</summary>
    public required DateTimeOffset GenerationSince { get; init; }

    /// <summary>Since when there is an error; null where there is none.</summary>
    public DateTimeOffset? ErrorSince { get; init; }

    /// <summary>The generation that the error was written for, as far as can be told.</summary>
    public long ErrorGeneration { get; init; }

    /// <summary>The rollout that is asked for or going on; <see cref="PipelinePhase.None"/> where the newest spec was reached.</summary>
    public PipelinePhase Rollout { get; init; }

    /// <summary>When <see cref="Rollout"/> began.</summary>
    public DateTimeOffset? RolloutSince { get; init; }

    /// <summary>True where the generation that the operator has not taken up changes what runs.</summary>
    public bool ChangePending { get; init; }

    /// <summary>True where the generation that the operator has not taken up asks for a savepoint.</summary>
    public bool SavepointPending { get; init; }

    /// <summary>Since when the combination of the operator's states is what it is.</summary>
    public required DateTimeOffset StateSince { get; init; }

    /// <summary>When the operator last began or finished rolling something out.</summary>
    public required DateTimeOffset RolledOutSince { get; init; }

    /// <summary>When the job was last seen to restart by itself; null where it was not since the last rollout.</summary>
    public DateTimeOffset? RestartedAt { get; init; }

    /// <summary>How many restarts were seen in a row, each within <see cref="PipelineTimings.RestartStreak"/> of the one before.</summary>
    public int Restarts { get; init; }

    /// <summary>Fingerprints of the newest spec that the operator took up; null where none was seen.</summary>
    internal (ulong Rollout, ulong Scale)? TakenUp { get; init; }

    /// <summary>Begins with the first version that is seen. Its times are as old as the status proves: a portal that just started must not take old troubles for new ones.</summary>
    public static ResourceHistory Start(FlinkResourceRecord record, DateTimeOffset now)
    {
        var reconciled = Earliest(record.ReconciledAt ?? record.CreatedAt, now);
        var takenUp = IsTakenUp(record);
        return Settle(record, new ResourceHistory
        {
            GenerationSince = takenUp ? reconciled : record.HasStatus ? now : Earliest(record.CreatedAt, now),
            ErrorSince = record.Error is null ? null : Earliest(Later(record.ReconciledAt, record.JobUpdatedAt) ?? record.CreatedAt, now),
            ErrorGeneration = record.Generation,
            Rollout = takenUp ? Ongoing(record) : Asked(record),
            RolloutSince = reconciled,
            ChangePending = !takenUp,
            StateSince = reconciled,
            RolledOutSince = reconciled,
            TakenUp = takenUp ? (record.RolloutFingerprint, record.ScaleFingerprint) : null,
        });
    }

    /// <summary>Goes on with the next version.</summary>
    public ResourceHistory Next(FlinkResourceRecord before, FlinkResourceRecord record, DateTimeOffset now)
    {
        if (before.Uid != record.Uid) return Start(record, now);
        var next = this;
        if (record.Generation != before.Generation) next = next.NewGeneration(before, record, now);
        if (!SameStates(before, record)) next = next with { StateSince = now };
        if (before.ReconciliationState != record.ReconciliationState) next = next with { RolledOutSince = now, Restarts = 0, RestartedAt = null };
        if (next.Rollout == PipelinePhase.None && FlinkStates.Restarts(record) && !FlinkStates.Restarts(before))
            next = next with { RestartedAt = now, Restarts = RestartedAt is { } last && now - last < PipelineTimings.RestartStreak ? Restarts + 1 : 1 };
        next = next.NewError(before, record, now);
        if (IsTakenUp(record))
        {
            next = next with { ChangePending = false, SavepointPending = false, TakenUp = (record.RolloutFingerprint, record.ScaleFingerprint) };
            if (next.Rollout == PipelinePhase.None && Ongoing(record) is var ongoing && ongoing != PipelinePhase.None && record.ReconciliationState == "UPGRADING")
                next = next with { Rollout = ongoing, RolloutSince = now };
        }
        return Settle(record, next);
    }

    private ResourceHistory NewGeneration(FlinkResourceRecord before, FlinkResourceRecord record, DateTimeOffset now)
    {
        var old = TakenUp ?? (before.RolloutFingerprint, before.ScaleFingerprint);
        var rolls = record.RolloutFingerprint != old.Rollout;
        var scales = record.ScaleFingerprint != old.Scale;
        var next = this with
        {
            GenerationSince = now,
            // Where no spec was taken up yet, the one before may be waiting as well.
            ChangePending = rolls || scales || (TakenUp is null && ChangePending),
            SavepointPending = record.SavepointNonce is not null && record.SavepointNonce != before.SavepointNonce,
        };
        if (!rolls && !scales) return ChangePending && TakenUp is not null ? next with { Rollout = PipelinePhase.None, RolloutSince = null } : next;
        if (Rollout == PipelinePhase.Deploying) return next;
        return next with { Rollout = rolls ? Asked(record) : PipelinePhase.Scaling, RolloutSince = now };
    }

    private ResourceHistory NewError(FlinkResourceRecord before, FlinkResourceRecord record, DateTimeOffset now)
    {
        if (record.Error is null) return ErrorSince is null ? this : this with { ErrorSince = null };
        if (before.Error is null || before.Error.IsValidation != record.Error.IsValidation)
            return this with { ErrorSince = now, ErrorGeneration = record.Generation };
        return before.Error == record.Error ? this : this with { ErrorGeneration = record.Generation };
    }

    /// <summary>Ends the rollout where the newest spec was reached.</summary>
    private static ResourceHistory Settle(FlinkResourceRecord record, ResourceHistory history)
    {
        if (history.Rollout == PipelinePhase.None || history.ChangePending) return history;
        return Reached(record, history.Rollout) ? history with { Rollout = PipelinePhase.None, RolloutSince = null } : history;
    }

    private static bool Reached(FlinkResourceRecord record, PipelinePhase rollout)
    {
        if (record.ReconciliationState == "ROLLED_BACK") return true;
        if (FlinkStates.SuspendedForGood(record)) return true;
        if (record.ReconciliationState != "DEPLOYED" || !record.HasReconciledSpec) return false;
        if (record.ReconciledState == "suspended") return FlinkStates.WantsSuspended(record);
        if (!record.HasJob) return record.JobManagerStatus == "READY";
        if (rollout == PipelinePhase.Scaling) return record.LifecycleState == "STABLE" && record.JobState == "RUNNING";
        return record.JobState is not (null or "RECONCILING" or "INITIALIZING" or "CREATED");
    }

    /// <summary>What a change that waits for the operator asks for.</summary>
    private static PipelinePhase Asked(FlinkResourceRecord record) =>
        !record.HasReconciledSpec ? PipelinePhase.Deploying
        : FlinkStates.WantsSuspended(record)
            ? record.ReconciledState == "suspended" ? PipelinePhase.Upgrading : record.DrainsOnStop ? PipelinePhase.Draining : PipelinePhase.Suspending
        : record.LifecycleState == "SUSPENDED" ? PipelinePhase.Resuming
        : PipelinePhase.Upgrading;

    /// <summary>What the operator's states alone say to be going on.</summary>
    private static PipelinePhase Ongoing(FlinkResourceRecord record)
    {
        if (!record.HasReconciledSpec) return PipelinePhase.Deploying;
        if (FlinkStates.SuspendedForGood(record)) return PipelinePhase.None;
        var starting = record.ReconciliationState == "DEPLOYED" && record.LifecycleState is "DEPLOYED" or "UPGRADING";
        if (record.ReconciliationState != "UPGRADING" && !starting) return PipelinePhase.None;
        if (FlinkStates.WantsSuspended(record)) return record.DrainsOnStop ? PipelinePhase.Draining : PipelinePhase.Suspending;
        return record.FirstDeployment && !record.HasStableSpec ? PipelinePhase.Deploying : PipelinePhase.Upgrading;
    }

    /// <summary>True where the operator has the newest generation in hand. Operators that note no number are believed.</summary>
    internal static bool IsTakenUp(FlinkResourceRecord record) =>
        record.ObservedGeneration is { } observed ? observed >= record.Generation : record.HasReconciledSpec;

    private static bool SameStates(FlinkResourceRecord a, FlinkResourceRecord b) =>
        a.LifecycleState == b.LifecycleState && a.ReconciliationState == b.ReconciliationState && a.JobManagerStatus == b.JobManagerStatus && a.JobState == b.JobState;

    private static DateTimeOffset Earliest(DateTimeOffset? moment, DateTimeOffset now) => moment is { } m && m < now ? m : now;

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null || a > b ? a : b;
}
