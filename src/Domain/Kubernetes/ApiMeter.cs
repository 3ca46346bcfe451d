namespace Sluice.Domain.Kubernetes;

/// <summary>How an API server answered in the last minutes.</summary>
/// <param name="Window">The time that the figures cover; shorter than five minutes at first.</param>
/// <param name="Answers">How many answers the latencies are made of. Watches, logs and what is passed on to a service are left out.</param>
/// <param name="P50">Half of the answers took at most this long; null without answers.</param>
/// <param name="P99">Of 100 answers, 99 took at most this long; null without answers.</param>
/// <param name="PerSecond">Requests sent a second, all of them.</param>
/// <param name="HeldBack">Requests that waited for Sluice's own limit.</param>
/// <param name="Errors">Failed requests: no connection, no answer in time, 401, 403, 429 and 5xx.</param>
/// <param name="LastError">The newest failure in words, however old; null where there was none.</param>
/// <param name="LastErrorAt">When that was.</param>
public sealed record ApiFigures(TimeSpan Window, long Answers, TimeSpan? P50, TimeSpan? P99, double PerSecond, long HeldBack, long Errors, string? LastError, DateTimeOffset? LastErrorAt);

/// <summary>
/// Counts how an API server answers, in slices of ten seconds over five minutes. Writers never wait and nothing is allocated per request; where two of them begin a
/// slice at the same moment a count may be lost, which a figure rounded to 20 % does not show.
/// </summary>
internal sealed class ApiMeter
{
    private const int Slices = 30;
    private const int Buckets = 80;
    private const double First = 0.25;
    private const double Growth = 1.2;
    private static readonly double LogGrowth = Math.Log(Growth);
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);
    private readonly Counts[] _slices = [.. Enumerable.Range(0, Slices + 1).Select(static _ => new Counts())];
    private readonly TimeProvider _time;
    private readonly long _begun;
    private volatile Failure? _last;

    public ApiMeter(TimeProvider time) => (_time, _begun) = (time, time.GetTimestamp());

    public void Sent() => Interlocked.Increment(ref Current().Requests);

    public void HeldBack() => Interlocked.Increment(ref Current().Held);

    public void Answered(TimeSpan latency) => Interlocked.Increment(ref Current().Latencies[Bucket(latency)]);

    public void Failed(string message)
    {
        Interlocked.Increment(ref Current().Errors);
        _last = new Failure(message, _time.GetUtcNow());
    }

    public ApiFigures Read()
    {
        var now = Index();
        Span<long> latencies = stackalloc long[Buckets];
        latencies.Clear();
        long answers = 0, requests = 0, held = 0, errors = 0;
        foreach (var slice in _slices)
        {
            if (Volatile.Read(ref slice.Epoch) is var epoch && (epoch < 0 || now - epoch >= Slices)) continue;
            requests += Volatile.Read(ref slice.Requests);
            held += Volatile.Read(ref slice.Held);
            errors += Volatile.Read(ref slice.Errors);
            for (var i = 0; i < Buckets; i++)
            {
                var count = Volatile.Read(ref slice.Latencies[i]);
                latencies[i] += count;
                answers += count;
            }
        }

        var ran = _time.GetElapsedTime(_begun);
        var window = ran < Slice * Slices ? ran : Slice * Slices;
        var last = _last;
        return new ApiFigures(window, answers, Quantile(latencies, answers, 0.5), Quantile(latencies, answers, 0.99), requests / Math.Max(1, window.TotalSeconds), held, errors, last?.Message, last?.At);
    }

    /// <summary>The upper end of the bucket that holds the quantile: never less than what was measured.</summary>
    private static TimeSpan? Quantile(ReadOnlySpan<long> latencies, long answers, double part)
    {
        if (answers == 0) return null;
        var left = (long)Math.Ceiling(answers * part);
        for (var i = 0; i < latencies.Length; i++)
            if ((left -= latencies[i]) <= 0) return TimeSpan.FromMilliseconds(First * Math.Pow(Growth, i));
        return TimeSpan.FromMilliseconds(First * Math.Pow(Growth, Buckets - 1));
    }

    private static int Bucket(TimeSpan latency) =>
        latency.TotalMilliseconds <= First ? 0 : Math.Min(Buckets - 1, (int)Math.Ceiling(Math.Log(latency.TotalMilliseconds / First) / LogGrowth));

    private long Index() => (long)(_time.GetElapsedTime(_begun) / Slice);

    private Counts Current()
    {
        var now = Index();
        // One slot more than is read, so that the oldest slice is not emptied while it still counts.
        var slice = _slices[now % (Slices + 1)];
        var epoch = Volatile.Read(ref slice.Epoch);
        if (epoch < now && Interlocked.CompareExchange(ref slice.Epoch, now, epoch) == epoch) slice.Clear();
        return slice;
    }

    private sealed class Counts
    {
        public readonly long[] Latencies = new long[Buckets];
        public long Epoch = -1;
        public long Requests;
        public long Held;
        public long Errors;

        public void Clear()
        {
            Array.Clear(Latencies);
            (Requests, Held, Errors) = (0, 0, 0);
        }
    }

    private sealed record Failure(string Message, DateTimeOffset At);
}
