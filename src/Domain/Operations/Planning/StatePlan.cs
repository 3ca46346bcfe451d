namespace Sluice.Domain.Operations.Planning;

/// <summary>Where a start takes its state from.</summary>
public enum StateSource
{
    /// <summary>Nothing is started.</summary>
    None,

    /// <summary>Nowhere: it begins empty.</summary>
    Empty,

    /// <summary>A savepoint that the stop itself takes.</summary>
    NewSavepoint,

    /// <summary>The snapshot that an earlier stop left, by its path.</summary>
    Known,

    /// <summary>The newest checkpoint, found by the high-availability metadata or noted at the stop.</summary>
    LastCheckpoint,

    /// <summary>A snapshot that a person chose.</summary>
    Chosen,

    /// <summary>It cannot be told.</summary>
    Unknown,
}

/// <summary>How a check ended.</summary>
public enum CheckResult
{
    /// <summary>As it should be.</summary>
    Holds,

    /// <summary>It stands against the operation.</summary>
    Fails,

    /// <summary>It cannot be found out before the job starts.</summary>
    Unknown,
}

/// <summary>One thing that has to be right for the state to be restored.</summary>
/// <param name="What">What was looked at.</param>
/// <param name="Result">How it is.</param>
/// <param name="Why">What was found, or why it cannot be known.</param>
public sealed record StateCheck(string What, CheckResult Result, string Why);

/// <summary>Which state a start continues from.</summary>
/// <param name="Source">What kind of state.</param>
/// <param name="Path">Its path, where it is known already.</param>
/// <param name="Why">Why that one, and why not another, in words.</param>
/// <param name="Checks">What was checked.</param>
public sealed record StatePlan(StateSource Source, string? Path, string Why, IReadOnlyList<StateCheck> Checks);

/// <summary>Looks at the files of a snapshot where this process can reach them.</summary>
public interface ISnapshotFiles
{
    /// <summary>What there is to say about the snapshot's <c>_metadata</c>; <see cref="CheckResult.Unknown"/> with the reason where the storage is out of reach.</summary>
    Task<StateCheck> CheckAsync(string path, CancellationToken cancellationToken);
}
