namespace Sluice.Simulator.Flink;

internal enum CheckpointOutcome { InProgress, Completed, Failed }

/// <summary>One checkpoint or savepoint in a job's history.</summary>
internal sealed record JobCheckpoint(long Id, bool IsSavepoint, DateTimeOffset Triggered)
{
    public CheckpointOutcome Outcome { get; init; } = CheckpointOutcome.InProgress;
    public DateTimeOffset? Acknowledged { get; init; }
    public long Bytes { get; init; }
    public int Subtasks { get; init; }
    public int AcknowledgedSubtasks { get; init; }
    public string? Path { get; init; }
    public string? Failure { get; init; }
    public DateTimeOffset? FailedAt { get; init; }
    public bool Discarded { get; init; }
    public bool Drained { get; init; }
}
