using Sluice.Domain.Access;

namespace Sluice.Domain.Diagnosis;

/// <summary>Collects what was seen, from all sources, in one order.</summary>
internal static class EvidenceList
{
    private const int LongestText = 600;

    public static IReadOnlyList<VerdictEvidence> Of(DiagnosisInput input)
    {
        var list = new List<VerdictEvidence>();
        void Add(DateTimeOffset? at, string state, string text, string source) => list.Add(new(at, state, Trim(text), source, at is { } t ? Age(input.Now, t) : null));

        var resource = input.Resource;
        if (resource.Error is { } error) Add(resource.ReconciledAt, error.Reason ?? error.Type ?? "error", error.Message, "operator");
        if (resource.HasStatus)
            Add(resource.ReconciledAt, resource.LifecycleState ?? "no lifecycle", $"JobManager {resource.JobManagerStatus ?? "unknown"}, job {resource.JobState ?? "unknown"}, generation {resource.ObservedGeneration?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"} of {resource.Generation}", "operator");
        foreach (var pod in input.Pods ?? [])
        {
            if (pod.Unschedulable is { } why) Add(pod.CreatedAt, "Unschedulable", why, $"pod {pod.Name}");
            if (pod.Waiting is { } waiting) Add(pod.CreatedAt, waiting, pod.WaitingMessage ?? $"The container waits: {waiting}.", $"pod {pod.Name}");
            if (pod.Terminated is { } ended && (pod.Restarts > 0 || !pod.Ready)) Add(pod.TerminatedAt, ended, $"The container ended with exit code {pod.ExitCode}; {pod.Restarts} restarts.", $"pod {pod.Name}");
        }
        if (CrashLog.LastThrowable(input.CrashLog) is { } crash) Add(null, Flink.JavaThrowable.ShortName(crash.RootClass), crash.Root, "log of the JobManager that ended");
        if (input.Job is { } job) Add(job.ModifiedAt, job.State, $"Job {job.Name}", "JobManager");
        if (input.JobManagerSilent is { } silent) Add(null, "silent", silent, "JobManager");
        foreach (var failure in input.Exceptions?.Entries.Take(3) ?? [])
            Add(failure.At, Flink.JavaThrowable.ShortName(failure.Throwable.RootClass), failure.Throwable.Root + (failure.Task is { } task ? $" in {task}" : ""), "JobManager");
        if (input.Checkpoints?.LatestFailed is { } failed && failed.FailedAt is not null) Add(failed.FailedAt, "FAILED", $"Checkpoint {failed.Id}: {failed.FailureMessage}", "JobManager");
        if (input.Checkpoints?.LatestCompleted is { } done) Add(done.LatestAckAt, "COMPLETED", $"Checkpoint {done.Id}", "JobManager");
        foreach (var e in input.Events.Where(static e => e.Warning).Take(5)) Add(e.At, e.Reason, e.Count > 1 ? $"{e.Message} ({e.Count} times)" : e.Message, $"event of {e.Kind} {e.Name}");
        return [.. list.DistinctBy(static e => (e.State, e.Text, e.Source)).OrderByDescending(static e => e.At ?? DateTimeOffset.MinValue)];
    }

    public static string Trim(string text)
    {
        text = Redactor.Redact(text).Trim();
        return text.Length <= LongestText ? text : text[..(LongestText - 1)].TrimEnd() + "…";
    }

    public static string FirstLine(string text)
    {
        var line = Trim(text.Split('\n', 2)[0]);
        return line.Length <= 240 ? line : line[..239].TrimEnd() + "…";
    }

    private static TimeSpan Age(DateTimeOffset now, DateTimeOffset at) => now > at ? now - at : TimeSpan.Zero;
}
