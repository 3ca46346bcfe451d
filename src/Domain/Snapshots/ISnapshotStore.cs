using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>The durable catalogue of snapshots, and each pipeline's timetable and rule.</summary>
public interface ISnapshotStore
{
    /// <summary>The snapshots of a pipeline, newest first.</summary>
    Task<IReadOnlyList<Snapshot>> ListAsync(Guid pipeline, CancellationToken cancellationToken);

    /// <summary>The newest savepoint of each registered pipeline that it can be started from and continue as it was.</summary>
    /// <param name="before">Only those taken at or before this moment; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<IReadOnlyDictionary<PipelineKey, Snapshot>> NewestSavepointsAsync(DateTimeOffset? before, CancellationToken cancellationToken);

    /// <summary>One snapshot, or null.</summary>
    Task<Snapshot?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>
    /// Adds snapshots, or writes what is known of them anew. Of the state only what comes from outside is written, available and lost: quarantine and disposal are changed by <see cref="ChangeAsync"/> alone.
    /// A place that is there under another identity keeps that identity.
    /// </summary>
    Task NoteAsync(IReadOnlyList<Snapshot> snapshots, CancellationToken cancellationToken);

    /// <summary>Takes rows out of the catalogue: checkpoints that newer ones replaced.</summary>
    Task RemoveAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken);

    /// <summary>Changes state, quarantine and disposal under a lock of the row. The change may throw to refuse.</summary>
    /// <returns>The changed snapshot, or null where there is none of that id.</returns>
    Task<Snapshot?> ChangeAsync(Guid id, Func<Snapshot, Snapshot> change, CancellationToken cancellationToken);

    /// <summary>Snapshots whose quarantine has ended and whose disposal may be tried, those that ended first first.</summary>
    Task<IReadOnlyList<Snapshot>> DueForDisposalAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>A pipeline's timetable and rule; an empty one where nothing was set.</summary>
    Task<SnapshotPolicy> PolicyAsync(Guid pipeline, CancellationToken cancellationToken);

    /// <summary>Changes a policy under a lock of its row. The change may throw to refuse, or return what it was given to leave it.</summary>
    Task<SnapshotPolicy> ChangePolicyAsync(Guid pipeline, Func<SnapshotPolicy, SnapshotPolicy> change, CancellationToken cancellationToken);

    /// <summary>Policies of registered pipelines whose turn has come, or whose turn was claimed by someone who did not finish.</summary>
    Task<IReadOnlyList<SnapshotPolicy>> DueTurnsAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Policies of registered pipelines with a retention rule that is followed.</summary>
    Task<IReadOnlyList<SnapshotPolicy>> RetentionsAsync(CancellationToken cancellationToken);

    /// <summary>What was last read of each pipeline, in short: where it is the same, nothing has to be read again.</summary>
    Task<IReadOnlyDictionary<Guid, string>> MarksAsync(CancellationToken cancellationToken);

    /// <summary>Notes what was read of a pipeline.</summary>
    Task MarkAsync(Guid pipeline, string mark, CancellationToken cancellationToken);

    /// <summary>Raised (on any thread) after something of a pipeline changed, on whichever replica.</summary>
    event Action<Guid>? Changed;
}
