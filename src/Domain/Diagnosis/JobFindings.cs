using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Diagnosis;

/// <summary>Causes in the program and its checkpoints, and what is said where nothing is wrong.</summary>
internal static class JobFindings
{
    private static readonly TimeSpan RestartWindow = TimeSpan.FromMinutes(10);

    public static Finding? Find(DiagnosisInput input)
    {
        if (input.State.Health == HealthState.Suspended) return Suspended(input);
        return MainThrows(input) ?? Failed(input) ?? Ended(input) ?? Restarting(input) ?? Unreachable(input) ?? Checkpoints(input);
    }

    public static Finding Otherwise(DiagnosisInput input) => input.State.Health switch
    {
        HealthState.Healthy when input.State.Cause is { } cause => new(HealthState.Healthy, $"It runs. {cause}."),
        HealthState.Healthy => new(HealthState.Healthy, "It runs" + LastCheckpoint(input) + "."),
        HealthState.Progressing => new(HealthState.Progressing, Progress(input)),
        HealthState.Unknown => new(HealthState.Unknown, input.State.Cause ?? "It cannot be told how it is.", input.JobManagerSilent ?? ""),
        _ when input.Resource.Error is { } error => new(input.State.Health, input.State.Cause ?? error.Message, $"The operator says: {error.Message}"),
        _ => new(input.State.Health, input.State.Cause ?? "It does not work well.", input.JobManagerSilent ?? ""),
    };

    private static Finding Suspended(DiagnosisInput input) => new(HealthState.Suspended, "It is suspended.",
        input.Resource.UpgradeSavepointPath is { } path ? $"It continues from {path} when it is resumed." : "No savepoint is noted in the resource.", "Resume it when it is to run again.");

    private static Finding? MainThrows(DiagnosisInput input)
    {
        if (input.Resource.JobState is "RUNNING" || (input.Job is { } job && job.State != JobStates.Failed)) return null;
        var thrown = input.Exceptions?.Entries.FirstOrDefault(e => IsMain(e.Throwable) || input.Job?.Name == "(application driver)")?.Throwable;
        if (thrown is null && input.Resource.Error is not { MainThrew: true }) return null;
        var root = thrown?.Root ?? input.Resource.Error!.Message;
        var where = thrown?.RootFrame is { } frame ? $" It was thrown at {frame}." : "";
        var hides = input.Resource.Error is { } error && error.Message.Contains("Checkpointing has not been enabled", StringComparison.Ordinal)
            ? " The operator's message about checkpointing is not the cause." : "";
        return new(HealthState.Failed, $"main() throws: {root}", $"The program ends before any job exists.{where}{hides}", "Correct the program or its arguments and roll out the corrected spec.");
    }

    private static bool IsMain(JavaThrowable throwable) => throwable.StackTrace.Contains("The main method caused an error", StringComparison.Ordinal);

    private static Finding? Failed(DiagnosisInput input)
    {
        if (input.Job?.State != JobStates.Failed && (input.Job is not null || input.Resource.JobState != "FAILED")) return null;
        if (input.State.Health == HealthState.Progressing) return null;
        var cause = input.Exceptions is { Entries: { Count: > 0 } entries } ? entries[0] : null;
        var root = Root(cause) ?? input.Resource.Error?.Message ?? "its JobManager does not say why";
        return new(HealthState.Failed, $"The job failed for good: {root}", Place(cause), "Correct the cause, then redeploy it from its newest checkpoint or savepoint.");
    }

    private static Finding? Ended(DiagnosisInput input) => input.State.Health == HealthState.Finished
        ? new(HealthState.Finished, input.State.Cause == "Drained" ? "It was drained: it has processed all its input." : "The job has finished.", input.Job?.EndedAt is { } at ? $"It ended {PipelineTimings.Words(input.Now - at)} ago." : "")
        : null;

    private static Finding? Restarting(DiagnosisInput input)
    {
        var recent = input.Exceptions?.Entries.Where(e => e.At is { } at && input.Now - at < RestartWindow).ToList() ?? [];
        var now = input.Job?.State is JobStates.Restarting or JobStates.Failing || input.Resource.JobState is "RESTARTING" or "FAILING";
        if (recent.Count == 0 || (!now && recent.Count < 3)) return null;
        if (!now && input.State.Health == HealthState.Progressing) return null;
        var cause = recent[0];
        var same = recent.Count(e => e.Throwable.Root == cause.Throwable.Root);
        var often = recent.Count >= 3 ? $"It failed {recent.Count} times in the last {PipelineTimings.Words(RestartWindow)}{(same == recent.Count ? ", each time for the same reason" : "")}. " : "";
        if (Root(cause) is { } slots && slots.Contains("NoResourceAvailableException", StringComparison.Ordinal))
            return new(HealthState.Degraded, "There are not enough TaskManager slots for the job.", often + slots, "Look at the TaskManager pods: they may wait for nodes or quota. Or lower the parallelism.");
        return new(HealthState.Degraded, $"{(recent.Count >= 3 ? "The job keeps restarting" : "The job restarts")}: {Root(cause)}", often + Place(cause),
            recent.Count >= 3 ? "Correct the cause; restarting does not help. Until then it works on the same input again and again." : null);
    }

    private static Finding? Unreachable(DiagnosisInput input)
    {
        if (input.JobManagerSilent is not { } silent || input.State.Health == HealthState.Progressing) return null;
        if (input.Resource.JobManagerStatus == "READY" && input.Resource.JobState == "RUNNING")
            return new(input.State.Health == HealthState.Healthy ? HealthState.Unknown : input.State.Health, "The JobManager does not answer.", $"{silent} The operator saw the job running last.", "If it stays so, look at the JobManager's pod and log.");
        return null;
    }

    private static Finding? Checkpoints(DiagnosisInput input)
    {
        // Savepoints fail for reasons of their own, and without running tasks none can succeed.
        var ended = input.Checkpoints?.History.Where(static c => !c.IsSavepoint && c.State is "COMPLETED" or "FAILED").ToList() ?? [];
        var failed = ended.Where(static c => c.State == "FAILED").ToList();
        if (failed.Count < 2 || ended[0].State != "FAILED" || input.Job?.State != JobStates.Running) return null;
        var reason = failed[0].FailureMessage ?? "no reason given";
        var since = input.Checkpoints?.LastCompletedAt is { } last ? $"The last good one is {PipelineTimings.Words(input.Now - last)} old: a failure now repeats all work since then." : "None has completed yet: a failure now starts from the beginning.";
        var act = reason.Contains("expired", StringComparison.OrdinalIgnoreCase)
            ? "Look for backpressure and slow storage; raise execution.checkpointing.timeout or use unaligned checkpoints."
            : "Look at the TaskManager that declined, and at the checkpoint storage.";
        return new(HealthState.Degraded, $"{failed.Count} of the last {ended.Count} checkpoints failed: {reason}", since, act);
    }

    private static string Progress(DiagnosisInput input) => input.State.Phase switch
    {
        PipelinePhase.Suspending => "It is being suspended with a savepoint.",
        PipelinePhase.Draining => "It is being drained.",
        PipelinePhase.Upgrading => "A new spec is being rolled out.",
        PipelinePhase.Resuming => "It is being resumed.",
        PipelinePhase.Scaling => "It is being scaled.",
        PipelinePhase.RollingBack => "The operator goes back to the last good spec.",
        _ when input.Resource.JobManagerStatus is "DEPLOYING" or "DEPLOYED_NOT_READY" => "The JobManager is starting.",
        _ => "It is starting.",
    };

    private static string LastCheckpoint(DiagnosisInput input) => input.Checkpoints?.LastCompletedAt is { } at
        ? $"; the last checkpoint completed {((input.Now - at).TotalSeconds < 60 ? $"{Math.Max(0, (int)(input.Now - at).TotalSeconds)} s" : PipelineTimings.Words(input.Now - at))} ago" : "";

    // A final failure wraps the cause, which stands among the concurrent ones where the wrapper has lost it.
    private static string? Root(JobException? failure)
    {
        if (failure is null) return null;
        var own = failure.Throwable;
        var bare = own.RootClass == own.ClassName && JavaThrowable.ShortName(own.ClassName) == "JobException";
        return (bare && failure.Concurrent.Count > 0 ? failure.Concurrent[0].Throwable : own).Root;
    }

    private static string Place(JobException? failure) => (failure?.Throwable.RootFrame, failure?.Task) switch
    {
        ({ } frame, { } task) => $"It was thrown at {frame} in {task}.",
        ({ } frame, null) => $"It was thrown at {frame}.",
        (null, { } task) => $"It failed in {task}.",
        _ => "",
    };
}
