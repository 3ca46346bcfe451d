using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>
/// The objects of one cluster: one counter of versions for all of them, as etcd has it. All members are called under <see cref="Gate"/>.
/// </summary>
internal sealed class ObjectStore(IEnumerable<ResourceType> types, TimeProvider time)
{
    // etcd is compacted every five minutes: a list that takes longer loses its later pages.
    private static readonly TimeSpan PagesKept = TimeSpan.FromMinutes(5);
    private readonly Dictionary<ResourceType, Shelf> _shelves = types.ToDictionary(t => t, _ => new Shelf(time));
    private long _version = 1000;

    public object Gate { get; } = new();

    public long Version => _version;

    /// <summary>Called under the lock after each change.</summary>
    public event Action<ResourceType, WatchEntry>? Changed;

    public StoredObject? Find(ResourceType type, string ns, string name) =>
        _shelves[type].Objects.GetValueOrDefault(StoredObject.KeyOf(ns, name));

    public ImmutableSortedDictionary<string, StoredObject> All(ResourceType type) => _shelves[type].Objects;

    public WatchLog Log(ResourceType type) => _shelves[type].Log;

    public StoredObject Put(ResourceType type, JsonObject node)
    {
        var shelf = _shelves[type];
        var metadata = node["metadata"]!;
        var previous = shelf.Objects.GetValueOrDefault(StoredObject.KeyOf(metadata["namespace"]?.GetValue<string>() ?? "", metadata["name"]!.GetValue<string>()));
        return Put(type, shelf, StoredObject.From(node, ++_version, previous), previous);
    }

    /// <summary>A change that was made in the bytes, without a tree of nodes; <paramref name="write"/> gets the version that has to stand in them.</summary>
    public StoredObject Put(ResourceType type, StoredObject previous, Func<long, byte[]> write) =>
        Put(type, _shelves[type], previous.With(write(_version + 1), ++_version), previous);

    /// <summary>Many objects that were always there: nobody is told of them.</summary>
    public void Stock(ResourceType type, IEnumerable<JsonObject> nodes)
    {
        var shelf = _shelves[type];
        shelf.Objects = shelf.Objects.SetItems(nodes.Select(n => StoredObject.From(n, ++_version)).Select(o => KeyValuePair.Create(o.Key, o)));
    }

    /// <summary>Takes away what nobody looks at; it comes back by <see cref="Stock"/> as if it had never been away.</summary>
    public void Unstock(ResourceType type, string ns, string name)
    {
        var shelf = _shelves[type];
        shelf.Objects = shelf.Objects.Remove(StoredObject.KeyOf(ns, name));
    }

    /// <summary>Removes an object; what watchers get is its last state with the version of the deletion.</summary>
    public StoredObject? Remove(ResourceType type, string ns, string name)
    {
        var shelf = _shelves[type];
        var previous = shelf.Objects.GetValueOrDefault(StoredObject.KeyOf(ns, name));
        if (previous is null) return null;
        shelf.Objects = shelf.Objects.Remove(previous.Key);
        var last = StoredObject.From(previous.ToNode(), ++_version, previous);
        Publish(type, shelf, new(WatchKind.Deleted, _version, last, previous));
        return last;
    }

    /// <summary>When a version was written; null if that is no longer known.</summary>
    public DateTimeOffset? WrittenAt(ResourceType type, long version) =>
        Log(type).After(version - 1, 1, out _) is [{ } entry] && entry.Version == version ? entry.At : null;

    public void ForgetHistory()
    {
        foreach (var shelf in _shelves.Values)
        {
            shelf.Log.Forget(_version);
            shelf.Pages.Clear();
        }
        // A version that nobody has seen yet: a client that is at the newest version is too old as well, as after a real compaction.
        _version++;
        foreach (var shelf in _shelves.Values) shelf.Log.Forget(_version);
    }

    public void PulseAll()
    {
        foreach (var shelf in _shelves.Values) shelf.Log.Pulse();
    }

    /// <summary>Keeps what a paged list began with, so that its later pages are consistent with the first.</summary>
    public void KeepPages(ResourceType type, long version, StoredObject[] objects)
    {
        var pages = _shelves[type].Pages;
        var now = time.GetUtcNow();
        foreach (var (old, kept) in pages.ToList())
            if (now - kept.At > PagesKept) pages.Remove(old);
        pages[version] = (objects, now);
        if (pages.Count > 16) pages.Remove(pages.Keys.Min());
    }

    public StoredObject[]? Pages(ResourceType type, long version) =>
        _shelves[type].Pages.TryGetValue(version, out var kept) && time.GetUtcNow() - kept.At <= PagesKept ? kept.Objects : null;

    private StoredObject Put(ResourceType type, Shelf shelf, StoredObject stored, StoredObject? previous)
    {
        shelf.Objects = shelf.Objects.SetItem(stored.Key, stored);
        Publish(type, shelf, new(previous is null ? WatchKind.Added : WatchKind.Modified, _version, stored, previous));
        return stored;
    }

    private void Publish(ResourceType type, Shelf shelf, WatchEntry entry)
    {
        shelf.Log.Append(entry);
        Changed?.Invoke(type, entry);
    }

    private sealed class Shelf(TimeProvider time)
    {
        public ImmutableSortedDictionary<string, StoredObject> Objects = ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal);
        public readonly WatchLog Log = new(time);
        public readonly Dictionary<long, (StoredObject[] Objects, DateTimeOffset At)> Pages = [];
    }
}
