namespace Sluice.Domain.Flink;

/// <summary>A checkpoint's numbers for one vertex.</summary>
/// <param name="CheckpointId">The checkpoint.</param>
/// <param name="State">COMPLETED, FAILED or IN_PROGRESS.</param>
/// <param name="LatestAckAt">When the last of its subtasks answered; null before the first answer.</param>
/// <param name="Duration">From trigger to that answer; null before the first answer.</param>
/// <param name="CheckpointedSize">Bytes written.</param>
/// <param name="StateSize">Bytes of state.</param>
/// <param name="ProcessedData">Bytes processed during alignment.</param>
/// <param name="PersistedData">Bytes of in-flight data stored.</param>
/// <param name="SubtaskCount">How many subtasks take part; count.</param>
/// <param name="AcknowledgedSubtasks">How many have answered; count.</param>
/// <param name="Subtasks">By index; filled only by <see cref="IJobManager.CheckpointVertexAsync"/>.</param>
/// <param name="Summary">Minimum, average and maximum over the subtasks; filled only by <see cref="IJobManager.CheckpointVertexAsync"/>.</param>
public sealed record CheckpointVertex(
    long CheckpointId,
    string State,
    DateTimeOffset? LatestAckAt,
    TimeSpan? Duration,
    long? CheckpointedSize,
    long? StateSize,
    long? ProcessedData,
    long? PersistedData,
    int? SubtaskCount,
    int? AcknowledgedSubtasks,
    IReadOnlyList<CheckpointSubtask> Subtasks,
    CheckpointVertexSummary? Summary);

/// <summary>A checkpoint's numbers for one subtask; all null but the index while the subtask has not answered.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Acknowledged">True where it answered.</param>
/// <param name="AckAt">When it answered.</param>
/// <param name="Duration">From trigger to the answer.</param>
/// <param name="CheckpointedSize">Bytes written.</param>
/// <param name="StateSize">Bytes of state.</param>
/// <param name="Sync">Synchronous part: the subtask stood still.</param>
/// <param name="Async">Asynchronous part: written while it went on.</param>
/// <param name="AlignmentProcessed">Bytes processed during alignment.</param>
/// <param name="AlignmentPersisted">Bytes of in-flight data stored.</param>
/// <param name="Alignment">How long it waited for all barriers.</param>
/// <param name="StartDelay">From trigger until the first barrier reached it.</param>
/// <param name="Unaligned">True where it was taken unaligned.</param>
/// <param name="Aborted">True where it was called off.</param>
public sealed record CheckpointSubtask(
    int Index,
    bool Acknowledged,
    DateTimeOffset? AckAt,
    TimeSpan? Duration,
    long? CheckpointedSize,
    long? StateSize,
    TimeSpan? Sync,
    TimeSpan? Async,
    long? AlignmentProcessed,
    long? AlignmentPersisted,
    TimeSpan? Alignment,
    TimeSpan? StartDelay,
    bool? Unaligned,
    bool? Aborted);

/// <summary>Minimum, average and maximum over the subtasks of a vertex. Flink computes no percentiles here.</summary>
/// <param name="CheckpointedSize">Bytes written.</param>
/// <param name="StateSize">Bytes of state.</param>
/// <param name="Duration">Milliseconds from trigger to answer.</param>
/// <param name="Sync">Milliseconds of the synchronous part.</param>
/// <param name="Async">Milliseconds of the asynchronous part.</param>
/// <param name="AlignmentProcessed">Bytes processed during alignment.</param>
/// <param name="AlignmentPersisted">Bytes of in-flight data stored.</param>
/// <param name="Alignment">Milliseconds of alignment.</param>
/// <param name="StartDelay">Milliseconds until the first barrier.</param>
public sealed record CheckpointVertexSummary(
    StatSummary CheckpointedSize,
    StatSummary StateSize,
    StatSummary Duration,
    StatSummary Sync,
    StatSummary Async,
    StatSummary AlignmentProcessed,
    StatSummary AlignmentPersisted,
    StatSummary Alignment,
    StatSummary StartDelay);

/// <summary>How a job takes checkpoints.</summary>
/// <param name="Mode"><c>exactly_once</c> or <c>at_least_once</c>.</param>
/// <param name="Interval">Time between two; null where periodic checkpoints are off.</param>
/// <param name="Timeout">When one is given up.</param>
/// <param name="MinPause">Least time between the end of one and the next.</param>
/// <param name="MaxConcurrent">How many at once; count.</param>
/// <param name="Externalized">True where they are kept for restoring after the job failed.</param>
/// <param name="DeleteOnCancellation">True where they are removed when the job is cancelled.</param>
/// <param name="StateBackend">Short class name.</param>
/// <param name="Storage">Short class name.</param>
/// <param name="Unaligned">True where unaligned checkpoints are on.</param>
/// <param name="AlignedTimeout">How long alignment may take before it is given up for an unaligned one; zero: at once.</param>
/// <param name="TolerableFailures">How many may fail in a row before the job restarts; count.</param>
/// <param name="AfterTasksFinish">True where they go on after some tasks finished.</param>
/// <param name="Changelog">True where the state changelog is on.</param>
/// <param name="ChangelogStorage">Its storage; null where Flink names none.</param>
/// <param name="ChangelogInterval">How often the changelog is materialized.</param>
public sealed record CheckpointConfig(
    string? Mode,
    TimeSpan? Interval,
    TimeSpan? Timeout,
    TimeSpan? MinPause,
    int? MaxConcurrent,
    bool? Externalized,
    bool? DeleteOnCancellation,
    string? StateBackend,
    string? Storage,
    bool? Unaligned,
    TimeSpan? AlignedTimeout,
    int? TolerableFailures,
    bool? AfterTasksFinish,
    bool? Changelog,
    string? ChangelogStorage,
    TimeSpan? ChangelogInterval);
