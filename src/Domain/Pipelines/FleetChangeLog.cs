namespace Sluice.Domain.Pipelines;

/// <summary>
/// The newest snapshot and what changed lately. Publishing costs the same whether nobody or a thousand pages listen: each listener gathers its own changes when it is ready for them.
/// </summary>
internal sealed class FleetChangeLog(FleetSnapshot first)
{
    private const int MostEntries = 512;
    private readonly Lock _gate = new();
    private readonly Queue<(long Version, IReadOnlyCollection<PipelineKey> Changed, bool Clusters)> _entries = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FleetSnapshot _current = first;

    public FleetSnapshot Current => Volatile.Read(ref _current);

    public void Publish(FleetSnapshot snapshot, IReadOnlyCollection<PipelineKey> changed, bool clusters)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            Volatile.Write(ref _current, snapshot);
            _entries.Enqueue((snapshot.Version, changed, clusters));
            if (_entries.Count > MostEntries) _entries.Dequeue();
            (waiting, _next) = (_next, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        waiting.SetResult();
    }

    /// <summary>Completes when there is a snapshot newer than the given one.</summary>
    public Task Newer(long version)
    {
        lock (_gate) return _current.Version > version ? Task.CompletedTask : _next.Task;
    }

    /// <summary>Everything since a snapshot, as one change.</summary>
    public FleetChange Since(FleetSnapshot before)
    {
        FleetSnapshot current;
        List<(long Version, IReadOnlyCollection<PipelineKey> Changed, bool Clusters)>? entries = null;
        // Only what is needed is done under the lock that the publisher waits for.
        lock (_gate)
        {
            current = _current;
            if (_entries.TryPeek(out var oldest) && oldest.Version <= before.Version + 1) entries = [.. _entries.Where(e => e.Version > before.Version)];
        }

        if (entries is [var only]) return new FleetChange(current, only.Changed as IReadOnlySet<PipelineKey> ?? only.Changed.ToHashSet(), only.Clusters);
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
}
