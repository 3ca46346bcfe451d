namespace Sluice.Domain.Flink;

/// <summary>The failures that a JobManager remembers (16 by default, lost when it restarts).</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Truncated">True where there are more than were asked for.</param>
public sealed record JobExceptions(IReadOnlyList<JobException> Entries, bool Truncated);

/// <summary>One failure of a job.</summary>
/// <param name="At">When.</param>
/// <param name="Throwable">What, with its root cause.</param>
/// <param name="Task">The subtask, for example <c>totals (2/4)</c>; null for failures without one, and under the adaptive scheduler.</param>
/// <param name="Endpoint">Host and port of the TaskManager it ran on.</param>
/// <param name="TaskManagerId">The TaskManager's id.</param>
/// <param name="Labels">Failure labels, where an enricher is configured.</param>
/// <param name="Concurrent">Failures of other subtasks at the same moment.</param>
public sealed record JobException(
    DateTimeOffset? At,
    JavaThrowable Throwable,
    string? Task,
    string? Endpoint,
    string? TaskManagerId,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyList<JobException> Concurrent);
