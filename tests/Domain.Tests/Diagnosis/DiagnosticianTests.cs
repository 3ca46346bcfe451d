using Shouldly;
using Sluice.Domain.Diagnosis;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Diagnosis;

/// <summary>Inputs as real operators, kubelets and JobManagers gave them (see the traces of the sample jobs).</summary>
public sealed class DiagnosticianTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    private const string MainThrows =
        "org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: For input string: \"many\"\n\tat org.apache.flink.client.program.PackagedProgram.callMainMethod(PackagedProgram.java:372)\n"
        + "Caused by: java.lang.NumberFormatException: For input string: \"many\"\n\tat samples.OrderTotals.main(OrderTotals.java:25)\n";

    private const string Failure = "java.lang.IllegalStateException: order 20000 has no customer\n\tat samples.OrderTotals.lambda$main$6aee8442$1(OrderTotals.java:37)\n";

    private static readonly OperatorError Checkpointing = new("ReconciliationException", "Checkpointing has not been enabled.", null);

    [Fact]
    public void Judge_MainThrowsUnderOperator17_NamesTheExceptionAndNotCheckpointing()
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Failed, r => r with { LifecycleState = "DEPLOYED", JobManagerStatus = "DEPLOYED_NOT_READY", JobState = "RECONCILING", Error = Checkpointing }) with
        {
            Job = Job("FAILED", "(application driver)"),
            Exceptions = Failures(MainThrows, 1),
        });
        verdict.Health.ShouldBe(HealthState.Failed);
        verdict.Headline.ShouldBe("main() throws: NumberFormatException: For input string: \"many\"");
        verdict.Explanation.ShouldContain("samples.OrderTotals.main(OrderTotals.java:25)");
        verdict.Explanation.ShouldContain("checkpointing is not the cause");
        verdict.Evidence.ShouldContain(e => e.Source == "operator" && e.Text.Contains("Checkpointing has not been enabled", StringComparison.Ordinal));
        verdict.Evidence.ShouldContain(e => e.Source == "JobManager" && e.Age == TimeSpan.FromSeconds(30));
        verdict.Action.ShouldNotBeNull();
    }

    [Fact]
    public void Judge_MainThrowsUnderOperator116_IsToldByTheOperatorAlone() =>
        Diagnostician.Judge(Input(HealthState.Failed, r => r with { LifecycleState = "FAILED", JobState = "FAILED", Error = new("SerializedThrowable", "NumberFormatException: For input string: \"many\"", null) { MainThrew = true } }))
            .Headline.ShouldBe("main() throws: NumberFormatException: For input string: \"many\"");

    [Fact]
    public void Judge_MainClassDoesNotExist_NamesTheClassFromTheLog()
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Failed, r => r with { JobManagerStatus = "ERROR", Error = new("DeploymentFailedException", "back-off 20s restarting failed container=flink-main-container", "CrashLoopBackOff") }) with
        {
            Pods = [Pod() with { Waiting = "CrashLoopBackOff", Terminated = "Error", ExitCode = 1, Restarts = 3 }],
            CrashLog = "2026-11-21 08:59:00,000 ERROR org.apache.flink.runtime.entrypoint.ClusterEntrypoint [] - Could not create application program.\norg.apache.flink.util.FlinkException: Could not load the provided entrypoint class.\n\tat a.B.c(B.java:1)\n"
                + "Caused by: org.apache.flink.client.program.ProgramInvocationException: The program's entry point class 'samples.Missing' was not found in the jar file.\n\tat a.B.d(B.java:2)\nCaused by: java.lang.ClassNotFoundException: samples.Missing\n\t... 9 more\n",
        });
        verdict.Headline.ShouldBe("Main class samples.Missing does not exist in the jar.");
        verdict.Health.ShouldBe(HealthState.Failed);
        verdict.Evidence.ShouldContain(e => e.State == "ClassNotFoundException");
    }

    [Fact]
    public void Judge_JobManagerCrashes_NamesTheLastExceptionOfItsLog() =>
        Diagnostician.Judge(Input(HealthState.Failed) with
        {
            Pods = [Pod() with { Waiting = "CrashLoopBackOff", Terminated = "Error", ExitCode = 2, Restarts = 5 }],
            CrashLog = "2026-11-21 INFO start\njava.io.IOException: harmless\n\tat x.Y.z(Y.java:1)\n2026-11-21 ERROR Fatal\norg.apache.flink.util.FlinkException: bad\n\tat x.Y.z(Y.java:1)\nCaused by: java.net.UnknownHostException: minio.storage\n\tat x.Y.z(Y.java:2)\n2026-11-21 INFO bye\n",
        }).Headline.ShouldBe("The JobManager ends right after its start: UnknownHostException: minio.storage");

    [Fact]
    public void Judge_ImageDoesNotExist_NamesTheImage()
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Progressing, r => r with { Image = "localhost/flink:none" }) with
        {
            Pods = [Pod() with { Waiting = "ImagePullBackOff", WaitingMessage = "Back-off pulling image \"localhost/flink:none\"", Image = "localhost/flink:none" }],
            Events = [new(Now.AddSeconds(-5), true, "Failed", "Failed to pull image \"localhost/flink:none\": connection refused", "Pod", "order-totals-55ff8b45f8-z69rj", 4)],
        });
        verdict.ShouldSatisfyAllConditions(
            v => v.Health.ShouldBe(HealthState.Failed),
            v => v.Headline.ShouldBe("Image localhost/flink:none cannot be pulled."),
            v => v.Explanation.ShouldContain("connection refused"),
            v => v.Evidence.ShouldContain(e => e.Text.EndsWith("(4 times)", StringComparison.Ordinal)));
    }

    [Fact]
    public void Judge_QuotaRefusesPods_SaysQuota() =>
        Diagnostician.Judge(Input(HealthState.Progressing) with
        {
            Pods = [],
            Events = [new(Now.AddSeconds(-20), true, "FailedCreate", "Error creating: pods \"order-totals-55ff8b45f8-z69rj\" is forbidden: exceeded quota: team, requested: memory=900Mi, used: memory=4Gi, limited: memory=4Gi", "ReplicaSet", "order-totals-55ff8b45f8")],
        }).ShouldSatisfyAllConditions(static v => v.Headline.ShouldContain("quota"), static v => v.Explanation.ShouldContain("limited: memory=4Gi"), static v => v.Health.ShouldBe(HealthState.Failed));

    [Fact]
    public void Judge_TaskManagersUnschedulableWhileResourceSaysNothing_SaysSo()
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Healthy) with
        {
            Pods =
            [
                Pod() with { Phase = "Running", Ready = true },
                Pod("order-totals-taskmanager-1-1") with { IsJobManager = false, Unschedulable = "0/3 nodes are available: 3 Insufficient memory." },
                Pod("order-totals-taskmanager-1-2") with { IsJobManager = false, Phase = "Running", Ready = true },
            ],
            Job = Job("RUNNING"),
        });
        verdict.Headline.ShouldBe("1 of 2 TaskManager pods cannot be placed on any node: 0/3 nodes are available: 3 Insufficient memory.");
        verdict.Health.ShouldBe(HealthState.Degraded);
    }

    [Fact]
    public void Judge_PodJustCreated_IsNotYetUnschedulable() =>
        Diagnostician.Judge(Input(HealthState.Progressing) with { Pods = [Pod() with { Unschedulable = "0/1 nodes", CreatedAt = Now.AddSeconds(-2) }] }).Health.ShouldBe(HealthState.Progressing);

    [Fact]
    public void Judge_OutOfMemory_NamesWhatToRaise() =>
        Diagnostician.Judge(Input(HealthState.Degraded) with { Pods = [Pod("order-totals-taskmanager-1-1") with { IsJobManager = false, Terminated = "OOMKilled", TerminatedAt = Now.AddMinutes(-1), ExitCode = 137, Restarts = 1 }] })
            .ShouldSatisfyAllConditions(static v => v.Headline.ShouldContain("lack of memory"), static v => v.Action!.ShouldContain("spec.taskManager.resource.memory"));

    [Fact]
    public void Judge_SpecRefused_TheJobGoesOn()
    {
        var refused = new OperatorError("ValidationException", "Job parallelism must be larger than 0", null);
        var verdict = Diagnostician.Judge(Input(HealthState.Healthy, r => r with { Error = refused, Generation = 12, ObservedGeneration = 11 }, sync: SyncState.Rejected));
        verdict.Headline.ShouldBe("The newest spec was refused: Job parallelism must be larger than 0");
        verdict.Health.ShouldBe(HealthState.Healthy);
        Diagnostician.Judge(Input(HealthState.Failed, r => r with { Error = refused, HasReconciledSpec = false })).Health.ShouldBe(HealthState.Failed);
    }

    [Theory]
    [InlineData(30, null, HealthState.Progressing, "Waiting for the operator")]
    [InlineData(90, null, HealthState.Unknown, "has not answered for 1 min")]
    [InlineData(90, true, HealthState.Unknown, "has not answered for 1 min")]
    [InlineData(90, false, HealthState.Unknown, "operator is not running")]
    public void Judge_NoStatus_DependsOnItsAgeAndTheOperator(int seconds, bool? runs, HealthState health, string says)
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Progressing, r => r with { HasStatus = false, HasReconciledSpec = false, CreatedAt = Now.AddSeconds(-seconds) }) with { OperatorRuns = runs });
        verdict.Health.ShouldBe(health);
        verdict.Headline.ShouldContain(says);
    }

    [Fact]
    public void Judge_ChangeNotTakenUp_BlamesTheOperator() =>
        Diagnostician.Judge(Input(HealthState.Healthy, cause: "Operator has not taken up the change for 4 min", sync: SyncState.OutOfSync) with { OperatorRuns = false })
            .ShouldSatisfyAllConditions(static v => v.Headline.ShouldContain("operator is not running"), static v => v.Explanation.ShouldContain("4 min"), static v => v.Health.ShouldBe(HealthState.Healthy));

    [Fact]
    public void Judge_DeletionHangs_NamesFinalizerAndReason()
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Degraded, r => r with { DeletedAt = Now.AddMinutes(-5), Error = Checkpointing }) with { Finalizers = ["flinkdeployments.flink.apache.org/finalizer"] });
        verdict.Headline.ShouldBe("Deletion is blocked for 5 min: the finalizer flinkdeployments.flink.apache.org/finalizer is still there.");
        verdict.Explanation.ShouldContain("Checkpointing has not been enabled");
        Diagnostician.Judge(Input(HealthState.Progressing, r => r with { DeletedAt = Now.AddSeconds(-5) })).Health.ShouldBe(HealthState.Progressing);
    }

    [Fact]
    public void Judge_JobRestartsForEver_NamesTheRootAndHowOften()
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Healthy, r => r with { LifecycleState = "STABLE", JobState = "RUNNING" }) with { Job = Job("RUNNING"), Exceptions = Failures(Failure, 5) });
        verdict.Health.ShouldBe(HealthState.Degraded);
        verdict.Headline.ShouldBe("The job keeps restarting: IllegalStateException: order 20000 has no customer");
        verdict.Explanation.ShouldContain("5 times in the last 10 min, each time for the same reason");
        verdict.Explanation.ShouldContain("OrderTotals.java:37");
    }

    [Fact]
    public void Judge_OneOldFailure_IsHealthy()
    {
        var old = new JobExceptions([.. Failures(Failure, 1).Entries.Select(e => e with { At = Now.AddHours(-3) })], false);
        Diagnostician.Judge(Input(HealthState.Healthy) with { Job = Job("RUNNING"), Exceptions = old }).Headline.ShouldBe("It runs.");
    }

    [Fact]
    public void Judge_NoSlots_PointsToTheTaskManagers() =>
        Diagnostician.Judge(Input(HealthState.Degraded, r => r with { JobState = "RESTARTING" }) with { Job = Job("RESTARTING"), Exceptions = Failures("org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException: Could not acquire the minimum required resources.\n\tat a.B.c(B.java:1)\n", 1) })
            .Headline.ShouldBe("There are not enough TaskManager slots for the job.");

    [Fact]
    public void Judge_JobFailedForGood_LooksBehindTheWrapper()
    {
        var wrapped = "org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy\n\tat a.B.c(B.java:1)\nCaused by: " + Failure;
        Diagnostician.Judge(Input(HealthState.Failed, r => r with { JobState = "FAILED" }) with { Job = Job("FAILED"), Exceptions = Failures(wrapped, 1) })
            .Headline.ShouldBe("The job failed for good: IllegalStateException: order 20000 has no customer");
    }

    [Fact]
    public void Judge_JobManagerSilentWhileTheOperatorSaysRunning_IsUnknown() =>
        Diagnostician.Judge(Input(HealthState.Healthy) with { JobManagerSilent = "There is no service order-totals-rest." })
            .ShouldSatisfyAllConditions(static v => v.Health.ShouldBe(HealthState.Unknown), static v => v.Headline.ShouldBe("The JobManager does not answer."), static v => v.Explanation.ShouldContain("no service"));

    [Fact]
    public void Judge_CheckpointsFail_CountsThemWithoutSavepoints()
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Healthy) with { Job = Job("RUNNING"), Checkpoints = Checkpoints("FFFS", "C") });
        verdict.Headline.ShouldBe("3 of the last 4 checkpoints failed: Checkpoint expired before completing.");
        verdict.Health.ShouldBe(HealthState.Degraded);
        verdict.Action!.ShouldContain("execution.checkpointing.timeout");
        Diagnostician.Judge(Input(HealthState.Healthy) with { Job = Job("RUNNING"), Checkpoints = Checkpoints("C", "FF") }).Health.ShouldBe(HealthState.Healthy, "the newest one completed");
        Diagnostician.Judge(Input(HealthState.Healthy) with { Job = Job("RUNNING"), Checkpoints = Checkpoints("SS", "C") }).Health.ShouldBe(HealthState.Healthy, "only savepoints failed");
    }

    [Fact]
    public void Judge_YoungOperatorError_DoesNotAlarm()
    {
        // The list holds errors back for 15 s; while the old deployment goes away they come and go.
        var verdict = Diagnostician.Judge(Input(HealthState.Progressing, r => r with { ReconciliationState = "UPGRADING", JobManagerStatus = "MISSING", JobState = "FINISHED", Error = new("ReconciliationException", "Could not create Kubernetes cluster \"order-totals\".", null) }, phase: PipelinePhase.Upgrading));
        verdict.Health.ShouldBe(HealthState.Progressing);
        verdict.Headline.ShouldBe("A new spec is being rolled out.");
    }

    [Theory]
    [InlineData(HealthState.Suspended, "It is suspended.")]
    [InlineData(HealthState.Finished, "The job has finished.")]
    public void Judge_StoppedOnPurpose_IsNoTrouble(HealthState health, string headline)
    {
        var verdict = Diagnostician.Judge(Input(health, r => r with { UpgradeSavepointPath = "file:/flink-data/sp-1" }));
        verdict.Health.ShouldBe(health);
        verdict.Headline.ShouldBe(headline);
    }

    [Fact]
    public void Judge_Healthy_SaysWhenTheLastCheckpointWas() =>
        Diagnostician.Judge(Input(HealthState.Healthy) with { Job = Job("RUNNING"), Checkpoints = Checkpoints("C") }).Headline.ShouldBe("It runs; the last checkpoint completed 9 s ago.");

    [Fact]
    public void Judge_SecretsInAnyText_AreMasked()
    {
        var verdict = Diagnostician.Judge(Input(HealthState.Failed, r => r with { JobState = "FAILED", Error = new("X", "cannot log in with password=hunter2", null) }) with
        {
            Job = Job("FAILED"),
            Exceptions = Failures("java.sql.SQLException: jdbc://app:hunter2@db/orders refused\n\tat a.B.c(B.java:1)\n", 1),
            Events = [new(Now, true, "Error", "token: hunter2", "FlinkDeployment", "order-totals")],
            Gaps = ["secret=hunter2"],
        });
        string.Join('\n', [verdict.Headline, verdict.Explanation, verdict.Action, .. verdict.Gaps, .. verdict.Evidence.Select(static e => e.Text)]).ShouldNotContain("hunter2");
        verdict.Headline.ShouldContain("SQLException");
    }

    private static DiagnosisInput Input(HealthState health, Func<FlinkResourceRecord, FlinkResourceRecord>? change = null, string? cause = null, SyncState sync = SyncState.InSync, PipelinePhase phase = PipelinePhase.None)
    {
        var resource = new FlinkResourceRecord
        {
            ObjectKey = new ObjectKey("team-orders", "order-totals"),
            Uid = "u1",
            ResourceVersion = "1",
            Resource = FlinkResource.Deployment,
            Generation = 3,
            ObservedGeneration = 3,
            CreatedAt = Now.AddHours(-1),
            ReconciledAt = Now.AddMinutes(-30),
            HasJob = true,
            HasStatus = true,
            HasReconciledSpec = true,
            LifecycleState = "STABLE",
            ReconciliationState = "DEPLOYED",
            JobManagerStatus = "READY",
            JobState = "RUNNING",
        };
        return new DiagnosisInput { Now = Now, Resource = change?.Invoke(resource) ?? resource, State = new PipelineState(sync, health, phase, cause), Pods = [] };
    }

    private static PodFact Pod(string name = "order-totals-55ff8b45f8-z69rj") => new(name, true, "Pending", false, Now.AddMinutes(-2));

    private static JobSummary Job(string state, string name = "order-totals") => new("b0b6458b7a4c925bf0d361433ac641cd", name, state, Now.AddMinutes(-30), null, null, Now.AddMinutes(-1), new Dictionary<string, int>());

    private static JobExceptions Failures(string trace, int count) => new(
        [.. Enumerable.Range(1, count).Select(i => new JobException(Now.AddSeconds(-30 * i), JavaThrowable.Parse(trace), null, null, null, new Dictionary<string, string>(), []))], false);

    // Newest first: C completed, F failed, S failed savepoint.
    private static CheckpointStatistics Checkpoints(params string[] kinds)
    {
        var history = string.Concat(kinds).Select((kind, i) => new Checkpoint(
            100 - i, kind == 'C' ? "COMPLETED" : "FAILED", kind == 'S', "CHECKPOINT", null, Now.AddSeconds(-10 * (i + 1)), Now.AddSeconds(-10 * (i + 1) + 1), null, null, null, null, null, null, null, null, null,
            kind == 'C' ? null : Now.AddSeconds(-10 * i), kind == 'C' ? null : "Checkpoint expired before completing.", new Dictionary<string, CheckpointVertex>())).ToList();
        var summary = new CheckpointSummary(StatSummary.None, StatSummary.None, StatSummary.None, StatSummary.None, StatSummary.None);
        return new CheckpointStatistics(null, null, null, null, null, history.FirstOrDefault(static c => c.State == "COMPLETED"), null, history.FirstOrDefault(static c => c.State == "FAILED"), null, history, summary);
    }
}
