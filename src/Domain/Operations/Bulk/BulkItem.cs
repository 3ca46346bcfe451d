using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>How one pipeline of a run stands.</summary>
public enum BulkItemState
{
    /// <summary>Its wave has not come to it.</summary>
    Pending,

    /// <summary>Its operation is begun.</summary>
    Running,

    /// <summary>Its operation waits for a person. Counts as a failure until it ends, and does not hold up its wave.</summary>
    Waiting,

    /// <summary>Its operation succeeded.</summary>
    Succeeded,

    /// <summary>Its operation failed, or was refused.</summary>
    Failed,

    /// <summary>Nothing was done to it; the message says why.</summary>
    Skipped,
}

/// <summary>One pipeline of a run.</summary>
public sealed record BulkItem
{
    /// <summary>The wave of those that are left out from the beginning.</summary>
    public const int LeftOut = -1;

    /// <summary>Its place in the run, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Which pipeline.</summary>
    public required PipelineKey Pipeline { get; init; }

    /// <summary>Its team when the run was recorded.</summary>
    public string? Team { get; init; }

    /// <summary>Its wave, from 0.</summary>
    public required int Wave { get; init; }

    /// <summary>How it stands.</summary>
    public required BulkItemState State { get; init; }

    /// <summary>The operation of this attempt; set before it is started.</summary>
    public Guid? OperationId { get; init; }

    /// <summary>From 1; grows when a person retries it.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Upgrade: the generation that was planned with; another one at the start is a foreign change. Null: any.</summary>
    public long? Generation { get; init; }

    /// <summary>What came of it.</summary>
    public string Message { get; init; } = "";

    /// <summary>True for a failure that a person accepted by resuming: it does not halt the run again.</summary>
    public bool Excused { get; init; }

    /// <summary>When its operation was begun.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it got its outcome.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>True for failures and for what waits for a person.</summary>
    public bool IsFailure => State is BulkItemState.Failed or BulkItemState.Waiting;
}

/// <summary>The account of one wave.</summary>
/// <param name="Wave">From 0; <see cref="BulkItem.LeftOut"/> for those that are left out.</param>
/// <param name="Pending">Not begun.</param>
/// <param name="Running">Begun.</param>
/// <param name="Waiting">Wait for a person.</param>
/// <param name="Succeeded">Succeeded.</param>
/// <param name="Failed">Failed.</param>
/// <param name="Skipped">Nothing was done.</param>
/// <param name="Fresh">Failed or waiting, and not accepted by a person.</param>
public sealed record BulkWaveCount(int Wave, int Pending, int Running, int Waiting, int Succeeded, int Failed, int Skipped, int Fresh)
{
    /// <summary>All of the wave.</summary>
    public int Total => Pending + Running + Waiting + Succeeded + Failed + Skipped;

    /// <summary>Those that keep the wave open.</summary>
    public int Unfinished => Pending + Running;

    /// <summary>Those in a state.</summary>
    public int Of(BulkItemState state) => state switch
    {
        BulkItemState.Pending => Pending,
        BulkItemState.Running => Running,
        BulkItemState.Waiting => Waiting,
        BulkItemState.Succeeded => Succeeded,
        BulkItemState.Failed => Failed,
        _ => Skipped,
    };

    /// <summary>The sum of several waves.</summary>
    public static BulkWaveCount Sum(IEnumerable<BulkWaveCount> waves) => waves.Aggregate(
        new BulkWaveCount(0, 0, 0, 0, 0, 0, 0, 0),
        (a, b) => new(0, a.Pending + b.Pending, a.Running + b.Running, a.Waiting + b.Waiting, a.Succeeded + b.Succeeded, a.Failed + b.Failed, a.Skipped + b.Skipped, a.Fresh + b.Fresh));
}

/// <summary>A run with the account of its waves.</summary>
/// <param name="Run">The run.</param>
/// <param name="Waves">Its waves in order; those left out first, where there are any.</param>
public sealed record BulkOverview(BulkRun Run, IReadOnlyList<BulkWaveCount> Waves)
{
    /// <summary>All pipelines of the run.</summary>
    public BulkWaveCount All => BulkWaveCount.Sum(Waves);

    /// <summary>How many there are in one wave, or in all, and in any of the states, or in every.</summary>
    public int Matching(int? wave, IReadOnlyCollection<BulkItemState> states)
    {
        var count = BulkWaveCount.Sum(Waves.Where(w => wave is null || w.Wave == wave));
        return states.Count == 0 ? count.Total : states.Sum(count.Of);
    }
}
