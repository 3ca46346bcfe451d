using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Diagnosis;

/// <summary>Causes that keep pods from existing, from starting or from staying alive. The operator sees those of JobManagers late and those of TaskManagers never.</summary>
internal static class PodFindings
{
    // A pod is scheduled and its image found within this time as a rule.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    public static Finding? Find(DiagnosisInput input)
    {
        if (input.State.Health is HealthState.Suspended or HealthState.Finished) return null;
        // JobManagers first: without one there are no TaskManagers.
        return Image(input, true) ?? Memory(input, true) ?? Crash(input) ?? Config(input) ?? Created(input) ?? Placed(input, true)
            ?? Image(input, false) ?? Placed(input, false) ?? Memory(input, false) ?? Mount(input);
    }

    private static Finding? Image(DiagnosisInput input, bool jobManager)
    {
        static bool IsImage(string? reason) => reason is "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" or "ErrImageNeverPull";
        var pod = Pods(input, jobManager).FirstOrDefault(static p => IsImage(p.Waiting));
        // While the operator's error speaks of pods before, pods that start well are the truth.
        var told = jobManager && input.Pods is null or { Count: 0 } && IsImage(input.Resource.Error?.Reason) ? input.Resource.Error : null;
        if (pod is null && told is null) return null;
        var why = input.Events.FirstOrDefault(e => e.Reason is "Failed" or "ErrImagePull" && e.Message.Contains("pull", StringComparison.OrdinalIgnoreCase) && (pod is null || e.Name == pod.Name || e.Kind == "FlinkDeployment"))?.Message;
        return new(HealthState.Failed, $"Image {pod?.Image ?? input.Resource.Image ?? "of the spec"} cannot be pulled.",
            $"{(jobManager ? "The JobManager" : "A TaskManager")} cannot start. {why ?? pod?.WaitingMessage ?? told?.Message}",
            "Check the image's name and tag and that the cluster may pull it; then roll out a corrected spec, or roll back.");
    }

    private static Finding? Memory(DiagnosisInput input, bool jobManager)
    {
        var pod = Pods(input, jobManager).FirstOrDefault(p => p.Terminated == "OOMKilled" && (!p.Ready || p.TerminatedAt is { } at && input.Now - at < Recent));
        if (pod is null) return null;
        var (who, what) = jobManager ? ("JobManager", "jobManager") : ("TaskManager", "taskManager");
        return new(pod.Ready ? HealthState.Degraded : HealthState.Failed, $"A {who} was killed for lack of memory (pod {pod.Name}).",
            $"It used more than its container may; {pod.Restarts} restarts so far.", $"Raise spec.{what}.resource.memory, or find what uses memory outside of the JVM's heap.");
    }

    private static Finding? Crash(DiagnosisInput input)
    {
        var pod = Pods(input, true).FirstOrDefault(static p => p.Waiting is "CrashLoopBackOff" or "RunContainerError" || (!p.Ready && p.Terminated is "Error" && p.Restarts > 0));
        var told = input.Pods is null or { Count: 0 } && input.Resource.Error?.Reason == "CrashLoopBackOff";
        if (pod is null && !told) return null;
        if (CrashLog.MissingMainClass(input.CrashLog) is { } missing)
            return new(HealthState.Failed, $"Main class {missing} does not exist in the jar.", "The JobManager ends right after its start, again and again.", "Correct spec.job.entryClass or spec.job.jarURI and roll it out.");
        if (CrashLog.LastThrowable(input.CrashLog) is { } crash)
            return new(HealthState.Failed, $"The JobManager ends right after its start: {crash.Root}", pod is null ? "" : $"Pod {pod.Name} was restarted {pod.Restarts} times.", "Look at the log of its last run, and correct the spec or the program.");
        return new(HealthState.Failed, $"The JobManager ends right after its start{(pod?.ExitCode is { } code ? $" with exit code {code}" : "")}.",
            "Its log does not say why" + (input.CrashLog is null ? ", or could not be read." : "."), "Look at the log of its last run.");
    }

    private static Finding? Config(DiagnosisInput input)
    {
        var pod = (input.Pods ?? []).FirstOrDefault(static p => p.Waiting is "CreateContainerConfigError" or "CreateContainerError");
        return pod is null ? null : new(HealthState.Failed, $"A container cannot be created: {pod.WaitingMessage ?? pod.Waiting}", $"Pod {pod.Name} refers to something that is not there, as a rule a secret or a config map.", "Create what is missing, or correct the pod template.");
    }

    private static Finding? Created(DiagnosisInput input)
    {
        if (Pods(input, true).Any(static p => p.Ready) && !TaskManagersMissing(input)) return null;
        var refused = input.Events.FirstOrDefault(e => e.Reason == "FailedCreate" && e.At is { } at && input.Now - at < Recent)?.Message
            ?? (input.Resource.Error is { Reason: "FailedCreate" } error ? error.Message : null)
            ?? QuotaInFailures(input);
        if (refused is null) return null;
        return refused.Contains("quota", StringComparison.OrdinalIgnoreCase)
            ? new(HealthState.Failed, "The namespace's quota is used up: pods are refused.", refused, "Free resources in the namespace, ask for less, or have the quota raised.")
            : new(HealthState.Failed, $"Pods are refused: {refused}", "Kubernetes does not let them be created.", "Correct what it complains about; often it is the service account or a policy.");
    }

    // TaskManager pods are created by the JobManager itself: a refusal shows only in its failures.
    private static string? QuotaInFailures(DiagnosisInput input) =>
        input.Exceptions?.Entries.FirstOrDefault(static e => e.Throwable.StackTrace.Contains("exceeded quota", StringComparison.Ordinal))?.Throwable.RootMessage;

    private static bool TaskManagersMissing(DiagnosisInput input) => !Pods(input, false).Any(static p => p.Ready);

    private static Finding? Placed(DiagnosisInput input, bool jobManager)
    {
        var all = Pods(input, jobManager).ToList();
        var waiting = all.Where(p => p.Unschedulable is not null && (p.CreatedAt is null || input.Now - p.CreatedAt >= Grace)).ToList();
        if (waiting.Count == 0) return null;
        var who = jobManager ? "The JobManager pod" : waiting.Count == all.Count && waiting.Count == 1 ? "The TaskManager pod" : $"{waiting.Count} of {all.Count} TaskManager pods";
        var health = !jobManager && input.State.Health == HealthState.Healthy ? HealthState.Degraded : HealthState.Failed;
        return new(health, $"{who} cannot be placed on any node: {waiting[0].Unschedulable}", "The job waits until a node has room. The operator does not look at this.", "Add nodes, ask for less memory or CPU, or correct node selectors and tolerations.");
    }

    private static Finding? Mount(DiagnosisInput input)
    {
        var stuck = (input.Pods ?? []).FirstOrDefault(p => p is { Ready: false, Waiting: "ContainerCreating" or "PodInitializing" } && p.CreatedAt is { } at && input.Now - at > TimeSpan.FromSeconds(60));
        var why = stuck is null ? null : input.Events.FirstOrDefault(e => e.Reason is "FailedMount" or "FailedAttachVolume" && e.Name == stuck.Name);
        return why is null ? null : new(HealthState.Failed, $"A volume cannot be mounted: {why.Message}", $"Pod {why.Name} cannot start.", "Create the volume, claim, secret or config map, or correct the pod template.");
    }

    private static IEnumerable<PodFact> Pods(DiagnosisInput input, bool jobManager) => (input.Pods ?? []).Where(p => p.IsJobManager == jobManager);
}
