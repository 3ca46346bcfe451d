namespace Sluice.Domain.Operations.Bulk;

/// <summary>How a run stands.</summary>
public enum BulkState
{
    /// <summary>Recorded; begins when a person says so.</summary>
    Planned,

    /// <summary>Goes on by itself.</summary>
    Running,

    /// <summary>Nothing more begins until a person decides; what was begun ends.</summary>
    Halted,

    /// <summary>Every pipeline has its outcome.</summary>
    Finished,

    /// <summary>Called off; what was begun ends.</summary>
    Cancelled,
}

/// <summary>One operation over many pipelines, in waves. Immutable copy of the durable record.</summary>
public sealed record BulkRun
{
    /// <summary>Its identity; the ids of its operations are made from it.</summary>
    public required Guid Id { get; init; }

    /// <summary>What is done, and how.</summary>
    public required BulkOrder Order { get; init; }

    /// <summary>How many pipelines were chosen, those included that were left out at once.</summary>
    public required int Pipelines { get; init; }

    /// <summary>How it stands.</summary>
    public required BulkState State { get; init; }

    /// <summary>Why it halted, or who did what last.</summary>
    public string Message { get; init; } = "";

    /// <summary>Who asked.</summary>
    public required string Actor { get; init; }

    /// <summary>When it was recorded.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its first wave began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it finished or was called off.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The wave at work, or the one that ended last, from 0.</summary>
    public int Wave { get; init; }

    /// <summary>When that wave ended; null while it goes on.</summary>
    public DateTimeOffset? WaveEndedAt { get; init; }

    /// <summary>True where the health after that wave was looked at, or a person said to go on.</summary>
    public bool WaveChecked { get; init; }

    /// <summary>Grows with every takeover by a replica; a write with an older one is refused.</summary>
    public long Fence { get; init; }
}
