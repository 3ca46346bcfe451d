namespace Sluice.Domain.Kubernetes;

/// <summary>Keeps the state of one scope: when it was last confirmed, and when a lost connection has to be said.</summary>
internal sealed class Connectedness<T> : IDisposable
    where T : class, IKubernetesRecord
{
    private readonly Lock _lock = new();
    private readonly ResourceFeed<T> _feed;
    private readonly string _scope;
    private readonly TimeProvider _time;
    private readonly ReflectorOptions _options;
    private readonly ITimer _stale;
    private readonly ITimer _confirm;
    private string? _why;
    private string? _silent;
    private bool _open;
    private DateTimeOffset? _asOf;
    private bool _complete;

    public Connectedness(ResourceFeed<T> feed, string scope, TimeProvider time, ReflectorOptions options)
    {
        (_feed, _scope, _time, _options) = (feed, scope, time, options);
        _stale = time.CreateTimer(_ => SayLost(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _confirm = time.CreateTimer(_ => ConfirmQuiet(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The server answered with data: the state to publish with it.</summary>
    public ReflectorState Confirmed()
    {
        lock (_lock)
        {
            _complete = true;
            _asOf = _time.GetUtcNow();
            if (_silent is { } silent) return new ReflectorState(ReflectorPhase.Stale, _asOf, silent);
            Quiet();
            return new ReflectorState(ReflectorPhase.Synced, _asOf);
        }
    }

    /// <summary>A watch was opened again. An ERROR event would follow at once, so a short silence confirms the records.</summary>
    public void Opened()
    {
        lock (_lock)
        {
            _open = true;
            if (_why is not null && _silent is null) _confirm.Change(_options.ConfirmAfter, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The stream that was opened has ended: its silence says nothing any more.</summary>
    public void Closed()
    {
        lock (_lock)
        {
            _open = false;
            _confirm.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The server does not answer. Until <see cref="Answered"/> nothing counts as fresh, whatever an open stream still brings.</summary>
    /// <param name="lastAnswer">When it last did: as long as a watch was open, the records were true then.</param>
    /// <param name="why">The reason in words.</param>
    public void Silenced(DateTimeOffset? lastAnswer, string why)
    {
        lock (_lock)
        {
            if (_open && _complete && lastAnswer > _asOf) _asOf = lastAnswer;
            (_silent, _why) = (why, why);
            _confirm.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            // A refusal, or the absence of the kind, says more than the silence does, and shows nothing as fresh.
            if (_feed.State(_scope).Phase is ReflectorPhase.Denied or ReflectorPhase.NotServed) return;
            _feed.SetState(_scope, new ReflectorState(_complete ? ReflectorPhase.Stale : ReflectorPhase.Starting, _asOf, why));
        }
    }

    /// <summary>The server answers again. The records are old until a watch that was opened since then has confirmed them.</summary>
    public void Answered()
    {
        lock (_lock)
        {
            if (_silent is null) return;
            _silent = null;
            if (!_complete && _feed.State(_scope).Phase == ReflectorPhase.Starting) _feed.SetState(_scope, new ReflectorState(ReflectorPhase.Listing, null));
        }
    }

    public void Lost(string why, TimeSpan at)
    {
        lock (_lock)
        {
            var first = _why is null;
            _why = why;
            // Counted from the first failure; once it has been said, a later reason replaces the earlier one.
            if (!_complete || _feed.State(_scope).Phase == ReflectorPhase.Stale) at = TimeSpan.Zero;
            if (first || at == TimeSpan.Zero) _stale.Change(at, Timeout.InfiniteTimeSpan);
        }
    }

    public ReflectorState Refused(ReflectorPhase phase, string why, bool keep = false)
    {
        lock (_lock)
        {
            Quiet();
            _why = why;
            if (!keep) (_asOf, _complete) = (null, false);
            return new ReflectorState(phase, _asOf, why);
        }
    }

    /// <summary>True where this is the first list, whose progress is worth showing.</summary>
    public bool BeginList()
    {
        lock (_lock)
        {
            if (_complete) return false;
        }

        Listing(0);
        return true;
    }

    public void Listing(int count)
    {
        // A kind that was refused or absent shows that until it is known to be otherwise.
        if (count == 0 && _feed.State(_scope).Phase is not ReflectorPhase.Starting) return;
        _feed.SetState(_scope, new ReflectorState(ReflectorPhase.Listing, null, count == 0 ? null : $"{count:N0} read"));
    }

    public void Dispose()
    {
        _stale.Dispose();
        _confirm.Dispose();
    }

    private void Quiet()
    {
        _why = null;
        _stale.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _confirm.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void SayLost()
    {
        lock (_lock)
            if (_why is not null) _feed.SetState(_scope, new ReflectorState(_complete ? ReflectorPhase.Stale : ReflectorPhase.Starting, _asOf, _why));
    }

    private void ConfirmQuiet()
    {
        lock (_lock)
            if (_why is not null && _silent is null && _complete) _feed.SetState(_scope, Confirmed());
    }
}
