using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

public sealed class PipelineStateEvaluatorTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset HourAgo = Now.AddHours(-1);

    private static readonly FlinkResourceRecord Running = new()
    {
        ObjectKey = new ObjectKey("n", "a"), Uid = "u", ResourceVersion = "1", Resource = FlinkResource.Deployment, HasJob = true, Generation = 3, ObservedGeneration = 3,
        CreatedAt = HourAgo, HasStatus = true, LifecycleState = "STABLE", ReconciliationState = "DEPLOYED", JobManagerStatus = "READY", JobState = "RUNNING",
        HasReconciledSpec = true, ReconciledState = "running", HasStableSpec = true, ReconciledIsStable = true, ReconciledAt = HourAgo, RolloutFingerprint = 1,
    };

    private static readonly OperatorError Refused = new("ReconciliationException", "Could not create", null);

    public static TheoryData<string, FlinkResourceRecord, SyncState, HealthState, PipelinePhase, string?> Rows => new()
    {
        { "runs", Running, SyncState.InSync, HealthState.Healthy, PipelinePhase.None, null },
        { "deployed means not yet stable", Running with { LifecycleState = "DEPLOYED", ReconciledIsStable = false }, SyncState.InSync, HealthState.Healthy, PipelinePhase.None, null },
        { "never answered", Running with { HasStatus = false, HasReconciledSpec = false, ObservedGeneration = null, CreatedAt = Now.AddMinutes(-3) }, SyncState.OutOfSync, HealthState.Unknown, PipelinePhase.Deploying, "Operator has not answered for 3 min" },
        { "just created", Running with { HasStatus = false, HasReconciledSpec = false, ObservedGeneration = null, CreatedAt = Now }, SyncState.OutOfSync, HealthState.Progressing, PipelinePhase.Deploying, null },
        { "created suspended", Running with { HasStatus = false, HasReconciledSpec = false, ObservedGeneration = null, DesiredState = "suspended" }, SyncState.InSync, HealthState.Suspended, PipelinePhase.None, null },
        { "finished", Running with { JobState = "FINISHED" }, SyncState.InSync, HealthState.Finished, PipelinePhase.None, null },
        { "middle of an upgrade", Running with { LifecycleState = "UPGRADING", ReconciliationState = "UPGRADING", JobManagerStatus = "MISSING", JobState = "FINISHED", ReconciledState = "suspended", ReconciledAt = Now }, SyncState.OutOfSync, HealthState.Progressing, PipelinePhase.Upgrading, null },
        { "upgrade keeps failing", Running with { LifecycleState = "UPGRADING", ReconciliationState = "UPGRADING", JobManagerStatus = "MISSING", JobState = "FINISHED", ReconciledState = "suspended", Error = Refused }, SyncState.OutOfSync, HealthState.Degraded, PipelinePhase.Upgrading, "Keeps failing: Could not create" },
        { "suspended", Running with { DesiredState = "suspended", LifecycleState = "SUSPENDED", ReconciledState = "suspended", JobState = "FINISHED" }, SyncState.InSync, HealthState.Suspended, PipelinePhase.None, null },
        { "suspended, stuck in UPGRADING", Running with { DesiredState = "suspended", LifecycleState = "UPGRADING", ReconciliationState = "UPGRADING", ReconciledState = "suspended", JobState = "CANCELED" }, SyncState.InSync, HealthState.Suspended, PipelinePhase.None, null },
        { "drained", Running with { DesiredState = "suspended", LifecycleState = "SUSPENDED", ReconciledState = "suspended", JobState = "FINISHED", DrainsOnStop = true }, SyncState.InSync, HealthState.Finished, PipelinePhase.None, "Drained" },
        { "drained by Sluice", Running with { DesiredState = "suspended", LifecycleState = "SUSPENDED", ReconciledState = "suspended", JobState = "FINISHED", Annotations = new Dictionary<string, string> { ["drained"] = "file:/s/1" }, UpgradeSavepointPath = "file:///s/1" }, SyncState.InSync, HealthState.Finished, PipelinePhase.None, "Drained" },
        { "another savepoint since the drain", Running with { DesiredState = "suspended", LifecycleState = "SUSPENDED", ReconciledState = "suspended", JobState = "FINISHED", Annotations = new Dictionary<string, string> { ["drained"] = "file:/s/1" }, UpgradeSavepointPath = "file:///s/2" }, SyncState.InSync, HealthState.Suspended, PipelinePhase.None, null },
        { "refused", Running with { Generation = 4, Error = new("ValidationException", "Job parallelism must be larger than 0", null) }, SyncState.Rejected, HealthState.Healthy, PipelinePhase.None, "Job parallelism must be larger than 0" },
        { "waits for the operator", Running with { Generation = 4 }, SyncState.OutOfSync, HealthState.Healthy, PipelinePhase.Upgrading, null },
        { "restarts", Running with { JobState = "RESTARTING" }, SyncState.InSync, HealthState.Degraded, PipelinePhase.Restarting, "Job restarts" },
        { "failed", Running with { JobState = "FAILED", LifecycleState = "FAILED" }, SyncState.InSync, HealthState.Failed, PipelinePhase.None, "Job failed" },
        { "manual restore", Running with { JobState = "RECONCILING", LifecycleState = "FAILED", JobManagerStatus = "MISSING" }, SyncState.InSync, HealthState.Failed, PipelinePhase.None, "Cannot be restored by the operator: its state must be chosen by hand" },
        { "image", Running with { LifecycleState = "DEPLOYED", JobManagerStatus = "ERROR", JobState = "RECONCILING", Error = new("DeploymentFailedException", "x", "ImagePullBackOff") }, SyncState.OutOfSync, HealthState.Failed, PipelinePhase.Upgrading, "Image cannot be pulled" },
        { "silent JobManager", Running with { JobState = "RECONCILING" }, SyncState.InSync, HealthState.Unknown, PipelinePhase.None, "JobManager does not answer" },
        { "rolling back", Running with { LifecycleState = "ROLLING_BACK", ReconciliationState = "ROLLING_BACK" }, SyncState.OutOfSync, HealthState.Progressing, PipelinePhase.RollingBack, "The upgrade failed; the operator goes back" },
        { "rolled back", Running with { LifecycleState = "ROLLED_BACK", ReconciliationState = "ROLLED_BACK" }, SyncState.OutOfSync, HealthState.Healthy, PipelinePhase.None, "Rolled back to the spec before" },
        { "cancelled from outside", Running with { JobState = "CANCELED" }, SyncState.InSync, HealthState.Degraded, PipelinePhase.Restarting, "Cancelled from outside; the operator starts it again" },
        { "slow start", Running with { LifecycleState = "DEPLOYED", JobState = "CREATED", ReconciledAt = Now.AddMinutes(-7), FirstDeployment = true, HasStableSpec = false }, SyncState.OutOfSync, HealthState.Degraded, PipelinePhase.Deploying, "Not running after 7 min" },
        { "savepoint", Running with { SavepointTriggerId = "t" }, SyncState.InSync, HealthState.Healthy, PipelinePhase.Savepointing, null },
        { "being deleted", Running with { DeletedAt = Now }, SyncState.OutOfSync, HealthState.Progressing, PipelinePhase.Deleting, null },
        { "deletion blocked", Running with { DeletedAt = Now.AddMinutes(-90) }, SyncState.OutOfSync, HealthState.Degraded, PipelinePhase.Deleting, "Deletion is held up for 1 h" },
        { "session cluster", Running with { HasJob = false, JobState = null, ReconciledState = null }, SyncState.InSync, HealthState.Healthy, PipelinePhase.None, null },
        { "session job with an old error", Running with { Resource = FlinkResource.SessionJob, JobManagerStatus = null, Error = Refused }, SyncState.InSync, HealthState.Healthy, PipelinePhase.None, null },
        { "unknown job state", Running with { JobState = "DREAMING" }, SyncState.InSync, HealthState.Unknown, PipelinePhase.None, "Job is in a state that Sluice does not know: DREAMING" },
        { "unknown lifecycle", Running with { LifecycleState = "HIBERNATING" }, SyncState.InSync, HealthState.Healthy, PipelinePhase.None, null },
        { "unknown reconciliation", Running with { ReconciliationState = "PONDERING" }, SyncState.Unknown, HealthState.Healthy, PipelinePhase.None, null },
        { "too large", Running with { TooLarge = true }, SyncState.Unknown, HealthState.Unknown, PipelinePhase.None, "The resource is too large or damaged to be read" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Evaluate_FirstVersionSeen_SaysWhatAPersonMustSee(string name, FlinkResourceRecord record, SyncState sync, HealthState health, PipelinePhase phase, string? cause) =>
        Evaluate(record).State.ShouldBe(new PipelineState(sync, health, phase, cause), name);

    [Fact]
    public void Evaluate_YoungError_DoesNotAlarmUntilItIsOld()
    {
        var upgrading = Running with { LifecycleState = "UPGRADING", ReconciliationState = "UPGRADING", JobManagerStatus = "MISSING", JobState = "FINISHED", ReconciledState = "suspended", ReconciledAt = Now };
        var failing = upgrading with { Error = Refused };
        var history = ResourceHistory.Start(upgrading, Now).Next(upgrading, failing, Now.AddSeconds(5));

        var young = PipelineStateEvaluator.Evaluate(failing, history, null, Now.AddSeconds(6));
        young.State.ShouldBe(new PipelineState(SyncState.OutOfSync, HealthState.Progressing, PipelinePhase.Upgrading));
        young.LookAgainAt.ShouldBe(Now.AddSeconds(20));
        PipelineStateEvaluator.Evaluate(failing, history, null, young.LookAgainAt!.Value).State.Health.ShouldBe(HealthState.Degraded);
    }

    [Fact]
    public void Evaluate_NonceOrOperatorKeyOnly_StaysInSync()
    {
        var changed = Running with { Generation = 4, SavepointNonce = 7 };
        var history = ResourceHistory.Start(Running, Now).Next(Running, changed, Now);

        PipelineStateEvaluator.Evaluate(changed, history, null, Now).State.ShouldBe(new PipelineState(SyncState.InSync, HealthState.Healthy, PipelinePhase.Savepointing));
    }

    [Fact]
    public void Evaluate_ChangeNotTakenUp_SaysHowLongAndWhenToLookAgain()
    {
        var changed = Running with { Generation = 4, RolloutFingerprint = 2 };
        var history = ResourceHistory.Start(Running, Now).Next(Running, changed, Now);

        PipelineStateEvaluator.Evaluate(changed, history, null, Now).LookAgainAt.ShouldBe(Now.AddMinutes(2));
        var late = PipelineStateEvaluator.Evaluate(changed, history, null, Now.AddMinutes(2));
        late.State.ShouldBe(new PipelineState(SyncState.OutOfSync, HealthState.Healthy, PipelinePhase.Upgrading, "Operator has not taken up the change for 2 min"));
        late.LookAgainAt.ShouldBe(Now.AddMinutes(3));
    }

    [Fact]
    public void Evaluate_RestartsThreeTimesInARow_IsDegradedAlsoInBetween()
    {
        var restarting = Running with { JobState = "RESTARTING" };
        var history = ResourceHistory.Start(Running, Now);
        for (var i = 0; i < 3; i++)
            history = history.Next(Running, restarting, Now.AddSeconds(20 * i)).Next(restarting, Running, Now.AddSeconds((20 * i) + 10));

        PipelineStateEvaluator.Evaluate(Running, history, null, Now.AddSeconds(60)).State.ShouldBe(new PipelineState(SyncState.InSync, HealthState.Degraded, PipelinePhase.Restarting, "Job keeps restarting"));
        PipelineStateEvaluator.Evaluate(Running, history, null, Now.AddSeconds(200)).State.Health.ShouldBe(HealthState.Healthy);
    }

    [Fact]
    public void Evaluate_ActiveOperation_GivesThePhase() =>
        PipelineStateEvaluator.Evaluate(Running, ResourceHistory.Start(Running, Now), new ActiveOperation(Guid.Empty, PipelinePhase.Suspending, 1, 3), Now).State.Phase.ShouldBe(PipelinePhase.Suspending);

    [Fact]
    public void Evaluate_TwentyThousandRows_TakesLessThanASecond()
    {
        var history = ResourceHistory.Start(Running, Now);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < 20_000; i++) PipelineStateEvaluator.Evaluate(Running, history, null, Now);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    private static PipelineEvaluation Evaluate(FlinkResourceRecord record) => PipelineStateEvaluator.Evaluate(record, ResourceHistory.Start(record, Now), null, Now);
}
