using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>
/// The durable record of operations. Whoever works on one holds its lease and writes with its fencing number; a write with an older number throws
/// <see cref="FencedOutException"/>, so a replica that was thought dead cannot overwrite what its successor did.
/// </summary>
public interface IOperationStore
{
    /// <summary>Records a new operation.</summary>
    /// <exception cref="OperationRefusedException">Another operation of the pipeline is active; the database decides, so two replicas cannot both win.</exception>
    Task AddAsync(Operation operation, CancellationToken cancellationToken);

    /// <summary>One operation, or null.</summary>
    Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The newest operations, newest first; of one pipeline where an address is given.</summary>
    Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken);

    /// <summary>What past operations came to: the newest of the pipeline, and the newest of others on its cluster, as many of each as the limit says.</summary>
    async Task<IReadOnlyList<PastOutcome>> PastAsync(PipelineKey pipeline, int limit, CancellationToken cancellationToken) =>
    [
        .. (await ListAsync(null, limit * 4, cancellationToken)).Where(o => o is { Outcome: not null, EndedAt: not null } && o.Pipeline.Cluster == pipeline.Cluster)
            .Select(o => new PastOutcome(o.Kind, o.Pipeline, o.EndedAt!.Value, o.Outcome!)),
    ];

    /// <summary>The operations that wait for an approval or for their turn, in the order of their turns; of one pipeline where an address is given.</summary>
    Task<IReadOnlyList<Operation>> HeldAsync(PipelineKey? pipeline, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Operation>>([]);

    /// <summary>Makes an operation that waited for its turn ready for the workers, with its new plan, parameters and steps. False where it does not wait any more, or another one is active: then nothing is changed.</summary>
    Task<bool> BeginAsync(Operation operation, CancellationToken cancellationToken) => throw new NotSupportedException("This store keeps no operations that wait.");

    /// <summary>All operations that have begun or may begin at once, and have not ended.</summary>
    Task<IReadOnlyList<Operation>> ActiveAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Takes one operation that is pending, or running with a lease that ran out: sets it running, raises its fence and gives the lease to the holder.
    /// Null where there is none. Two callers never get the same one.
    /// </summary>
    /// <param name="holder">The replica.</param>
    /// <param name="lease">For how long.</param>
    /// <param name="busy">Clusters of which the replica takes no more now: those of one that does not answer must not keep others waiting.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<Operation?> ClaimAsync(string holder, TimeSpan lease, IReadOnlyCollection<string> busy, CancellationToken cancellationToken);

    /// <summary>Keeps the lease. True where someone asked for a cancellation.</summary>
    /// <exception cref="FencedOutException">Another replica has taken over.</exception>
    Task<bool> RenewAsync(Guid id, long fence, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Writes the operation's state, message and times, and the given step whole. True where someone asked for a cancellation.</summary>
    /// <exception cref="FencedOutException">Another replica has taken over.</exception>
    Task<bool> SaveAsync(Operation operation, int? step, CancellationToken cancellationToken);

    /// <summary>Gives running operations of a holder that is known to be dead to whoever claims next, without waiting for the lease to run out.</summary>
    /// <param name="isDead">Is told each holder of a running operation.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<int> ReleaseAsync(Func<string, bool> isDead, CancellationToken cancellationToken);

    /// <summary>Changes an operation on behalf of a person (cancel, retry), under a lock of its row. The change may throw to refuse.</summary>
    /// <returns>The changed operation, or null where there is none of that id.</returns>
    Task<Operation?> ChangeAsync(Guid id, Func<Operation, Operation> change, CancellationToken cancellationToken);

    /// <summary>Raised (on any thread) after an operation changed, on whichever replica; null where it cannot be told which.</summary>
    event Action<Guid?>? Changed;
}

/// <summary>A write with an old fencing number: another replica works on the operation now.</summary>
public sealed class FencedOutException(Guid operation, long fence)
    : Exception($"Operation {operation} was taken over by another replica (fence {fence} is old). This replica stops working on it.");
