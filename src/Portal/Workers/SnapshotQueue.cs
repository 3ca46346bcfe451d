using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Workers;

/// <summary>How a pipeline's snapshots are to be read. Later values ask for more.</summary>
public enum SnapshotWant
{
    /// <summary>Only where its resource or its objects changed since they were last read.</summary>
    IfChanged,

    /// <summary>Only where its job took a savepoint that the catalogue does not have: by Flink's own command nothing in the cluster changes.</summary>
    IfUnknown,

    /// <summary>In any case.</summary>
    Always,

    /// <summary>In any case, and ask the JobManager.</summary>
    WithJob,
}

/// <summary>Which pipelines are to be read, and when.</summary>
public sealed class SnapshotQueue(TimeProvider time)
{
    /// <summary>After this time a JobManager knows in its statistics what it reported before.</summary>
    public static readonly TimeSpan JobManagerLag = TimeSpan.FromSeconds(6);

    private readonly Lock _lock = new();
    private readonly Dictionary<(PipelineKey Key, SnapshotWant Want), DateTimeOffset> _wanted = [];
    private readonly Dictionary<PipelineKey, string> _newest = [];
    private readonly HashSet<Guid> _touched = [];
    private HashSet<PipelineKey> _active = [];

    public void Add(PipelineKey key, TimeSpan after, SnapshotWant want)
    {
        var due = time.GetUtcNow() + after;
        // Each wish stands for itself: a look at what changed must not put off, or replace, the one that asks the JobManager.
        lock (_lock)
            if (!_wanted.TryGetValue((key, want), out var earlier) || due < earlier) _wanted[(key, want)] = due;
    }

    /// <summary>A sample of a job named its newest savepoint.</summary>
    public void Sampled(PipelineKey key, string path)
    {
        lock (_lock)
        {
            if (_newest.GetValueOrDefault(key) == path) return;
            _newest[key] = path;
        }
        Add(key, TimeSpan.Zero, SnapshotWant.IfUnknown);
    }

    /// <summary>The newest savepoint that was sampled of a pipeline's job.</summary>
    public string? NewestOf(PipelineKey key)
    {
        lock (_lock) return _newest.GetValueOrDefault(key);
    }

    /// <summary>The pipelines whose operation is no longer active are read: it may have taken a snapshot.</summary>
    public void OperationsMoved(IEnumerable<PipelineKey> active)
    {
        List<PipelineKey> ended;
        lock (_lock)
        {
            var now = active.ToHashSet();
            ended = [.. _active.Where(k => !now.Contains(k))];
            _active = now;
        }
        foreach (var key in ended) Add(key, TimeSpan.Zero, SnapshotWant.Always);
    }

    /// <summary>Notes that something of a pipeline's catalogue changed, so that its rule may say something else.</summary>
    public void Touch(Guid pipeline)
    {
        lock (_lock) _touched.Add(pipeline);
    }

    public IReadOnlyCollection<Guid> Touched()
    {
        lock (_lock)
        {
            Guid[] touched = [.. _touched];
            _touched.Clear();
            return touched;
        }
    }

    /// <summary>What is due, at most so many: after a start there may be all pipelines, and one that is registered meanwhile must not wait for all.</summary>
    public IReadOnlyList<(PipelineKey Key, SnapshotWant Want)> Due(int most)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            (PipelineKey, SnapshotWant)[] due = [.. _wanted.Where(w => w.Value <= now).Take(most).Select(w => w.Key)];
            foreach (var wish in due) _wanted.Remove(wish);
            return due;
        }
    }
}

/// <summary>The registered pipelines, read again after a change.</summary>
public sealed class SnapshotRegistry : IDisposable
{
    private readonly IPipelineStore _store;
    private int _changed = 1;
    private Dictionary<PipelineKey, Pipeline> _pipelines = [];

    public SnapshotRegistry(IPipelineStore store)
    {
        _store = store;
        store.Changed += OnChanged;
    }

    public IReadOnlyDictionary<Guid, PipelineKey> Keys { get; private set; } = new Dictionary<Guid, PipelineKey>();

    public void Dispose() => _store.Changed -= OnChanged;

    public Pipeline? Find(PipelineKey key) => _pipelines.GetValueOrDefault(key);

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _changed, 0) == 0) return;
        try
        {
            _pipelines = (await _store.AllAsync(cancellationToken)).ToDictionary(p => p.Key);
            Keys = _pipelines.Values.ToDictionary(p => p.Id, p => p.Key);
        }
        catch
        {
            Volatile.Write(ref _changed, 1);
            throw;
        }
    }

    private void OnChanged() => Volatile.Write(ref _changed, 1);
}
