namespace Sluice.Domain.Flink;

/// <summary>The states of a job as Flink writes them. A newer Flink may write others: compare texts, do not assume the list is complete.</summary>
public static class JobStates
{
    /// <summary>It runs, or waits for slots under the default scheduler.</summary>
    public const string Running = "RUNNING";

    /// <summary>Failed for good.</summary>
    public const string Failed = "FAILED";

    /// <summary>Ended by itself, or stopped with a savepoint.</summary>
    public const string Finished = "FINISHED";

    /// <summary>Cancelled.</summary>
    public const string Canceled = "CANCELED";

    /// <summary>Waits to be started again after a failure.</summary>
    public const string Restarting = "RESTARTING";

    /// <summary>A failure is being handled.</summary>
    public const string Failing = "FAILING";

    /// <summary>Not scheduled yet; under the adaptive scheduler: waits for slots.</summary>
    public const string Created = "CREATED";

    /// <summary>True where the job has ended.</summary>
    public static bool IsTerminal(string? state) => state is Failed or Finished or Canceled;
}

/// <summary>One job in the list of a JobManager.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name">The job's name; <c>(application driver)</c> stands for a <c>main()</c> that failed before any job existed.</param>
/// <param name="State">See <see cref="JobStates"/>.</param>
/// <param name="StartedAt">When it was submitted.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="Duration">From start to end or now.</param>
/// <param name="ModifiedAt">When its state changed last.</param>
/// <param name="Tasks">Counts of subtasks by state in lower case, and <c>total</c>.</param>
public sealed record JobSummary(
    string Id,
    string Name,
    string State,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    TimeSpan? Duration,
    DateTimeOffset? ModifiedAt,
    IReadOnlyDictionary<string, int> Tasks);
