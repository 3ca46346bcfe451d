namespace Sluice.Domain.Snapshots;

/// <summary>What one source says of a snapshot. Null is what it does not know.</summary>
/// <param name="Path">Where its data is.</param>
public sealed record SnapshotSighting(string Path)
{
    /// <summary>Where it comes from.</summary>
    public SnapshotOrigin Origin { get; init; }

    /// <summary>What it is; null: to be judged by its path.</summary>
    public SnapshotKind? Kind { get; init; }

    /// <summary>CANONICAL or NATIVE.</summary>
    public string? Format { get; init; }

    /// <summary>Bytes of state.</summary>
    public long? Size { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>When it was complete.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>True where that is a guess, for want of a better one: it may be too early, and moves no time that is known already.</summary>
    public bool TakenAtGuessed { get; init; }

    /// <summary>The job it was taken of.</summary>
    public string? JobId { get; init; }

    /// <summary>True where it was taken by a drain.</summary>
    public bool Drained { get; init; }

    /// <summary>The operation that took it.</summary>
    public Guid? Operation { get; init; }

    /// <summary>When a job was restored from it, and which.</summary>
    public (DateTimeOffset At, string Job)? Restored { get; init; }

    /// <summary>The FlinkStateSnapshot that stands for it.</summary>
    public string? ObjectName { get; init; }

    /// <summary>True where deleting that object deletes the data.</summary>
    public bool DisposeOnDelete { get; init; }

    /// <summary>True where an older operator lists it.</summary>
    public bool Listed { get; init; }

    /// <summary>True where the source would not name it if its data were gone.</summary>
    public bool Live { get; init; }

    /// <summary>False where it is only worth noting on a snapshot that is known by another source.</summary>
    public bool Makes { get; init; } = true;
}
