using System.Threading.Channels;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Clusters;

/// <summary>One cluster for as long as its settings stay: its API, its watches, and what was found out about it.</summary>
internal sealed class ClusterConnection : IAsyncDisposable
{
    private readonly ClusterDirectoryOptions _options;
    private readonly Action _changed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<bool> _look = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ResourceFeed<FlinkResourceRecord> _noResources = new([""]);
    private readonly ResourceFeed<StateSnapshotRecord> _noSnapshots = new([""]);
    private Task _running = Task.CompletedTask;
    private Task _pulsing = Task.CompletedTask;
    private volatile Live? _live;
    private volatile Found _found = new(null, null, null);

    public ClusterConnection(ClusterSettings settings, ClusterDirectoryOptions options, Action changed) => (Settings, _options, _changed) = (settings, options, changed);

    private sealed record Live(KubernetesApi Api, Reflector<FlinkResourceRecord> Deployments, Reflector<FlinkResourceRecord> SessionJobs, Reflector<StateSnapshotRecord> Snapshots)
    {
        public ClusterPulse? Pulse { get; set; }

        public void Silenced(DateTimeOffset? lastAnswer, string why)
        {
            Deployments.Silenced(lastAnswer, why);
            SessionJobs.Silenced(lastAnswer, why);
            Snapshots.Silenced(lastAnswer, why);
        }

        public void Answered()
        {
            Deployments.Answered();
            SessionJobs.Answered();
            Snapshots.Answered();
        }
    }

    private sealed record Found(ClusterCapabilities? Capabilities, string? OperatorVersion, string? Problem);

    public ClusterSettings Settings { get; }

    public IKubernetesApi Api => _live is { } live ? live.Api : new UnconfiguredApi(Settings.Name, _found.Problem);

    public IResourceFeed<FlinkResourceRecord> Deployments => _live is { } live ? live.Deployments : _noResources;

    public IResourceFeed<FlinkResourceRecord> SessionJobs => _live is { } live ? live.SessionJobs : _noResources;

    public IResourceFeed<StateSnapshotRecord> Snapshots => _live is { } live ? live.Snapshots : _noSnapshots;

    public ClusterStatus Status
    {
        get
        {
            var found = _found;
            var pulse = _live?.Pulse;
            return new ClusterStatus(Settings, Watch(found), found.Capabilities, found.OperatorVersion) { Latency = pulse?.Latency, AnsweredAt = pulse?.AnsweredAt };
        }
    }

    /// <summary>Null until there is a connection.</summary>
    public ClusterInsight? Insight
    {
        get
        {
            if (_live is not { Pulse: { } pulse } live) return null;
            return new ClusterInsight(
                pulse.Reach,
                [Of("FlinkDeployment", live.Deployments), Of("FlinkSessionJob", live.SessionJobs), Of("FlinkStateSnapshot", live.Snapshots)],
                live.Api.Figures, live.Api.Target.ToString(), live.Api.Target.Insecure);
        }
    }

    public static KubernetesTarget Target(ClusterSettings settings, ClusterDirectoryOptions options) =>
        settings.Credentials is { } credentials ? credentials.Target(settings.Context, options.Kubeconfig)
        : settings.KubeconfigPath is { Length: > 0 } path ? Kubeconfig.Load(path, settings.Context, options.Kubeconfig) : Kubeconfig.InCluster(options.Kubeconfig);

    /// <summary>Refuses what cannot work whatever the cluster says: certificates that are no certificates or have expired.</summary>
    public static void Check(ClusterSettings settings, KubeconfigOptions options)
    {
        var target = Target(settings, new ClusterDirectoryOptions { Kubeconfig = options });
        KubernetesHandlers.Check(target);
        // Files and data are read at once; a program is not run for a check.
        (target.Credentials as FileCredential)?.Read();
    }

    public void Start()
    {
        if (!Settings.Enabled) return;
        // The first attempt is made here, so that the feeds are the lasting ones as soon as the cluster is known.
        TryConnect();
        _running = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _pulsing.ConfigureAwait(false);
        EndPlaceholders();
        if (_live is { } live)
        {
            await live.Deployments.DisposeAsync().ConfigureAwait(false);
            await live.SessionJobs.DisposeAsync().ConfigureAwait(false);
            await live.Snapshots.DisposeAsync().ConfigureAwait(false);
            live.Api.Dispose();
        }

        _stop.Dispose();
    }

    private static WatchInsight Of<T>(string kind, Reflector<T> reflector)
        where T : class, IKubernetesRecord
    {
        var (current, counters) = (reflector.Current, reflector.Counters);
        return new WatchInsight(
            kind, current.State, current.Items.Count, counters.LastEventAt, counters.LastBookmarkAt, counters.Events, counters.Lists, counters.Watches, counters.Failures, counters.Skipped);
    }

    private ReflectorState Watch(Found found)
    {
        if (!Settings.Enabled) return new ReflectorState(ReflectorPhase.Starting, null, "Disabled: nothing is watched and nothing is sent. Enable it to go on.");
        if (_live is not { } live) return new ReflectorState(ReflectorPhase.Starting, null, found.Problem);
        // Kinds that only newer operators have, or that nobody uses, do not make a cluster look broken by their absence.
        var states = new List<ReflectorState> { live.Deployments.Current.State };
        states.AddRange(new[] { live.SessionJobs.Current.State, live.Snapshots.Current.State }.Where(static s => s.Phase != ReflectorPhase.NotServed));
        var worst = states.MaxBy(static s => Severity(s.Phase))!;
        return worst with { AsOf = states.Any(static s => s.AsOf is null) ? null : states.Min(static s => s.AsOf) };
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

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                if (_live is null && TryConnect()) _changed();
                if (_live is { } live) await LookAsync(live.Api).ConfigureAwait(false);
                await WaitAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    // A minute, or less when a kind came or went.
    private async Task WaitAsync()
    {
        using var timer = new CancellationTokenSource(_options.ProbeEvery, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, _stop.Token);
        try
        {
            await _look.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // The minute is over.
        }
    }

    private bool TryConnect()
    {
        try
        {
            var api = new KubernetesApi(Settings.Name, Target(Settings, _options), _options.Time);
            var live = new Live(
                api,
                new Reflector<FlinkResourceRecord>(api, KubernetesResource.FlinkDeployments, Settings.Namespaces, e => _options.Read(e, FlinkResource.Deployment), _options.Reflector),
                new Reflector<FlinkResourceRecord>(api, KubernetesResource.FlinkSessionJobs, Settings.Namespaces, e => _options.Read(e, FlinkResource.SessionJob), _options.Reflector),
                new Reflector<StateSnapshotRecord>(api, KubernetesResource.FlinkStateSnapshots, Settings.Namespaces, StateSnapshotRecord.Read, _options.Reflector));
            live.Deployments.StateChanged += OnWatchChanged;
            live.SessionJobs.StateChanged += OnWatchChanged;
            live.Snapshots.StateChanged += OnWatchChanged;
            var pulse = live.Pulse = new ClusterPulse(api, _options.Pulse, live.Silenced, live.Answered);
            _live = live;
            _found = _found with { Problem = null };
            EndPlaceholders();
            live.Deployments.Start();
            live.SessionJobs.Start();
            live.Snapshots.Start();
            _pulsing = Task.Run(() => pulse.RunAsync(_stop.Token));
            return true;
        }
        catch (KubernetesException e)
        {
            var changed = _found.Problem != e.Message;
            _found = _found with { Problem = e.Message };
            var state = new ReflectorState(ReflectorPhase.Starting, null, e.Message);
            _noResources.SetState("", state);
            _noSnapshots.SetState("", state);
            if (changed) _changed();
            return false;
        }
    }

    private void EndPlaceholders()
    {
        _noResources.End();
        _noSnapshots.End();
    }

    private void OnWatchChanged()
    {
        _look.Writer.TryWrite(true);
        _changed();
    }

    private async Task LookAsync(KubernetesApi api)
    {
        try
        {
            var capabilities = await api.DiscoverAsync(_stop.Token).ConfigureAwait(false);
            var version = await OperatorVersion.FindAsync(api, Settings.Namespaces, _stop.Token).ConfigureAwait(false);
            var old = _found;
            if (old.Capabilities is { } known && Same(known, capabilities) && old.OperatorVersion == version) return;
            _found = old with { Capabilities = capabilities, OperatorVersion = version };
            _changed();
        }
        catch (KubernetesException)
        {
            // The watches meet the same trouble and say so in their state; what is known stays until it can be asked again.
        }
    }

    private static bool Same(ClusterCapabilities a, ClusterCapabilities b) =>
        a.KubernetesVersion == b.KubernetesVersion && a.Served.Count == b.Served.Count && a.Served.All(s => b.Served.TryGetValue(s.Key, out var other) && s.Value.SequenceEqual(other)) && a.FlinkKinds.SetEquals(b.FlinkKinds) && a.Missing.SequenceEqual(b.Missing)
        && a.Schemas.Count == b.Schemas.Count && a.Schemas.All(s => b.Schemas.TryGetValue(s.Key, out var other) && System.Text.Json.Nodes.JsonNode.DeepEquals(s.Value, other));
}
