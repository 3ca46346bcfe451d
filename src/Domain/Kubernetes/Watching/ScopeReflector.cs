using System.Text.Json;

namespace Sluice.Domain.Kubernetes;

/// <summary>List, watch, resume for one scope: a namespace, or "" for all. The only writer of that scope's records.</summary>
internal sealed class ScopeReflector<T>(KubernetesApi api, KubernetesResource resource, string scope, Func<JsonElement, T?> decode, ResourceFeed<T> feed, ReflectorCounters counters, ReflectorOptions options) : IDisposable
    where T : class, IKubernetesRecord
{
    private readonly string? _ns = scope.Length == 0 ? null : scope;
    private readonly BackOff _backOff = new(api.Time, options);
    private readonly Connectedness<T> _connected = new(feed, scope, api.Time, options);
    private readonly Lock _lock = new();
    private CancellationTokenSource _attempt = new();
    private CancellationTokenSource _listing = new();
    private bool _answered;
    private long _read;
    private long _readBefore;
    private string? _version;
    private bool _relist;
    private bool _suspect;
    private int _serverErrors;
    private int _probes;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait;
            var attempt = Begin();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(attempt, cancellationToken);
            try
            {
                wait = await OnceAsync(either.Token, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or KubernetesException or ObjectDisposedException)
            {
                break;
            }
            catch (Exception e) when (attempt.IsCancellationRequested && e is OperationCanceledException or KubernetesException { Error: KubernetesError.Unreachable or KubernetesError.Timeout or KubernetesError.BadAnswer })
            {
                // The server fell silent, or answers again: what hung on an old connection is tried anew from the last version.
                _suspect = true;
                wait = TimeSpan.Zero;
            }
            catch (VersionsRanBackwardsException)
            {
                _version = null;
                wait = TimeSpan.Zero;
            }
            catch (KubernetesException e)
            {
                wait = Failed(e);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A fault of our own must not end the watch of a whole cluster: it is said in the state, and all is read anew.
                _version = null;
                wait = Failed(new KubernetesException(KubernetesError.BadAnswer, $"Reading {resource.Kind} from cluster {api.Cluster} failed unexpectedly: {e.Message}", inner: e));
            }

            if (wait <= TimeSpan.Zero) continue;
            try
            {
                await Task.Delay(wait, api.Time, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Ended, or worth another try at once: the loop looks which.
            }
        }
    }

    /// <summary>The server does not answer: says so, and leaves a watch that may have died without a word.</summary>
    public void Silenced(DateTimeOffset? lastAnswer, string why)
    {
        lock (_lock)
        {
            _answered = false;
            _readBefore = Interlocked.Read(ref _read);
            _connected.Silenced(lastAnswer, why);
            _ = _attempt.CancelAsync();
        }
    }

    /// <summary>The server answers again: resumes at once on a new connection.</summary>
    public void Answered()
    {
        lock (_lock)
        {
            _answered = true;
            _ = _attempt.CancelAsync();
            // A list that went on meanwhile is left alone: on a cluster that is slow to list, one begun anew each time would never end.
            if (Interlocked.Read(ref _read) == _readBefore) _ = _listing.CancelAsync();
        }
    }

    public void Dispose() => _connected.Dispose();

    private CancellationToken Begin()
    {
        lock (_lock)
        {
            // Only here, where no stream from before is open any more that could confirm anything.
            if (_answered)
            {
                _connected.Answered();
                _backOff.Reset();
            }

            _answered = false;
            if (_attempt.IsCancellationRequested) _attempt = new CancellationTokenSource();
            if (_listing.IsCancellationRequested) _listing = new CancellationTokenSource();
            return _attempt.Token;
        }
    }

    private async Task<TimeSpan> OnceAsync(CancellationToken cancellationToken, CancellationToken stopping)
    {
        if (_version is null || _relist)
        {
            using var listing = CancellationTokenSource.CreateLinkedTokenSource(_listing.Token, stopping);
            await ListAsync(listing.Token).ConfigureAwait(false);
        }
        else if (_suspect) await CheckVersionsAsync(cancellationToken).ConfigureAwait(false);
        if (_version is null) return TimeSpan.Zero;
        _suspect = false;
        var stream = new WatchStream<T>(api, resource, _ns, decode, counters, options, _version);
        try
        {
            await stream.ReadAsync(Apply, _connected, CheckVersionsAsync, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (stream.Received) _serverErrors = 0;
        }

        switch (stream.End)
        {
            case WatchEnd.Clean:
                // Silence can mean that the server went back to a backup and knows no version as new as ours.
                _suspect = !stream.Received;
                return TimeSpan.Zero;
            case WatchEnd.Restart:
                // The versions ran backwards: nothing that is known counts any more.
                _version = null;
                return TimeSpan.Zero;
            case WatchEnd.Unreadable:
                _relist = true;
                return Failed(new KubernetesException(KubernetesError.BadAnswer, $"Cluster {api.Cluster} sent several changes of {resource.Kind} that cannot be read; all is read anew."));
            default:
                return Failed(stream.Failure!);
        }
    }

    private void Apply(IReadOnlyList<(ObjectKey Key, T? Item)> changes, string version)
    {
        feed.Apply(scope, changes, _connected.Confirmed());
        // Only now: a version that is stored before its changes are would lose them if anything failed in between.
        _version = version;
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        await api.ListSlots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var items = new Dictionary<ObjectKey, T>();
            var notOlderThan = _relist ? _version : null;
            string version;
            try
            {
                version = await ReadListAsync(items, notOlderThan, cancellationToken).ConfigureAwait(false);
            }
            catch (KubernetesException e) when (notOlderThan is not null && e.Error is KubernetesError.Expired or KubernetesError.Timeout or KubernetesError.Invalid or KubernetesError.Server)
            {
                // The server does not know a version as new, or not the parameter. Never version 0: that answer may be older than what is shown.
                _version = null;
                version = await ReadListAsync(items, null, cancellationToken).ConfigureAwait(false);
            }

            feed.Replace(scope, items, _connected.Confirmed());
            (_version, _relist, _suspect) = (version, false, false);
            _probes = 0;
            counters.List();
        }
        finally
        {
            api.ListSlots.Release();
        }
    }

    private Task<string> ReadListAsync(Dictionary<ObjectKey, T> items, string? notOlderThan, CancellationToken cancellationToken)
    {
        var first = _connected.BeginList();
        return api.ListPagesAsync(resource, _ns, new KubernetesListQuery(), notOlderThan, items.Clear, element =>
        {
            Interlocked.Increment(ref _read);
            if (Decoded.Read(element, decode, counters) is { } record) items[record.ObjectKey] = record;
            if (first && items.Count % 500 == 0) _connected.Listing(items.Count);
        }, cancellationToken);
    }

    private async Task CheckVersionsAsync(CancellationToken cancellationToken)
    {
        var current = await api.CurrentVersionAsync(resource, _ns, cancellationToken).ConfigureAwait(false);
        if (ResourceVersions.Compare(current, _version) < 0)
            throw new VersionsRanBackwardsException();
    }

    private TimeSpan Failed(KubernetesException e)
    {
        counters.Failure();
        _suspect = true;
        var wait = _backOff.Next();
        switch (e.Error)
        {
            case KubernetesError.Forbidden:
                // Whoever may not see the objects any more should not see our copy either.
                _version = null;
                feed.Replace(scope, new Dictionary<ObjectKey, T>(), _connected.Refused(ReflectorPhase.Denied, e.Message));
                return Probe();
            case KubernetesError.Unauthorized:
                feed.SetState(scope, _connected.Refused(ReflectorPhase.Denied, e.Message, keep: true));
                return Probe();
            case KubernetesError.NotServed:
                _version = null;
                feed.Replace(scope, new Dictionary<ObjectKey, T>(), _connected.Refused(ReflectorPhase.NotServed, e.Message));
                return options.Probe.First * (0.9 + (options.Jitter() * 0.2));
            case KubernetesError.Expired:
                _relist = true;
                // The first time at once; a server that answers every new list with the same is asked at a slower and slower pace.
                return _backOff.InRow > 1 ? wait : TimeSpan.Zero;
            case KubernetesError.Server when e.StatusCode == 500 && ++_serverErrors >= 3:
                (_relist, _serverErrors) = (true, 0);
                break;
        }

        _connected.Lost(e.Message, at: e.Error == KubernetesError.Configuration ? TimeSpan.Zero : options.StaleAfter);
        return e.RetryAfter > wait ? e.RetryAfter.Value : wait;
    }

    private TimeSpan Probe()
    {
        var seconds = Math.Min(options.Probe.First.TotalSeconds * Math.Pow(2, Math.Min(_probes++, 10)), options.Probe.Most.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (0.9 + (options.Jitter() * 0.2)));
    }
}
