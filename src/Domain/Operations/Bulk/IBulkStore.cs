namespace Sluice.Domain.Operations.Bulk;

/// <summary>A begun item with what is known of its operation.</summary>
/// <param name="Item">The item.</param>
/// <param name="Operation">The operation's state; null where it was never recorded.</param>
/// <param name="Message">The operation's message.</param>
/// <param name="EndedAt">When the operation ended.</param>
public sealed record BulkFollowed(BulkItem Item, OperationState? Operation, string Message, DateTimeOffset? EndedAt);

/// <summary>What a person's action does to the items of a run.</summary>
public enum BulkItemsChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Failures do not count for halting any more.</summary>
    ExcuseFailures,

    /// <summary>The failed are to be done once more, in their waves; failures that wait for a person do not count for halting any more.</summary>
    RetryFailed,

    /// <summary>What is not begun will not be.</summary>
    SkipPending,
}

/// <summary>
/// The durable record of runs. The replica that advances a run has taken it and writes with its fencing number; a write with an older one throws
/// <see cref="FencedOutException"/>. Persons change a run under a lock of its row.
/// </summary>
public interface IBulkStore
{
    /// <summary>Records a run with its items. Where there is one of that id, it is left as it is and the answer is false.</summary>
    Task<bool> AddAsync(BulkRun run, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken);

    /// <summary>One run, or null.</summary>
    Task<BulkRun?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The newest runs with their accounts, newest first.</summary>
    Task<IReadOnlyList<BulkOverview>> ListAsync(int limit, CancellationToken cancellationToken);

    /// <summary>The account of each wave, in order.</summary>
    Task<IReadOnlyList<BulkWaveCount>> WavesAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Items in order: of one wave, in some states; all where nothing is said.</summary>
    Task<IReadOnlyList<BulkItem>> ItemsAsync(Guid id, int? wave, IReadOnlyCollection<BulkItemState> states, int offset, int limit, CancellationToken cancellationToken);

    /// <summary>The operations of a run that wait for a second person, in the order of their turn.</summary>
    Task<IReadOnlyList<BulkApproval>> ApprovalsAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<BulkApproval>>([]);

    /// <summary>The runs in which something is to be done or followed.</summary>
    Task<IReadOnlyList<Guid>> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Takes a run for this replica: raises its fence. Null where there is none.</summary>
    Task<BulkRun?> TakeAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The items that run or wait, with their operations.</summary>
    Task<IReadOnlyList<BulkFollowed>> FollowedAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Writes items that are to be begun. False where the run does not go on any more: then nothing is written.</summary>
    /// <exception cref="FencedOutException">Another replica has taken over.</exception>
    Task<bool> BeginAsync(Guid id, long fence, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken);

    /// <summary>Writes items.</summary>
    /// <exception cref="FencedOutException">Another replica has taken over.</exception>
    Task SaveAsync(Guid id, long fence, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken);

    /// <summary>Writes state, message, times and wave of a run that goes on; nothing where a person has halted or called it off in between.</summary>
    /// <exception cref="FencedOutException">Another replica has taken over.</exception>
    Task SaveAsync(BulkRun run, CancellationToken cancellationToken);

    /// <summary>Changes a run on behalf of a person, and its items with it. The change may throw to refuse.</summary>
    /// <returns>The changed run, or null where there is none of that id.</returns>
    Task<BulkRun?> ChangeAsync(Guid id, Func<BulkRun, BulkRun> change, BulkItemsChange items, CancellationToken cancellationToken);

    /// <summary>Raised (on any thread) after a run or an item changed, on whichever replica; null where it cannot be told which.</summary>
    event Action<Guid?>? Changed;
}
