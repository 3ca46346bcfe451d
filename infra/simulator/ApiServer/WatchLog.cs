namespace Sluice.Simulator.ApiServer;

internal enum WatchKind { Added, Modified, Deleted }

/// <summary>One change. <see cref="Previous"/> decides whether it left a watcher's selector.</summary>
internal sealed record WatchEntry(WatchKind Kind, long Version, StoredObject Object, StoredObject? Previous)
{
    /// <summary>When it was written, by the machine's clock.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>
/// The recent changes of one type, as the watch cache of the real server keeps them: 75 seconds, at least <see cref="Least"/> and at most <see cref="Most"/> of them.
/// Watchers read it at their own pace instead of having a buffer each; who falls behind its start has missed something and is sent away.
/// </summary>
internal sealed class WatchLog(TimeProvider time, int fewest = WatchLog.Least, int most = WatchLog.Most)
{
    public const int Least = 100;
    public const int Most = 102_400;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(75);
    private readonly List<WatchEntry> _entries = [];
    private int _head;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The last version that is no longer known: a watch may start at it or later.</summary>
    public long Floor { get; private set; }

    public int Count => _entries.Count - _head;

    public void Append(WatchEntry entry)
    {
        var now = time.GetUtcNow();
        _entries.Add(entry with { At = now });
        // Two for one, so that a burst is forgotten while it ages and not in one pause.
        for (var i = 0; i < 2 && Count > fewest && (Count > most || now - _entries[_head].At > Fresh); i++)
        {
            Floor = _entries[_head].Version;
            _entries[_head++] = null!;
        }
        if (_head > 1024 && _head > _entries.Count / 2)
        {
            _entries.RemoveRange(0, _head);
            _head = 0;
        }
        Pulse();
    }

    public void Forget(long version)
    {
        _entries.Clear();
        _head = 0;
        Floor = version;
        Pulse();
    }

    /// <summary>Wakes all watchers, so that they look whether they should end.</summary>
    public void Pulse()
    {
        var done = _more;
        _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        done.TrySetResult();
    }

    /// <summary>The next changes after a version; null if some are no longer known.</summary>
    public IReadOnlyList<WatchEntry>? After(long version, int max, out Task more)
    {
        more = _more.Task;
        if (version < Floor) return null;
        var (low, high) = (_head, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Version <= version) low = middle + 1;
            else high = middle;
        }
        return low == _entries.Count ? [] : _entries.GetRange(low, Math.Min(max, _entries.Count - low));
    }
}
