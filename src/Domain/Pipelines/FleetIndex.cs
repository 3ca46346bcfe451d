using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Metrics;
using Sluice.Domain.Operations;

namespace Sluice.Domain.Pipelines;

/// <summary>
/// The fleet, made of the feeds of every cluster, the registry, the active operations and the job samples. One loop (<see cref="RunAsync"/>) makes all changes;
/// readers take immutable snapshots and never wait. A cluster that cannot be reached keeps its rows, marked with the moment from which they are old.
/// </summary>
public sealed class FleetIndex : IFleet
{
    private static readonly object RegistryChanged = new();
    private static readonly object OperationsChanged = new();
    private static readonly object ClustersChanged = new();
    private static readonly object TimePassed = new();

    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TellAgeEvery = TimeSpan.FromSeconds(5);

    private readonly IClusterDirectory _clusters;
    private readonly IPipelineStore _store;
    private readonly IOperationService _operations;
    private readonly IJobSamples _samples;
    private readonly TimeProvider _time;
    private readonly Action<Exception, string> _failed;
    private readonly Channel<object> _news = Channel.CreateBounded<object>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly FleetTable _table;
    private readonly FleetTriageCache _triage;
    private readonly FleetChangeLog _log = new(new FleetSnapshot(0, ImmutableDictionary<PipelineKey, PipelineRow>.Empty, ImmutableDictionary<string, ReflectorState>.Empty));
    private readonly Dictionary<(string Cluster, FlinkResource Resource), ReflectorState> _states = [];
    private readonly Dictionary<(string Cluster, FlinkResource Resource), ReflectorState> _told = [];
    private bool _statesMoved;
    private bool _reachMoved;
    private readonly HashSet<PipelineKey> _sampled = [];
    private bool _reading, _readAgain;
    private int _registryAsked, _operationsAsked, _clustersAsked, _samplesAsked;

    private sealed record RegistryRead(IReadOnlyDictionary<PipelineKey, Registration>? Registrations, IReadOnlyDictionary<(string Cluster, string Namespace), string>? Owners);

    /// <summary>Makes an empty index; <see cref="RunAsync"/> fills it.</summary>
    /// <param name="clusters">Where the feeds come from.</param>
    /// <param name="store">The registry of teams and pipelines.</param>
    /// <param name="operations">The active operations.</param>
    /// <param name="samples">Checkpoint ages and restarts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="failed">Told of failures that the index survives, with what it was doing; for the log.</param>
    /// <param name="nodes">The nodes of waiting pods, for the triage; null where nobody reads them.</param>
    public FleetIndex(IClusterDirectory clusters, IPipelineStore store, IOperationService operations, IJobSamples samples, TimeProvider time, Action<Exception, string>? failed = null, WaitingNodes? nodes = null)
    {
        (_clusters, _store, _operations, _samples, _time) = (clusters, store, operations, samples, time);
        _failed = failed ?? (static (_, _) => { });
        _table = new FleetTable { Samples = samples.Find };
        _triage = new FleetTriageCache(time, nodes);
    }

    /// <inheritdoc/>
    public FleetSnapshot Current => _log.Current;

    /// <inheritdoc/>
    public FleetTriage Triage => _triage.Read(Current);

    /// <inheritdoc/>
    public async IAsyncEnumerable<FleetChange> ChangesAsync(TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var place = new Place(Current);
        yield return new FleetChange(place.Seen, new FleetKeys(place.Seen.Rows), true);
        await foreach (var change in FollowAsync(place, interval, cancellationToken).ConfigureAwait(false)) yield return change;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<FleetChange> ChangesAsync(FleetSnapshot since, TimeSpan interval, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(since);
        return FollowAsync(new Place(since), interval, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<FleetChange> ChangesAsync(FleetSnapshot since, FleetPace pace, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(since);
        ArgumentNullException.ThrowIfNull(pace);
        return FollowAsync(new Place(since), pace, cancellationToken);
    }

    private async IAsyncEnumerable<FleetChange> FollowAsync(Place place, FleetPace pace, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = await NextAsync(place, cancellationToken).ConfigureAwait(false);
            yield return change;
            if (pace.InView().Any(change.Changed.Contains)) await Task.Delay(pace.Frame, _time, cancellationToken).ConfigureAwait(false);
            using var watch = _log.Watch(place.Seen.Version, pace.InView(), cancellationToken);
            await Task.WhenAny(watch.Touched, Task.Delay(pace.Rest, _time, watch.Ended)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async IAsyncEnumerable<FleetChange> FollowAsync(Place place, TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            yield return await NextAsync(place, cancellationToken).ConfigureAwait(false);
            // Behind the change, not before it: the first one after a quiet time is shown at once.
            if (interval > TimeSpan.Zero) await Task.Delay(interval, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<FleetChange> NextAsync(Place place, CancellationToken cancellationToken)
    {
        await _log.Newer(place.Seen.Version).WaitAsync(cancellationToken).ConfigureAwait(false);
        var change = _log.Since(place.Seen);
        place.Seen = change.Snapshot;
        return change;
    }

    /// <summary>Keeps the index up to date until cancelled. Run once, for as long as the portal lives.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var feeds = new FleetFeeds(_clusters, _news.Writer, _failed);
        await using var timer = _time.CreateTimer(_ => _news.Writer.TryWrite(TimePassed), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        void OnClusters(string _) => Ask(ref _clustersAsked, ClustersChanged);
        void OnRegistry() => Ask(ref _registryAsked, RegistryChanged);
        void OnOperations() => Ask(ref _operationsAsked, OperationsChanged);
        _clusters.Changed += OnClusters;
        _store.Changed += OnRegistry;
        _operations.ActiveChanged += OnOperations;
        _samples.Changed += OnSample;
        try
        {
            OnRegistry();
            OnOperations();
            OnClusters("");
            while (await _news.Reader.WaitToReadAsync(stop.Token).ConfigureAwait(false))
            {
                var clusters = false;
                for (var i = 0; i < 1024 && _news.Reader.TryRead(out var news); i++) clusters |= await ApplyAsync(news, feeds, stop.Token).ConfigureAwait(false);
                var now = _time.GetUtcNow();
                _table.Tick(now);
                Publish(clusters);
                // A timer per row would be 20,000 timers; the queue in the table knows the next moment.
                if (_table.NextDue is { } due) timer.Change(due - now > TimeSpan.FromMilliseconds(50) ? due - now : TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan);
            }
        }
        finally
        {
            _clusters.Changed -= OnClusters;
            _store.Changed -= OnRegistry;
            _operations.ActiveChanged -= OnOperations;
            _samples.Changed -= OnSample;
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Puts a wish into the queue unless the same wish waits there already.</summary>
    private void Ask(ref int asked, object what)
    {
        if (Interlocked.Exchange(ref asked, 1) != 0 || _news.Writer.TryWrite(what)) return;
        // The queue is full of feed news; the wish is carried out with the next of them.
        Volatile.Write(ref asked, 2);
    }

    private void OnSample(PipelineKey key)
    {
        lock (_sampled) _sampled.Add(key);
        Ask(ref _samplesAsked, _sampled);
    }

    private async Task<bool> ApplyAsync(object news, FleetFeeds feeds, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var clusters = news is FeedNews feed && feeds.IsCurrent(feed) && ApplyFeed(feed, now);
        if (Due(ref _samplesAsked, news, _sampled)) ApplySamples(now);
        if (Due(ref _operationsAsked, news, OperationsChanged)) _table.SetOperations(_operations.Active, now);
        if (Due(ref _clustersAsked, news, ClustersChanged))
            foreach (var (cluster, resource) in await feeds.SyncAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var key in _table.Keys(cluster, resource).ToList()) _table.Set(key, null, now);
                clusters |= _reachMoved |= _states.Remove((cluster, resource));
                _told.Remove((cluster, resource));
            }
        // Beside the loop: a database that is slow must not hold up what the clusters say.
        if (Due(ref _registryAsked, news, RegistryChanged))
        {
            if (_reading) _readAgain = true;
            else _ = ReadRegistryAsync(cancellationToken);
            _reading = true;
        }

        if (news is RegistryRead read)
        {
            if (read.Registrations is not null) _table.SetRegistrations(read.Registrations, read.Owners!, now);
            if (_readAgain || read.Registrations is null) _ = AskLaterAsync(read.Registrations is null ? TimeSpan.FromSeconds(5) : ReadAgainAfter, cancellationToken);
            (_reading, _readAgain) = (false, false);
        }

        return clusters;
    }

    private static bool Due(ref int asked, object news, object what)
    {
        if (!ReferenceEquals(news, what) && Volatile.Read(ref asked) != 2) return false;
        Volatile.Write(ref asked, 0);
        return true;
    }

    private void ApplySamples(DateTimeOffset now)
    {
        PipelineKey[] keys;
        lock (_sampled)
        {
            keys = [.. _sampled];
            _sampled.Clear();
        }
        foreach (var key in keys) _table.Refresh(key, now);
    }

    private async Task ReadRegistryAsync(CancellationToken cancellationToken)
    {
        RegistryRead read;
        try
        {
            var teams = await _store.TeamsAsync(cancellationToken).ConfigureAwait(false);
            var pipelines = await _store.AllAsync(cancellationToken).ConfigureAwait(false);
            var revisions = await _store.NewestRevisionsAsync(cancellationToken).ConfigureAwait(false);
            var owners = new Dictionary<(string, string), string>();
            foreach (var team in teams)
                foreach (var owned in team.Namespaces) owners[(owned.Cluster, owned.Namespace)] = team.Name;
            var registrations = new Dictionary<PipelineKey, Registration>(pipelines.Count);
            foreach (var pipeline in pipelines)
                registrations[pipeline.Key] = new Registration(pipeline.Team, pipeline.Kind, revisions.TryGetValue(pipeline.Id, out var number) ? number : null, pipeline.Tier, pipeline.Git);
            read = new RegistryRead(registrations, owners);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // Without the database the fleet is still worth looking at; teams and revisions follow when it is back.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failed(e, "reading teams and pipelines");
            read = new RegistryRead(null, null);
        }

        // Ends at the latest with the index, which reads the channel as long as it lives.
        await _news.Writer.WriteAsync(read, cancellationToken).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AskLaterAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellationToken.IsCancellationRequested) Ask(ref _registryAsked, RegistryChanged);
    }

    private bool ApplyFeed(FeedNews news, DateTimeOffset now)
    {
        var (cluster, resource) = (news.Cluster, news.Resource);
        var (items, state) = (news.Change.Snapshot.Items, news.Change.Snapshot.State);
        // Marked first: a row never appears as fresh while its cluster is not.
        _table.SetStale(cluster, resource, state.Phase is ReflectorPhase.Synced or ReflectorPhase.NotServed ? null : state.AsOf ?? _table.StaleSince(cluster, resource) ?? now, now);
        // A key that a feed names and does not hold was removed, in whatever phase: by an event while another namespace is cut off, because the kind was
        // uninstalled, or because Sluice may not see it any more.
        foreach (var key in news.Change.Changed) _table.Set(new PipelineKey(cluster, key.Namespace, key.Name, resource), items.GetValueOrDefault(key), now);
        if (news.First && state.Phase == ReflectorPhase.Synced)
            foreach (var key in _table.Keys(cluster, resource).Where(k => !items.ContainsKey(new ObjectKey(k.Namespace, k.Name))).ToList()) _table.Set(key, null, now);

        _statesMoved |= _states.GetValueOrDefault((cluster, resource)) != state;
        _states[(cluster, resource)] = state;
        if (_told.TryGetValue((cluster, resource), out var told) && SaysTheSame(told, state)) return false;
        _reachMoved |= told is null || told.Phase != state.Phase || told.Why != state.Why;
        _told[(cluster, resource)] = state;
        return true;
    }

    /// <summary>Every event confirms its cluster anew; that alone is told now and then, or each would draw every open page.</summary>
    private static bool SaysTheSame(ReflectorState told, ReflectorState now) =>
        told.Phase == now.Phase && told.Why == now.Why && (told.AsOf == now.AsOf || (now.Phase == ReflectorPhase.Synced && now.AsOf - told.AsOf < TellAgeEvery));

    private void Publish(bool clusters)
    {
        if (!clusters && !_statesMoved && _table.Changed.Count == 0) return;
        var (rows, inOrder, changed) = _table.Take();
        var current = Current;
        _log.Publish(new FleetSnapshot(current.Version + 1, rows, clusters || _statesMoved ? ClusterStates() : current.Clusters) { InOrder = inOrder }, changed, clusters, _reachMoved);
        (_statesMoved, _reachMoved) = (false, false);
    }

    private ImmutableDictionary<string, ReflectorState> ClusterStates() => _states
        .GroupBy(s => s.Key.Cluster, StringComparer.Ordinal)
        .ToImmutableDictionary(g => g.Key, g => g.Select(s => s.Value).OrderBy(Trust).ThenBy(s => s.AsOf ?? DateTimeOffset.MinValue).First(), StringComparer.Ordinal);

    /// <summary>The worst first. A kind that is not installed says nothing against the cluster.</summary>
    private static int Trust(ReflectorState state) => state.Phase switch
    {
        ReflectorPhase.Denied => 0,
        ReflectorPhase.Stale => 1,
        ReflectorPhase.Starting => 2,
        ReflectorPhase.Listing => 3,
        ReflectorPhase.Synced => 4,
        _ => 5,
    };

    /// <summary>How far a listener is. An iterator keeps its own parameters for as long as it lives: a snapshot among them would be one of seven megabytes for each page that is open.</summary>
    private sealed class Place(FleetSnapshot seen)
    {
        public FleetSnapshot Seen { get; set; } = seen;
    }
}
