namespace Sluice.Domain.Pipelines;

/// <summary>
/// The newest snapshot and what changed lately. Publishing costs the same whether nobody or a thousand pages listen: each listener gathers its own changes when it is ready for them.
/// </summary>
internal sealed class FleetChangeLog(FleetSnapshot first)
{
    private const int MostEntries = 2048;
    private readonly Lock _gate = new();
    private readonly Queue<(long Version, IReadOnlySet<PipelineKey> Changed, bool Clusters)> _entries = new();
    private readonly FleetWatches _watches = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FleetSnapshot _current = first;

    public FleetSnapshot Current => Volatile.Read(ref _current);

    /// <param name="snapshot">The newest.</param>
    /// <param name="changed">What differs from the one before.</param>
    /// <param name="clusters">True where a cluster's state differs.</param>
    /// <param name="reach">True where one of them was lost or came back, which concerns everybody.</param>
    public void Publish(FleetSnapshot snapshot, IReadOnlySet<PipelineKey> changed, bool clusters, bool reach)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            Volatile.Write(ref _current, snapshot);
            _entries.Enqueue((snapshot.Version, changed, clusters));
            if (_entries.Count > MostEntries) _entries.Dequeue();
            (waiting, _next) = (_next, new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (reach) _watches.TouchAll();
            else _watches.Touch(changed);
        }
        waiting.SetResult();
    }

    /// <summary>Completes when there is a snapshot newer than the given one.</summary>
    public Task Newer(long version)
    {
        lock (_gate) return _current.Version > version ? Task.CompletedTask : _next.Task;
    }

    /// <summary>Waits for a change of one of these after a version. To be disposed when nobody waits any more.</summary>
    public FleetWatch Watch(long version, IReadOnlyList<PipelineKey> keys, CancellationToken cancellationToken)
    {
        var watch = new FleetWatch(keys, Leave, cancellationToken);
        lock (_gate)
        {
            _watches.Add(watch);
            var reachesBack = _entries.TryPeek(out var oldest) && oldest.Version <= version + 1;
            if (_current.Version > version && (!reachesBack || _entries.Any(entry => entry.Version > version && keys.Any(entry.Changed.Contains)))) watch.Touch();
        }

        return watch;
    }

    /// <summary>Everything since a snapshot, as one change.</summary>
    public FleetChange Since(FleetSnapshot before)
    {
        FleetSnapshot current;
        List<(long Version, IReadOnlySet<PipelineKey> Changed, bool Clusters)>? entries = null;
        // Only what is needed is done under the lock that the publisher waits for.
        lock (_gate)
        {
            current = _current;
            if (_entries.TryPeek(out var oldest) && oldest.Version <= before.Version + 1) entries = [.. _entries.Where(e => e.Version > before.Version)];
        }

        if (entries is [var only]) return new FleetChange(current, only.Changed, only.Clusters);
        var changed = new HashSet<PipelineKey>();
        if (entries is not null)
        {
            foreach (var entry in entries) changed.UnionWith(entry.Changed);
            return new FleetChange(current, changed, entries.Exists(static e => e.Clusters));
        }

        // The listener slept longer than the log reaches back: compare what it has with what is.
        foreach (var row in before.InOrder)
            if (!current.Rows.TryGetValue(row.Key, out var now) || !ReferenceEquals(row, now)) changed.Add(row.Key);
        foreach (var row in current.InOrder)
            if (!before.Rows.ContainsKey(row.Key)) changed.Add(row.Key);
        return new FleetChange(current, changed, true);
    }

    private void Leave(FleetWatch watch)
    {
        lock (_gate) _watches.Remove(watch);
    }
}
