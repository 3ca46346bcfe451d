using Sluice.Simulator.Core;

namespace Sluice.Simulator.ApiServer;

/// <summary>What is broken about a cluster's API server at the moment; set by the control endpoint.</summary>
internal sealed class Faults(SimClock clock)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _silence;
    private TimeSpan _watchDelay;
    private int _watchGeneration;

    /// <summary>Changes when all running watches have to end.</summary>
    public int WatchGeneration => Volatile.Read(ref _watchGeneration);

    public bool WebhookDown { get; set; }

    /// <summary>Answer the next lists and watches of a known version with 410 over HTTP instead of as an event.</summary>
    public bool PlainGone { get; set; }

    public void EndWatches() => Interlocked.Increment(ref _watchGeneration);

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
        lock (_gate) silence = _silence?.Task;
        if (silence is null) return;
        await silence.WaitAsync(stop);
    }

    public async Task BeforeWatchEventAsync(CancellationToken stop)
    {
        await BeforeAnswerAsync(stop);
        TimeSpan delay;
        lock (_gate) delay = _watchDelay;
        if (delay > TimeSpan.Zero) await Task.Delay(delay, clock.Time, stop);
    }
}
