using Sluice.Domain.Operations;

namespace Sluice.Domain.Pipelines;

/// <summary>A state, and when to look again although nothing has changed.</summary>
/// <param name="State">The three states.</param>
/// <param name="LookAgainAt">When time alone may change the state; null where it cannot.</param>
public readonly record struct PipelineEvaluation(PipelineState State, DateTimeOffset? LookAgainAt);

/// <summary>
/// Says in three states and a cause what a resource is doing. Pure, and fast enough for every row of a large fleet.
/// The rules are read from the top; most exist because a field alone misleads (an operator says STABLE while nothing runs, and FINISHED in the middle of an upgrade).
/// </summary>
public static class PipelineStateEvaluator
{
    /// <summary>The state at a moment.</summary>
    /// <param name="record">The resource's newest version.</param>
    /// <param name="history">What the versions before it tell.</param>
    /// <param name="operation">The active operation, whose phase goes before what can be seen.</param>
    /// <param name="now">The moment.</param>
    public static PipelineEvaluation Evaluate(FlinkResourceRecord record, ResourceHistory history, ActiveOperation? operation, DateTimeOffset now)
    {
        var evaluation = new Evaluation(record, history, now);
        var state = evaluation.Run();
        if (operation is { Phase: not PipelinePhase.None } && state.Phase != PipelinePhase.Deleting) state = state with { Phase = operation.Phase };
        return new PipelineEvaluation(state, evaluation.LookAgainAt);
    }

    private readonly record struct Work(HealthState Health, string? Cause = null, PipelinePhase Phase = PipelinePhase.None);

    private sealed class Evaluation(FlinkResourceRecord record, ResourceHistory history, DateTimeOffset now)
    {
        private readonly bool _takenUp = ResourceHistory.IsTakenUp(record);

        public DateTimeOffset? LookAgainAt { get; private set; }

        private bool Pending => !_takenUp && history.ChangePending;

        public PipelineState Run()
        {
            if (record.TooLarge) return new(SyncState.Unknown, HealthState.Unknown, PipelinePhase.None, "The resource is too large or damaged to be read");
            if (record.DeletedAt is { } deleted) return Deleting(deleted);
            if (!record.HasStatus) return Unanswered();

            var rejected = Rejected();
            var work = Works();
            var phase = rejected ? work.Phase
                : Pending || history.Rollout != PipelinePhase.None ? history.Rollout
                : work.Phase != PipelinePhase.None ? work.Phase
                : record.SavepointTriggerId is not null || (history.SavepointPending && !_takenUp) ? PipelinePhase.Savepointing
                : PipelinePhase.None;
            if (record.ReconciliationState == "ROLLING_BACK") phase = PipelinePhase.RollingBack;
            var cause = work.Cause ?? (rejected ? PipelineCauses.Fit(record.Error!.Message) : null);
            if (!rejected && Pending && Passed(history.GenerationSince, PipelineTimings.OperatorSilence))
                cause ??= $"Operator has not taken up the change for {Since(history.GenerationSince)}";
            return new(Sync(rejected, work), work.Health, phase, cause);
        }

        private PipelineState Deleting(DateTimeOffset since) =>
            Passed(since, PipelineTimings.DeletionBlocked)
                ? new(SyncState.OutOfSync, HealthState.Degraded, PipelinePhase.Deleting, $"Deletion is held up for {Since(since)}")
                : new(SyncState.OutOfSync, HealthState.Progressing, PipelinePhase.Deleting);

        private PipelineState Unanswered()
        {
            if (FlinkStates.WantsSuspended(record)) return new(SyncState.InSync, HealthState.Suspended, PipelinePhase.None);
            return Passed(history.GenerationSince, PipelineTimings.OperatorSilence)
                ? new(SyncState.OutOfSync, HealthState.Unknown, PipelinePhase.Deploying, $"Operator has not answered for {Since(history.GenerationSince)}")
                : new(SyncState.OutOfSync, HealthState.Progressing, PipelinePhase.Deploying);
        }

        /// <summary>The error of a spec that was refused stays when the next one is written; only that the operator leaves it there tells that it refused that one, too.</summary>
        private bool Rejected() =>
            record.Error is { IsValidation: true } && !_takenUp
            && (history.ErrorGeneration == record.Generation || Passed(history.GenerationSince, PipelineTimings.ErrorGrace));

        private SyncState Sync(bool rejected, Work work)
        {
            if (rejected) return SyncState.Rejected;
            if (Pending) return SyncState.OutOfSync;
            if (work.Health is HealthState.Suspended) return SyncState.InSync;
            if (!record.HasReconciledSpec || history.Rollout != PipelinePhase.None) return SyncState.OutOfSync;
            return record.ReconciliationState switch
            {
                "DEPLOYED" => SyncState.InSync,
                "UPGRADING" or "ROLLING_BACK" or "ROLLED_BACK" => SyncState.OutOfSync,
                _ => SyncState.Unknown,
            };
        }

        private Work Works()
        {
            if (!record.HasReconciledSpec) return NeverDeployed();
            if (record.ReconciliationState == "ROLLING_BACK") return new(HealthState.Progressing, "The upgrade failed; the operator goes back", PipelinePhase.RollingBack);
            if (FlinkStates.SuspendedForGood(record)) return Stopped();
            if (record.ReconciliationState == "UPGRADING") return Upgrading();
            if (record.ReconciledState == "suspended") return new(HealthState.Progressing);
            if (record.JobState == "FAILED") return new(HealthState.Failed, record.Error is { } e && !e.IsValidation ? PipelineCauses.Of(e) : "Job failed");
            if (record.LifecycleState == "FAILED") return new(HealthState.Failed, "Cannot be restored by the operator: its state must be chosen by hand");
            if (record.JobManagerStatus == "ERROR") return JobManagerFails();
            return record.HasJob ? Job() : SessionCluster();
        }

        private Work NeverDeployed()
        {
            if (record.Error is { } error)
                return error.IsValidation || Passed(history.ErrorSince ?? now, PipelineTimings.ErrorGrace)
                    ? new(HealthState.Failed, PipelineCauses.Of(error))
                    : new(HealthState.Progressing, null, PipelinePhase.Deploying);
            if (FlinkStates.WantsSuspended(record)) return new(HealthState.Suspended);
            return Starting(PipelinePhase.Deploying);
        }

        /// <summary>Nothing in a status says that a job was drained, but with this key every stop drains.</summary>
        private Work Stopped() =>
            (record.DrainsOnStop && record.JobState == "FINISHED") || Drained.Left(record) ? new(HealthState.Finished, "Drained") : new(HealthState.Suspended);

        private Work Upgrading()
        {
            var inPlace = record.ReconciledState == "running" && record.JobState == "RUNNING";
            if (inPlace) return new(HealthState.Healthy, null, PipelinePhase.Scaling);
            if (OldError() is { } error) return new(HealthState.Degraded, PipelineCauses.Fit("Keeps failing: " + PipelineCauses.Of(error)), PipelinePhase.Upgrading);
            return Starting(PipelinePhase.Upgrading);
        }

        private Work JobManagerFails()
        {
            var phase = history.Rollout == PipelinePhase.None ? PipelinePhase.Restarting : history.Rollout;
            // Just after a rollout this still speaks of the pods before it; later it is to be believed at once.
            if (!Passed(history.RolledOutSince, PipelineTimings.ErrorGrace)) return new(HealthState.Progressing, null, phase);
            return new(HealthState.Failed, record.Error is { } error ? PipelineCauses.Of(error) : "JobManager cannot be started", history.Rollout);
        }

        private Work Job() => record.JobState switch
        {
            "RUNNING" => Runs(),
            "RESTARTING" or "FAILING" when history.Rollout == PipelinePhase.Scaling => new(HealthState.Progressing),
            "RESTARTING" or "FAILING" => new(HealthState.Degraded, KeepsRestarting() ? "Job keeps restarting" : "Job restarts", PipelinePhase.Restarting),
            "FINISHED" => new(HealthState.Finished),
            "CANCELED" or "CANCELLING" => new(HealthState.Degraded, "Cancelled from outside; the operator starts it again", PipelinePhase.Restarting),
            "SUSPENDED" => new(HealthState.Degraded, "JobManager lost its leadership", PipelinePhase.Restarting),
            null or "RECONCILING" or "INITIALIZING" or "CREATED" => NotRunning(),
            _ => new(HealthState.Unknown, PipelineCauses.Fit($"Job is in a state that Sluice does not know: {record.JobState}")),
        };

        private Work Runs()
        {
            if (record.ReconciliationState == "ROLLED_BACK") return new(HealthState.Healthy, "Rolled back to the spec before");
            if (record.JobManagerStatus == "MISSING") return new(HealthState.Degraded, "JobManager is missing", PipelinePhase.Restarting);
            if (KeepsRestarting()) return new(HealthState.Degraded, "Job keeps restarting", PipelinePhase.Restarting);
            // Session jobs keep errors that are long over.
            var counts = record.Resource == FlinkResource.Deployment || Pending;
            return counts && OldError() is { } error ? new(HealthState.Degraded, PipelineCauses.Of(error)) : new(HealthState.Healthy);
        }

        /// <summary>Between two restarts it runs for a while each time, which is no reason to call it healthy.</summary>
        private bool KeepsRestarting() => history.Restarts >= 3 && history.RestartedAt is { } last && !Passed(last, PipelineTimings.RestartStreak);

        private Work NotRunning()
        {
            if (history.Rollout != PipelinePhase.None || record.LifecycleState == "DEPLOYED")
            {
                var phase = history.Rollout == PipelinePhase.None ? PipelinePhase.Upgrading : history.Rollout;
                if (OldError() is not { } error || PipelineCauses.IsOfPod(error)) return Starting(phase);
                return PipelineCauses.HidesFailedStart(error)
                    ? new(HealthState.Failed, PipelineCauses.Of(error), phase)
                    : new(HealthState.Degraded, PipelineCauses.Of(error), phase);
            }
            // It ran before: STABLE sticks to what was seen running once.
            return record.JobManagerStatus switch
            {
                "MISSING" => new(HealthState.Degraded, "JobManager is missing", PipelinePhase.Restarting),
                "DEPLOYING" or "DEPLOYED_NOT_READY" => new(HealthState.Degraded, "JobManager restarts", PipelinePhase.Restarting),
                _ when record.JobState is "CREATED" or "INITIALIZING" => new(HealthState.Degraded, "Job restarts", PipelinePhase.Restarting),
                _ => new(HealthState.Unknown, "JobManager does not answer"),
            };
        }

        private Work SessionCluster()
        {
            if (record.JobManagerStatus == "READY") return OldError() is { } error ? new(HealthState.Degraded, PipelineCauses.Of(error)) : new(HealthState.Healthy);
            if (history.Rollout != PipelinePhase.None || record.LifecycleState == "DEPLOYED") return Starting(history.Rollout);
            return record.JobManagerStatus switch
            {
                "MISSING" => new(HealthState.Degraded, "JobManager is missing", PipelinePhase.Restarting),
                "DEPLOYING" or "DEPLOYED_NOT_READY" => new(HealthState.Degraded, "JobManager restarts", PipelinePhase.Restarting),
                _ => new(HealthState.Unknown, "JobManager does not answer"),
            };
        }

        private Work Starting(PipelinePhase phase)
        {
            if (history.RolloutSince is not { } since || !Passed(since, PipelineTimings.SlowStart)) return new(HealthState.Progressing, null, phase);
            return new(HealthState.Degraded, $"Not running after {Since(since)}", phase);
        }

        /// <summary>The error, where it is old enough to be believed and is not the refusal of a spec that never ran.</summary>
        private OperatorError? OldError() =>
            record.Error is { IsValidation: false } error && Passed(history.ErrorSince ?? now, PipelineTimings.ErrorGrace) ? error : null;

        private bool Passed(DateTimeOffset since, TimeSpan limit)
        {
            if (now - since >= limit) return true;
            LookAgain(since + limit);
            return false;
        }

        private string Since(DateTimeOffset since)
        {
            var duration = now - since;
            LookAgain(since + PipelineTimings.NextWord(duration));
            return PipelineTimings.Words(duration);
        }

        private void LookAgain(DateTimeOffset at)
        {
            if (LookAgainAt is null || at < LookAgainAt) LookAgainAt = at;
        }
    }
}
