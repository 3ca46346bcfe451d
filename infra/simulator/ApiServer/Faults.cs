using Sluice.Simulator.Core;

namespace Sluice.Simulator.ApiServer;

/// <summary>What is broken about a cluster's API server at the moment; set by the control endpoint.</summary>
internal sealed class Faults(SimClock clock)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _silence;
    private TimeSpan _watchDelay;
    private TimeSpan _latency;
    private int _watchGeneration;
    private int _garbageRound;
    private (int After, bool Cut, DateTimeOffset Until)? _lists;

    /// <summary>Changes when all running watches have to end.</summary>
    public int WatchGeneration => Volatile.Read(ref _watchGeneration);

    public bool WebhookDown { get; set; }

    /// <summary>Answer the next lists and watches of a known version with 410 over HTTP instead of as an event.</summary>
    public bool PlainGone { get; set; }

    public void EndWatches() => Interlocked.Increment(ref _watchGeneration);

    /// <summary>Changes when all running watches have to send something that is no event.</summary>
    public int GarbageRound => Volatile.Read(ref _garbageRound);

    public void SendGarbage() => Interlocked.Increment(ref _garbageRound);

    /// <summary>Every request takes so much longer.</summary>
    public void DelayAnswers(TimeSpan delay) { lock (_gate) _latency = delay; }

    /// <summary>Lists fail when they come to an item, for a while: with 500, or in the middle of the answer.</summary>
    public void BreakLists(int after, bool cut, TimeSpan time) { lock (_gate) _lists = time <= TimeSpan.Zero ? null : (after, cut, clock.Time.GetUtcNow() + time); }

    /// <summary>How many items of a page may be sent before the answer is cut off; null: all of them. Throws where the page is refused.</summary>
    public int? ItemsOf(int first, int count)
    {
        (int After, bool Cut, DateTimeOffset Until)? lists;
        lock (_gate) lists = _lists;
        if (lists is not { } broken || clock.Time.GetUtcNow() >= broken.Until || first + count <= broken.After) return null;
        if (broken.Cut) return Math.Max(0, broken.After - first);
        throw new ApiException(500, "InternalError", "Internal error occurred: etcdserver: request timed out");
    }

    /// <summary>Events are held back one by one, or all of them.</summary>
    public bool DelaysWatches { get { lock (_gate) return _watchDelay > TimeSpan.Zero || _silence is not null; } }

    public void DelayWatchEvents(TimeSpan delay) { lock (_gate) _watchDelay = delay; }

    /// <summary>From now on requests are taken but nothing is answered, as behind a broken network.</summary>
    public void FallSilent() { lock (_gate) _silence ??= new(TaskCreationOptions.RunContinuationsAsynchronously); }

    public void Speak()
    {
        lock (_gate)
        {
            _silence?.TrySetResult();
            _silence = null;
        }
    }

    public bool IsSilent { get { lock (_gate) return _silence is not null; } }

    public async Task BeforeAnswerAsync(CancellationToken stop)
    {
        Task? silence;
        TimeSpan latency;
        lock (_gate) (silence, latency) = (_silence?.Task, _latency);
        if (silence is not null) await silence.WaitAsync(stop);
        if (latency > TimeSpan.Zero) await Task.Delay(latency, clock.Time, stop);
    }

    public async Task BeforeWatchEventAsync(CancellationToken stop)
    {
        Task? silence;
        TimeSpan delay;
        lock (_gate) (silence, delay) = (_silence?.Task, _watchDelay);
        if (silence is not null) await silence.WaitAsync(stop);
        if (delay > TimeSpan.Zero) await Task.Delay(delay, clock.Time, stop);
    }
}
