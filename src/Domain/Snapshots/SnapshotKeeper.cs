using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>Follows the retention rules, and begins the disposal of what has been in quarantine long enough. For the replica that leads; safe when done twice.</summary>
public sealed class SnapshotKeeper(ISnapshotStore store, IOperationService operations, TimeProvider time)
{
    /// <summary>Who puts into quarantine what a rule lets go.</summary>
    public const string RetentionActor = "retention";

    private static readonly TimeSpan Again = TimeSpan.FromMinutes(10);

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
        catch (OperationRefusedException e) when (e.ActiveOperation != id)
        {
            words = $"Not disposed of yet: {e.Message}";
        }
        catch (Exception e) when (e is KubernetesException or OperationFailedException)
        {
            words = $"Not disposed of yet: {e.Message}";
        }
        catch (OperationRefusedException)
        {
            // Another replica started it under the same identity.
        }
        await store.ChangeAsync(snapshot.Id, s => s.State != SnapshotState.Quarantined ? s : s with { TryAfter = time.GetUtcNow() + Again, Note = words.Length > 0 ? words : s.Note }, cancellationToken).ConfigureAwait(false);
    }

    private Snapshot After(Snapshot snapshot, Operation operation)
    {
        if (!operation.Ended || snapshot.State is not (SnapshotState.Quarantined or SnapshotState.Disposing)) return snapshot with { TryAfter = time.GetUtcNow() + Again };
        // The next attempt is an operation of its own.
        return snapshot with
        {
            State = SnapshotState.Quarantined,
            Disposals = snapshot.Disposals + 1,
            TryAfter = time.GetUtcNow() + Again,
            Note = $"Its disposal did not succeed: {operation.Message}",
        };
    }
}
