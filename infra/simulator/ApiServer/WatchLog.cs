namespace Sluice.Simulator.ApiServer;

internal enum WatchKind { Added, Modified, Deleted }

/// <summary>One change. <see cref="Previous"/> decides whether it left a watcher's selector.</summary>
internal sealed record WatchEntry(WatchKind Kind, long Version, StoredObject Object, StoredObject? Previous);

/// <summary>
/// The recent changes of one type. Watchers read it at their own pace instead of having a buffer each;
/// who falls behind its start has missed something and is sent away.
/// </summary>
internal sealed class WatchLog(int capacity)
{
    private readonly List<WatchEntry> _entries = [];
    private int _head;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The last version that is no longer known: a watch may start at it or later.</summary>
    public long Floor { get; private set; }

    public void Append(WatchEntry entry)
    {
        _entries.Add(entry);
        if (_entries.Count - _head > capacity)
        {
            Floor = _entries[_head].Version;
            _entries[_head++] = null!;
            if (_head > capacity)
            {
                _entries.RemoveRange(0, _head);
                _head = 0;
            }
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
