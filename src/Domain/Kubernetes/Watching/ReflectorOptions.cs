namespace Sluice.Domain.Kubernetes;

/// <summary>The times a reflector works by; the defaults are client-go's where it has them.</summary>
public sealed record ReflectorOptions
{
    /// <summary>The shortest and the longest time a watch asks for, drawn anew each time so that reconnects spread.</summary>
    public (TimeSpan Least, TimeSpan Most) WatchFor { get; init; } = (TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(600));

    /// <summary>How long after the asked time a watch is given up that the server did not end.</summary>
    public TimeSpan WatchSlack { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>On a stream that has had a bookmark: how long it may be silent.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>A watch that ends sooner, and without an event, counts as a failure.</summary>
    public TimeSpan ShortWatch { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first and the longest wait after failures.</summary>
    public (TimeSpan First, TimeSpan Most) BackOff { get; init; } = (TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(30));

    /// <summary>How long without a failure until waits begin with the first again.</summary>
    public TimeSpan BackOffReset { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a lost connection may stay unmentioned.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a resumed watch has to stay without an error until its silence is taken for "nothing changed".</summary>
    public TimeSpan ConfirmAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a kind that is not served, or may not be read, is tried again.</summary>
    public (TimeSpan First, TimeSpan Most) Probe { get; init; } = (TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(5));

    /// <summary>A watch line beyond this is passed over.</summary>
    public int MaxLine { get; init; } = 16 * 1024 * 1024;

    /// <summary>A number from 0 to 1 for jitter.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}

/// <summary>What a reflector did since it began.</summary>
public sealed class ReflectorCounters
{
    private long _lists, _watches, _events, _bookmarks, _skipped, _oversize, _failures, _eventAt, _bookmarkAt;

    /// <summary>Complete lists.</summary>
    public long Lists => Interlocked.Read(ref _lists);

    /// <summary>Watches that were opened.</summary>
    public long Watches => Interlocked.Read(ref _watches);

    /// <summary>Events that were applied.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>Bookmarks.</summary>
    public long Bookmarks => Interlocked.Read(ref _bookmarks);

    /// <summary>Events that could not be read, or that were older than what is known.</summary>
    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Lines beyond the cap.</summary>
    public long Oversize => Interlocked.Read(ref _oversize);

    /// <summary>Failures that led to a wait.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>When the newest event came; null before the first.</summary>
    public DateTimeOffset? LastEventAt => At(ref _eventAt);

    /// <summary>When the newest bookmark came; null before the first.</summary>
    public DateTimeOffset? LastBookmarkAt => At(ref _bookmarkAt);

    internal void List() => Interlocked.Increment(ref _lists);

    internal void Watch() => Interlocked.Increment(ref _watches);

    internal void Event(DateTimeOffset at)
    {
        Interlocked.Increment(ref _events);
        Volatile.Write(ref _eventAt, at.UtcTicks);
    }

    internal void Bookmark(DateTimeOffset at)
    {
        Interlocked.Increment(ref _bookmarks);
        Volatile.Write(ref _bookmarkAt, at.UtcTicks);
    }

    internal void Skip() => Interlocked.Increment(ref _skipped);

    internal void TooLong() => Interlocked.Increment(ref _oversize);

    internal void Failure() => Interlocked.Increment(ref _failures);

    private static DateTimeOffset? At(ref long ticks) => Volatile.Read(ref ticks) is > 0 and var known ? new DateTimeOffset(known, TimeSpan.Zero) : null;
}
