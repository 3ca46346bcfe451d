namespace Sluice.Domain.Flink;

/// <summary>The execution configuration of a job.</summary>
/// <param name="Id">The job's id.</param>
/// <param name="Name">The job's name.</param>
/// <param name="RestartStrategy">In Flink's words.</param>
/// <param name="Parallelism">Default parallelism: subtasks; null where it is not set.</param>
/// <param name="ObjectReuse">True where records are passed on without a copy.</param>
/// <param name="ExecutionMode">For example PIPELINED; null since 2.0.</param>
/// <param name="UserConfig">Global job parameters, among them Beam's pipeline options; secrets masked.</param>
public sealed record JobConfig(
    string Id,
    string Name,
    string? RestartStrategy,
    int? Parallelism,
    bool? ObjectReuse,
    string? ExecutionMode,
    IReadOnlyDictionary<string, string> UserConfig);

/// <summary>How a job ended.</summary>
/// <param name="Ended">False while it has not.</param>
/// <param name="Outcome">SUCCEEDED, FAILED, CANCELED or UNKNOWN; null while it has not ended.</param>
/// <param name="NetRuntime">How long it ran.</param>
/// <param name="Failure">Why, where it failed.</param>
public sealed record JobResult(bool Ended, string? Outcome, TimeSpan? NetRuntime, JavaThrowable? Failure);

/// <summary>How an operation stands that was triggered: a savepoint, a stop with savepoint, a manual checkpoint.</summary>
/// <param name="Completed">False while it is going on. True does not mean that it worked: look at <paramref name="Failure"/>.</param>
/// <param name="Location">Where the savepoint is.</param>
/// <param name="CheckpointId">The number of the checkpoint.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
public sealed record TriggerResult(bool Completed, string? Location, long? CheckpointId, JavaThrowable? Failure);
