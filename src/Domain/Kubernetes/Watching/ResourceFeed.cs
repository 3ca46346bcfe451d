using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// Holds the newest snapshot and tells consumers which keys changed. A consumer that is slow finds one set of keys with everything that changed since it
/// last looked: memory is bounded by the number of keys, and the reader never waits for anybody.
/// </summary>
internal sealed class ResourceFeed<T>(IReadOnlyList<string> scopes) : IResourceFeed<T>
    where T : class, IKubernetesRecord
{
    private readonly Lock _lock = new();
    private readonly List<Consumer> _consumers = [];
    private readonly Dictionary<string, ReflectorState> _states = scopes.ToDictionary(static s => s, static _ => new ReflectorState(ReflectorPhase.Starting, null));
    private ResourceSnapshot<T> _current = new(0, ImmutableDictionary<ObjectKey, T>.Empty, new ReflectorState(ReflectorPhase.Starting, null));
    private bool _ended;

    /// <summary>The state changed in more than its age.</summary>
    public event Action? StateChanged;

    public ResourceSnapshot<T> Current => Volatile.Read(ref _current);

    /// <summary>Makes the records of one scope (a namespace, or "" for all) exactly these.</summary>
    public void Replace(string scope, IReadOnlyDictionary<ObjectKey, T> items, ReflectorState state)
    {
        var old = Current.Items;
        var changed = new HashSet<ObjectKey>();
        var builder = old.ToBuilder();
        foreach (var (key, _) in old)
            if ((scope.Length == 0 || key.Namespace == scope) && !items.ContainsKey(key))
            {
                builder.Remove(key);
                changed.Add(key);
            }

        foreach (var (key, item) in items)
        {
            if (old.TryGetValue(key, out var known) && known.ResourceVersion == item.ResourceVersion && known.Uid == item.Uid) continue;
            builder[key] = item;
            changed.Add(key);
        }

        Publish(scope, state, builder, changed, old);
    }

    /// <summary>Applies changes in order; an item of null is a removal.</summary>
    public void Apply(string scope, IReadOnlyList<(ObjectKey Key, T? Item)> changes, ReflectorState state)
    {
        var old = Current.Items;
        var builder = old.ToBuilder();
        var changed = new HashSet<ObjectKey>();
        foreach (var (key, item) in changes)
        {
            if (item is not null) builder[key] = item;
            else if (!builder.Remove(key)) continue;
            changed.Add(key);
        }

        Publish(scope, state, builder, changed, old);
    }

    public void SetState(string scope, ReflectorState state) => Publish(scope, state, null, [], null);

    public ReflectorState State(string scope)
    {
        lock (_lock) return _states[scope];
    }

    /// <summary>Ends every consumer's stream.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            foreach (var consumer in _consumers) consumer.Signal.Writer.TryComplete();
        }
    }

    public async IAsyncEnumerable<ResourceChange<T>> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var consumer = new Consumer();
        lock (_lock)
        {
            consumer.Dirty.UnionWith(_current.Items.Keys);
            consumer.Signal.Writer.TryWrite(true);
            if (_ended) consumer.Signal.Writer.TryComplete();
            _consumers.Add(consumer);
        }

        try
        {
            while (await consumer.Signal.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (consumer.Signal.Reader.TryRead(out _)) { }
                ResourceChange<T> change;
                lock (_lock)
                {
                    change = new ResourceChange<T>(_current, consumer.Dirty);
                    consumer.Dirty = [];
                }

                yield return change;
            }
        }
        finally
        {
            lock (_lock) _consumers.Remove(consumer);
        }
    }

    private void Publish(string scope, ReflectorState state, ImmutableDictionary<ObjectKey, T>.Builder? builder, HashSet<ObjectKey> changed, ImmutableDictionary<ObjectKey, T>? basis)
    {
        bool stateChanged;
        lock (_lock)
        {
            if (_ended) return;
            var items = _current.Items;
            if (builder is not null && changed.Count > 0)
                // Another scope may have published meanwhile; its keys are not ours, so ours can be laid over its snapshot.
                items = ReferenceEquals(items, basis) ? builder.ToImmutable() : Overlay(items, builder, changed);
            _states[scope] = state;
            var merged = Worst();
            stateChanged = merged.Phase != _current.State.Phase || merged.Why != _current.State.Why;
            _current = new ResourceSnapshot<T>(_current.Version + 1, items, merged);
            foreach (var consumer in _consumers)
            {
                consumer.Dirty.UnionWith(changed);
                consumer.Signal.Writer.TryWrite(true);
            }
        }

        if (stateChanged) StateChanged?.Invoke();
    }

    private static ImmutableDictionary<ObjectKey, T> Overlay(ImmutableDictionary<ObjectKey, T> items, ImmutableDictionary<ObjectKey, T>.Builder ours, HashSet<ObjectKey> changed)
    {
        var builder = items.ToBuilder();
        foreach (var key in changed)
            if (ours.TryGetValue(key, out var item)) builder[key] = item;
            else builder.Remove(key);
        return builder.ToImmutable();
    }

    private ReflectorState Worst()
    {
        if (_states.Count == 1) return _states.Values.First();
        var (scope, worst) = _states.MaxBy(static s => Severity(s.Value.Phase));
        return new ReflectorState(worst.Phase, _states.Values.Min(static s => s.AsOf), worst.Why is null ? null : $"Namespace {scope}: {worst.Why}");
    }

    private static int Severity(ReflectorPhase phase) => phase switch
    {
        ReflectorPhase.Synced => 0,
        ReflectorPhase.Listing => 1,
        ReflectorPhase.Starting => 2,
        ReflectorPhase.NotServed => 3,
        ReflectorPhase.Denied => 4,
        _ => 5,
    };

    private sealed class Consumer
    {
        public Channel<bool> Signal { get; } = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

        public HashSet<ObjectKey> Dirty { get; set; } = [];
    }
}
