using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Metrics;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Tests.Pipelines;

/// <summary>A feed whose records a test sets.</summary>
internal sealed class FakeFeed : IResourceFeed<FlinkResourceRecord>
{
    private readonly Lock _gate = new();
    private readonly List<Channel<ResourceChange<FlinkResourceRecord>>> _listeners = [];

    public ResourceSnapshot<FlinkResourceRecord> Current { get; private set; } = new(0, ImmutableDictionary<ObjectKey, FlinkResourceRecord>.Empty, new ReflectorState(ReflectorPhase.Starting, null));

    public void Set(ReflectorState state, params FlinkResourceRecord[] records) =>
        Publish(records.ToImmutableDictionary(r => r.ObjectKey), state, records.Select(r => r.ObjectKey).Concat(Current.Items.Keys));

    public void State(ReflectorState state) => Publish(Current.Items, state, []);

    public void Change(FlinkResourceRecord record) => Publish(Current.Items.SetItem(record.ObjectKey, record), Current.State, [record.ObjectKey]);

    public void Remove(ObjectKey key) => Publish(Current.Items.Remove(key), Current.State, [key]);

    public async IAsyncEnumerable<ResourceChange<FlinkResourceRecord>> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateUnbounded<ResourceChange<FlinkResourceRecord>>();
        lock (_gate)
        {
            channel.Writer.TryWrite(new(Current, Current.Items.Keys.ToHashSet()));
            _listeners.Add(channel);
        }
        await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken)) yield return change;
    }

    private void Publish(ImmutableDictionary<ObjectKey, FlinkResourceRecord> items, ReflectorState state, IEnumerable<ObjectKey> changed)
    {
        lock (_gate)
        {
            Current = new(Current.Version + 1, items, state);
            foreach (var listener in _listeners) listener.Writer.TryWrite(new(Current, changed.ToHashSet()));
        }
    }
}

/// <summary>A fleet that is what a test says, and counts how often it is asked.</summary>
internal sealed class FakeFleet : IFleet
{
    private FleetSnapshot _current = new(1, ImmutableDictionary<PipelineKey, PipelineRow>.Empty, ImmutableDictionary<string, ReflectorState>.Empty);
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    public FleetSnapshot Current
    {
        get
        {
            Interlocked.Increment(ref _reads);
            return Volatile.Read(ref _current);
        }
        set => Volatile.Write(ref _current, value);
    }

    public void Set(params PipelineRow[] rows) => Current = new(2, rows.ToImmutableDictionary(r => r.Key), ImmutableDictionary<string, ReflectorState>.Empty);

    public async IAsyncEnumerable<FleetChange> ChangesAsync(TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FleetSnapshot? before = null;
        while (true)
        {
            var now = Current;
            if (!ReferenceEquals(now, before)) yield return new FleetChange(now, now.Rows.Keys.Concat(before?.Rows.Keys ?? []).ToHashSet(), true);
            before = now;
            await Task.Delay(10, cancellationToken);
        }
    }
}

/// <summary>Clusters that a test adds and removes.</summary>
internal sealed class FakeClusters : IClusterDirectory
{
    private ImmutableDictionary<string, (FakeFeed Deployments, FakeFeed Jobs)> _clusters = ImmutableDictionary<string, (FakeFeed, FakeFeed)>.Empty;

    public event Action<string>? Changed;

    /// <summary>Feeds that are not a test's own, by cluster.</summary>
    public Dictionary<string, IResourceFeed<FlinkResourceRecord>> Real { get; } = [];

    public IReadOnlyList<ClusterStatus> All => [.. _clusters.Keys.Concat(Real.Keys).Select(n => new ClusterStatus(new ClusterSettings(n, null, null), new ReflectorState(ReflectorPhase.Synced, null), null, null))];

    public Dictionary<string, IKubernetesApi> Apis { get; } = [];

    public (FakeFeed Deployments, FakeFeed Jobs) Add(string name)
    {
        var feeds = (new FakeFeed(), new FakeFeed());
        _clusters = _clusters.SetItem(name, feeds);
        Changed?.Invoke(name);
        return feeds;
    }

    public void Remove(string name)
    {
        _clusters = _clusters.Remove(name);
        Changed?.Invoke(name);
    }

    public IKubernetesApi? Api(string cluster) => Apis.GetValueOrDefault(cluster);

    public IResourceFeed<FlinkResourceRecord>? Deployments(string cluster) => Real.TryGetValue(cluster, out var real) ? real : _clusters.TryGetValue(cluster, out var feeds) ? feeds.Deployments : null;

    public IResourceFeed<FlinkResourceRecord>? SessionJobs(string cluster) => _clusters.TryGetValue(cluster, out var feeds) ? feeds.Jobs : null;

    public IResourceFeed<StateSnapshotRecord>? Snapshots(string cluster) => null;

    public Task SetAsync(ClusterSettings settings, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveAsync(string cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ClusterTest> TestAsync(ClusterSettings settings, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>The registry in memory.</summary>
internal sealed class FakeStore : IPipelineStore
{
    private readonly Lock _gate = new();
    private readonly List<Pipeline> _pipelines = [];
    private readonly List<Revision> _revisions = [];
    private readonly List<Team> _teams = [];

    public event Action? Changed;

    public bool Broken { get; set; }

    /// <summary>Set: the database answers when this is completed.</summary>
    public TaskCompletionSource? Hang { get; set; }

    public async Task<IReadOnlyList<Team>> TeamsAsync(CancellationToken cancellationToken)
    {
        if (Hang is { } hang) await hang.Task.WaitAsync(cancellationToken);
        return Broken ? throw new InvalidOperationException("no database") : await Locked(() => (IReadOnlyList<Team>)[.. _teams]);
    }

    public Task SaveTeamAsync(Team team, CancellationToken cancellationToken) => Change(() => _teams.Add(team));

    public Task<IReadOnlyList<Pipeline>> AllAsync(CancellationToken cancellationToken) => Locked(() => (IReadOnlyList<Pipeline>)[.. _pipelines]);

    public Task<Pipeline?> FindAsync(PipelineKey key, CancellationToken cancellationToken) => Locked(() => _pipelines.FirstOrDefault(p => p.Key == key));

    public Task AddAsync(Pipeline pipeline, Revision first, CancellationToken cancellationToken) => Change(() =>
    {
        if (_pipelines.Any(p => p.Key == pipeline.Key)) throw new AlreadyRegisteredException(pipeline.Key);
        _pipelines.Add(pipeline);
        _revisions.Add(first);
    });

    public async Task<Revision> AddRevisionAsync(Guid pipelineId, string manifest, Actor author, string reason, Guid? operationId, CancellationToken cancellationToken)
    {
        Revision? revision = null;
        await Change(() => _revisions.Add(revision = new Revision(pipelineId, _revisions.Count(r => r.PipelineId == pipelineId) + 1, manifest, author.Name, reason, DateTimeOffset.UnixEpoch, operationId)));
        return revision!;
    }

    public Task<IReadOnlyList<Revision>> RevisionsAsync(Guid pipelineId, CancellationToken cancellationToken) =>
        Locked(() => (IReadOnlyList<Revision>)[.. _revisions.Where(r => r.PipelineId == pipelineId).OrderByDescending(r => r.Number)]);

    public Task MoveAsync(Guid pipelineId, PipelineKey to, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RetireAsync(Guid pipelineId, CancellationToken cancellationToken) => Change(() => _pipelines.RemoveAll(p => p.Id == pipelineId));

    private Task<T> Locked<T>(Func<T> read)
    {
        lock (_gate) return Task.FromResult(read());
    }

    private Task Change(Action change)
    {
        lock (_gate) change();
        Changed?.Invoke();
        return Task.CompletedTask;
    }
}

/// <summary>Active operations that a test sets.</summary>
internal sealed class FakeOperations : IOperationService
{
    public event Action? ActiveChanged;

    public IReadOnlyDictionary<PipelineKey, ActiveOperation> Active { get; private set; } = ImmutableDictionary<PipelineKey, ActiveOperation>.Empty;

    public void Set(params (PipelineKey Key, ActiveOperation Operation)[] active)
    {
        Active = active.ToDictionary(a => a.Key, a => a.Operation);
        ActiveChanged?.Invoke();
    }

    public Task<OperationPlan> PlanAsync(OperationRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Operation> StartAsync(OperationRequest request, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CancelAsync(Guid id, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RetryAsync(Guid id, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<Operation> WatchAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>Samples that a test sets.</summary>
internal sealed class FakeSamples : IJobSamples
{
    private ImmutableDictionary<PipelineKey, JobSample> _samples = ImmutableDictionary<PipelineKey, JobSample>.Empty;

    public event Action<PipelineKey>? Changed;

    public JobSample? Find(PipelineKey pipeline) => _samples.GetValueOrDefault(pipeline);

    public void Set(PipelineKey key, JobSample sample)
    {
        _samples = _samples.SetItem(key, sample);
        Changed?.Invoke(key);
    }
}
