using System.Data.Common;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>Follows the retention rules, and begins the disposal of what has been in quarantine long enough. For the replica that leads; safe when done twice.</summary>
public sealed class SnapshotKeeper(ISnapshotStore store, IOperationService operations, TimeProvider time)
{
    /// <summary>Who puts into quarantine what a rule lets go.</summary>
    public const string RetentionActor = "retention";

    private static readonly TimeSpan Again = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestAgain = TimeSpan.FromDays(1);
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(20);

    /// <summary>Puts into quarantine what a pipeline's rule lets go.</summary>
    /// <returns>How many.</returns>
    public async Task<int> RetainAsync(SnapshotPolicy policy, PipelineKey key, FlinkResourceRecord? resource, CancellationToken cancellationToken)
    {
        // What an operation is about to need is not known here, so it is left alone until that ends.
        if (policy.Retention is not { Enabled: true } rule || operations.Active.ContainsKey(key)) return 0;
        var snapshots = await store.ListAsync(policy.PipelineId, cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var count = 0;
        foreach (var verdict in RetentionPlan.Of(rule, snapshots, SnapshotUse.Of(snapshots, resource, null), now).Where(v => v.Goes))
        {
            var changed = await store.ChangeAsync(verdict.Snapshot.Id, s => s.State != SnapshotState.Available ? s : s with
            {
                State = SnapshotState.Quarantined,
                QuarantinedBy = RetentionActor,
                QuarantineUntil = now + rule.Quarantine,
                Note = verdict.Why,
                TryAfter = null,
            }, cancellationToken).ConfigureAwait(false);
            if (changed is { State: SnapshotState.Quarantined }) count++;
        }
        return count;
    }

    /// <summary>Begins disposals whose time has come, and takes back those whose operation ended without success.</summary>
    /// <returns>How many were looked at.</returns>
    public async Task<int> DisposeAsync(IReadOnlyDictionary<Guid, PipelineKey> pipelines, int limit, CancellationToken cancellationToken)
    {
        var due = await store.DueForDisposalAsync(time.GetUtcNow(), limit, cancellationToken).ConfigureAwait(false);
        foreach (var snapshot in due)
            if (pipelines.TryGetValue(snapshot.PipelineId, out var key)) await DisposeAsync(snapshot, key, cancellationToken).ConfigureAwait(false);
        return due.Count;
    }

    private async Task DisposeAsync(Snapshot snapshot, PipelineKey key, CancellationToken cancellationToken)
    {
        var id = SnapshotIds.Disposal(snapshot.Id, snapshot.Disposals);
        if (await operations.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } earlier)
        {
            await store.ChangeAsync(snapshot.Id, s => s.Disposals != snapshot.Disposals ? s : After(s, earlier), cancellationToken).ConfigureAwait(false);
            return;
        }
        var words = "";
        try
        {
            await operations.StartAsync(
                new OperationRequest(OperationKind.DisposeSnapshot, key, $"Its quarantine ended{(snapshot.Note.Length > 0 ? $". {snapshot.Note}" : "")}", SnapshotPath: snapshot.Path) { Id = id },
                new Actor(snapshot.QuarantinedBy ?? RetentionActor), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationRefusedException e) when (e.ActiveOperation == id)
        {
            // Another replica started it under the same identity.
        }
        catch (Exception e) when (e is not (OperationCanceledException or DbException))
        {
            // Whatever it is, it must not keep the other pipelines' disposals waiting.
            words = $"Not disposed of yet: {e.Message}";
        }
        await store.ChangeAsync(snapshot.Id, s => s.Disposals != snapshot.Disposals || !IsLeaving(s) ? s : s with
        {
            TryAfter = time.GetUtcNow() + (words.Length > 0 ? Again : Watch),
            Note = words.Length > 0 ? words : s.Note,
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tries a disposal that did not succeed now, and not when its pause ends.</summary>
    /// <exception cref="SnapshotRefusedException">It goes on, or is not due.</exception>
    public async Task<Snapshot?> HurryAsync(Guid id, CancellationToken cancellationToken)
    {
        var (snapshot, earlier) = await EndedAsync(id, cancellationToken).ConfigureAwait(false);
        return await store.ChangeAsync(id, s => s.Disposals != snapshot.Disposals || !IsLeaving(s) ? s : s with { Disposals = s.Disposals + (earlier is null ? 0 : 1), TryAfter = null }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notes that a person removed the data of a snapshot which could not be disposed of.</summary>
    /// <exception cref="SnapshotRefusedException">Its disposal goes on, or was never begun.</exception>
    public async Task<Snapshot?> RemovedAsync(Guid id, Actor actor, CancellationToken cancellationToken)
    {
        var (snapshot, _) = await EndedAsync(id, cancellationToken).ConfigureAwait(false);
        if (snapshot.State != SnapshotState.Disposing) throw new SnapshotRefusedException(SnapshotRefusal.Standing, "Its disposal has not begun, so its data is not known to be gone. Bring it back, or let the disposal find out.");
        return await store.ChangeAsync(id, s => s.State != SnapshotState.Disposing || s.Disposals != snapshot.Disposals ? s : s with
        {
            State = SnapshotState.Disposed, EndedAt = time.GetUtcNow(), ObjectName = null, TryAfter = null, Note = $"By hand, as {actor.Name} noted.",
        }, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(Snapshot Snapshot, Operation? Earlier)> EndedAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is not { } snapshot) throw new SnapshotRefusedException(SnapshotRefusal.Unknown, "There is no such snapshot.");
        if (!IsLeaving(snapshot) || snapshot.QuarantineUntil > time.GetUtcNow()) throw new SnapshotRefusedException(SnapshotRefusal.Standing, "Its disposal is not due. Nothing was changed.");
        var earlier = await operations.FindAsync(SnapshotIds.Disposal(snapshot.Id, snapshot.Disposals), cancellationToken).ConfigureAwait(false);
        if (earlier is { Ended: false }) throw new SnapshotRefusedException(SnapshotRefusal.Standing, "Its disposal goes on. Look at that operation, and wait for its end or cancel it.");
        return (snapshot, earlier);
    }

    private static bool IsLeaving(Snapshot snapshot) => snapshot.State is SnapshotState.Quarantined or SnapshotState.Disposing;

    private static TimeSpan Pause(int disposals) => disposals < 8 && Again * (1 << disposals) is { } pause && pause < LongestAgain ? pause : LongestAgain;

    private Snapshot After(Snapshot snapshot, Operation operation)
    {
        if (!IsLeaving(snapshot)) return snapshot;
        if (!operation.Ended) return snapshot with { TryAfter = time.GetUtcNow() + Watch };
        // The next attempt is an operation of its own. Once Flink was asked there is no way back: the first files may be gone.
        var asked = operation.Steps.Any(s => s.Name == DisposeSnapshotOperation.Ask && s.State != StepState.Pending);
        return snapshot with
        {
            State = asked ? SnapshotState.Disposing : SnapshotState.Quarantined,
            Disposals = snapshot.Disposals + 1,
            TryAfter = time.GetUtcNow() + Pause(snapshot.Disposals),
            Note = $"Its disposal did not succeed: {operation.Message}",
        };
    }
}
