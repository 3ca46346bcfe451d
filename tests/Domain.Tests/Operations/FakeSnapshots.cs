using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Tests.Operations;

/// <summary>The rules of the real store, in memory. A cancelled token stands for a dead process: nothing is written any more.</summary>
internal sealed class FakeSnapshots : ISnapshotStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Snapshot> _snapshots = [];
    private readonly Dictionary<Guid, SnapshotPolicy> _policies = [];

    public event Action<Guid>? Changed;

    /// <summary>Called before each write of a policy, with its number from 1; may end the replica.</summary>
    public Action<int>? BeforePolicyWrite { get; set; }

    /// <summary>Where the snapshot is that is in quarantine or being disposed of.</summary>
    public string? Leaving
    {
        get
        {
            lock (_lock) return _snapshots.Values.FirstOrDefault(s => s.State is SnapshotState.Quarantined or SnapshotState.Disposing)?.Path;
        }
    }

    /// <summary>How the snapshots stand, oldest first.</summary>
    public string States
    {
        get
        {
            lock (_lock) return string.Join(", ", _snapshots.Values.OrderBy(s => s.TakenAt).Select(s => s.State));
        }
    }

    public int PolicyWrites { get; private set; }

    public Task<IReadOnlyList<Snapshot>> ListAsync(Guid pipeline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return Task.FromResult<IReadOnlyList<Snapshot>>([.. _snapshots.Values.Where(s => s.PipelineId == pipeline).OrderByDescending(s => s.TakenAt)]);
    }

    /// <summary>The addresses of the pipelines, as the registry has them.</summary>
    public Dictionary<Guid, PipelineKey> Pipelines { get; } = [];

    public Task<IReadOnlyDictionary<PipelineKey, Snapshot>> NewestSavepointsAsync(DateTimeOffset? before, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyDictionary<PipelineKey, Snapshot>>(_snapshots.Values.GroupBy(s => Pipelines[s.PipelineId])
                .Select(g => (g.Key, Newest: SnapshotUse.NewestSavepoint(g, before))).Where(p => p.Newest is not null).ToDictionary(p => p.Key, p => p.Newest!));
    }

    public Task<Snapshot?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(_snapshots.GetValueOrDefault(id));
    }

    public Task NoteAsync(IReadOnlyList<Snapshot> snapshots, CancellationToken cancellationToken)
    {
        lock (_lock)
            foreach (var snapshot in snapshots) _snapshots[snapshot.Id] = snapshot;
        foreach (var snapshot in snapshots) Changed?.Invoke(snapshot.PipelineId);
        return Task.CompletedTask;
    }

    public Task RemoveAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        lock (_lock)
            foreach (var id in ids) _snapshots.Remove(id);
        return Task.CompletedTask;
    }

    public Task<Snapshot?> ChangeAsync(Guid id, Func<Snapshot, Snapshot> change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!_snapshots.TryGetValue(id, out var snapshot)) return Task.FromResult<Snapshot?>(null);
            return Task.FromResult<Snapshot?>(_snapshots[id] = change(snapshot));
        }
    }

    public Task<IReadOnlyList<Snapshot>> DueForDisposalAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<Snapshot>>([.. _snapshots.Values
                .Where(s => s.State is SnapshotState.Quarantined or SnapshotState.Disposing && s.QuarantineUntil <= now && (s.TryAfter is null || s.TryAfter <= now)).Take(limit)]);
    }

    public Task<SnapshotPolicy> PolicyAsync(Guid pipeline, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(_policies.GetValueOrDefault(pipeline) ?? new SnapshotPolicy { PipelineId = pipeline });
    }

    public Task<SnapshotPolicy> ChangePolicyAsync(Guid pipeline, Func<SnapshotPolicy, SnapshotPolicy> change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            BeforePolicyWrite?.Invoke(++PolicyWrites);
            return Task.FromResult(_policies[pipeline] = change(_policies.GetValueOrDefault(pipeline) ?? new SnapshotPolicy { PipelineId = pipeline }));
        }
    }

    public Task<IReadOnlyList<SnapshotPolicy>> DueTurnsAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<SnapshotPolicy>>([.. _policies.Values.Where(p => p.Next?.Begins <= now || p.Claimed is not null).Take(limit)]);
    }

    public Task<IReadOnlyList<SnapshotPolicy>> RetentionsAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<SnapshotPolicy>>([.. _policies.Values.Where(p => p.Retention is { Enabled: true })]);
    }

    public Task<IReadOnlyDictionary<Guid, string>> MarksAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyDictionary<Guid, string>>(new Dictionary<Guid, string>());

    public Task MarkAsync(Guid pipeline, string mark, CancellationToken cancellationToken) => Task.CompletedTask;
}
