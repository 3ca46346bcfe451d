using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>
/// The objects of one cluster: one counter of versions for all of them, as etcd has it. All members are called under <see cref="Gate"/>.
/// </summary>
internal sealed class ObjectStore(IEnumerable<ResourceType> types)
{
    private const int HistoryPerType = 8192;
    private readonly Dictionary<ResourceType, Shelf> _shelves = types.ToDictionary(t => t, _ => new Shelf());
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
        var stored = StoredObject.From(node, ++_version);
        var previous = shelf.Objects.GetValueOrDefault(stored.Key);
        shelf.Objects = shelf.Objects.SetItem(stored.Key, stored);
        Publish(type, shelf, new(previous is null ? WatchKind.Added : WatchKind.Modified, _version, stored, previous));
        return stored;
    }

    /// <summary>Removes an object; what watchers get is its last state with the version of the deletion.</summary>
    public StoredObject? Remove(ResourceType type, string ns, string name)
    {
        var shelf = _shelves[type];
        var previous = shelf.Objects.GetValueOrDefault(StoredObject.KeyOf(ns, name));
        if (previous is null) return null;
        shelf.Objects = shelf.Objects.Remove(previous.Key);
        var last = StoredObject.From(previous.ToNode(), ++_version);
        Publish(type, shelf, new(WatchKind.Deleted, _version, last, previous));
        return last;
    }

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
    public void KeepPages(ResourceType type, long version, IReadOnlyList<StoredObject> objects)
    {
        var pages = _shelves[type].Pages;
        pages[version] = objects;
        if (pages.Count > 16) pages.Remove(pages.Keys.Min());
    }

    public IReadOnlyList<StoredObject>? Pages(ResourceType type, long version) => _shelves[type].Pages.GetValueOrDefault(version);

    private void Publish(ResourceType type, Shelf shelf, WatchEntry entry)
    {
        shelf.Log.Append(entry);
        Changed?.Invoke(type, entry);
    }

    private sealed class Shelf
    {
        public ImmutableSortedDictionary<string, StoredObject> Objects = ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal);
        public readonly WatchLog Log = new(HistoryPerType);
        public readonly Dictionary<long, IReadOnlyList<StoredObject>> Pages = [];
    }
}
