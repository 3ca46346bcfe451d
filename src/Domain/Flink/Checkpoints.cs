namespace Sluice.Domain.Flink;

/// <summary>Checkpoints of a job since its JobManager started (counts go back to 0 then).</summary>
/// <param name="Total">Triggered; count, savepoints included.</param>
/// <param name="InProgress">Going on now; count.</param>
/// <param name="Completed">Completed; count.</param>
/// <param name="Failed">Failed; count. Includes failed savepoints and those triggered while tasks were not ready.</param>
/// <param name="Restored">How often the job was restored from one.</param>
/// <param name="LatestCompleted">The newest completed checkpoint that is no savepoint; null before the first.</param>
/// <param name="LatestSavepoint">The newest completed savepoint; null before the first.</param>
/// <param name="LatestFailed">The newest failed one; null where none failed.</param>
/// <param name="LatestRestored">What the job was started or restarted from; null where it began empty.</param>
/// <param name="History">Newest first, those in progress included; the server keeps 10 by default.</param>
/// <param name="Summary">Minimum, average, maximum and percentiles of completed checkpoints.</param>
public sealed record CheckpointStatistics(
    long? Total,
    long? InProgress,
    long? Completed,
    long? Failed,
    long? Restored,
    Checkpoint? LatestCompleted,
    Checkpoint? LatestSavepoint,
    Checkpoint? LatestFailed,
    RestoredCheckpoint? LatestRestored,
    IReadOnlyList<Checkpoint> History,
    CheckpointSummary Summary)
{
    /// <summary>When the newest checkpoint (savepoints not counted) was completed; null before the first.</summary>
    public DateTimeOffset? LastCompletedAt => LatestCompleted?.LatestAckAt;
}

/// <summary>One checkpoint or savepoint.</summary>
/// <param name="Id">Its number within the job.</param>
/// <param name="State">COMPLETED, FAILED or IN_PROGRESS.</param>
/// <param name="IsSavepoint">True for savepoints.</param>
/// <param name="Type">CHECKPOINT, UNALIGNED_CHECKPOINT, SAVEPOINT, or SYNC_SAVEPOINT from a stop.</param>
/// <param name="SavepointFormat">CANONICAL or NATIVE; null for checkpoints.</param>
/// <param name="TriggeredAt">When it began.</param>
/// <param name="LatestAckAt">When the last subtask answered; for a completed one: when it was completed. Null before the first answer.</param>
/// <param name="Duration">From trigger to the latest answer (failed: to the failure); null before the first answer.</param>
/// <param name="CheckpointedSize">Bytes written by this checkpoint.</param>
/// <param name="StateSize">Bytes of the whole state it refers to.</param>
/// <param name="ProcessedData">Bytes that were processed while barriers were aligned.</param>
/// <param name="PersistedData">Bytes of in-flight data stored with it.</param>
/// <param name="Subtasks">How many subtasks take part; count.</param>
/// <param name="AcknowledgedSubtasks">How many have answered; count.</param>
/// <param name="ExternalPath">Completed: where it is stored, for restoring; may be gone, see <paramref name="Discarded"/>.</param>
/// <param name="Discarded">Completed: true where it was removed again; never offer it for a restore.</param>
/// <param name="FailedAt">Failed: when.</param>
/// <param name="FailureMessage">Failed: Flink's words.</param>
/// <param name="Vertices">By vertex id; filled only by <see cref="IJobManager.CheckpointAsync"/>.</param>
public sealed record Checkpoint(
    long Id,
    string State,
    bool IsSavepoint,
    string? Type,
    string? SavepointFormat,
    DateTimeOffset? TriggeredAt,
    DateTimeOffset? LatestAckAt,
    TimeSpan? Duration,
    long? CheckpointedSize,
    long? StateSize,
    long? ProcessedData,
    long? PersistedData,
    int? Subtasks,
    int? AcknowledgedSubtasks,
    string? ExternalPath,
    bool? Discarded,
    DateTimeOffset? FailedAt,
    string? FailureMessage,
    IReadOnlyDictionary<string, CheckpointVertex> Vertices)
{
    /// <summary>Completed and still stored: can be restored from.</summary>
    public bool Restorable => State == "COMPLETED" && ExternalPath is not null && Discarded == false;
}

/// <summary>What a job was started or restarted from.</summary>
/// <param name="Id">Its number.</param>
/// <param name="RestoredAt">When.</param>
/// <param name="IsSavepoint">True for a savepoint.</param>
/// <param name="ExternalPath">Where it was stored; null where Flink does not say.</param>
public sealed record RestoredCheckpoint(long Id, DateTimeOffset? RestoredAt, bool IsSavepoint, string? ExternalPath);

/// <summary>Statistics over the completed checkpoints (savepoints included) of a window of 10,000.</summary>
/// <param name="CheckpointedSize">Bytes written.</param>
/// <param name="StateSize">Bytes of state.</param>
/// <param name="Duration">Milliseconds from trigger to completion.</param>
/// <param name="ProcessedData">Bytes processed during alignment.</param>
/// <param name="PersistedData">Bytes of in-flight data stored.</param>
public sealed record CheckpointSummary(StatSummary CheckpointedSize, StatSummary StateSize, StatSummary Duration, StatSummary ProcessedData, StatSummary PersistedData);

/// <summary>One number's distribution, in the unit that its owner names. Percentiles are null before the first value and wherever Flink computes none.</summary>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Avg">The mean.</param>
/// <param name="P50">Half are at most this.</param>
/// <param name="P90">90 % are at most this.</param>
/// <param name="P95">95 % are at most this.</param>
/// <param name="P99">99 % are at most this.</param>
/// <param name="P999">99.9 % are at most this.</param>
public sealed record StatSummary(long? Min, long? Max, long? Avg, double? P50, double? P90, double? P95, double? P99, double? P999)
{
    /// <summary>Nothing known.</summary>
    public static readonly StatSummary None = new(null, null, null, null, null, null, null, null);
}
