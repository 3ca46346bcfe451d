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
        lock (_gate)
        {
            var changed = new HashSet<PipelineKey>();
            if (_entries.TryPeek(out var oldest) && oldest.Version <= before.Version + 1)
            {
                var clusters = false;
                foreach (var (version, keys, clustersToo) in _entries)
                {
                    if (version <= before.Version) continue;
                    changed.UnionWith(keys);
                    clusters |= clustersToo;
                }
                return new FleetChange(_current, changed, clusters);
            }
            // The listener slept longer than the log reaches back: compare what it has with what is.
            changed.UnionWith(before.Rows.Keys.Where(k => !_current.Rows.TryGetValue(k, out var row) || !ReferenceEquals(row, before.Rows[k])));
            changed.UnionWith(_current.Rows.Keys.Where(k => !before.Rows.ContainsKey(k)));
            return new FleetChange(_current, changed, true);
        }
    }
}
