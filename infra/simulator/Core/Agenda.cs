namespace Sluice.Simulator.Core;

/// <summary>
/// One queue of future events for a whole cluster: at 20,000 pipelines a timer each would be the largest thing in the process.
/// Events run one after another under the cluster's lock, so the simulated world needs no locks of its own.
/// </summary>
internal sealed class Agenda(SimClock clock, object gate, ILogger logger) : IAsyncDisposable
{
    private readonly PriorityQueue<Action, (DateTimeOffset Due, long Order)> _queue = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _order;

    public void Start()
    {
        clock.Changed += Wake;
        _loop = Task.Run(RunAsync);
    }

    public void After(TimeSpan delay, Action action) => At(clock.Now + clock.Scale(delay), action);

    public void At(DateTimeOffset due, Action action)
    {
        lock (gate)
        {
            var first = !_queue.TryPeek(out _, out var head) || due < head.Due;
            _queue.Enqueue(action, (due, _order++));
            if (first) Wake();
        }
    }

    /// <summary>Moves everything that is still to come, when the clock was moved.</summary>
    public void Shift(TimeSpan by)
    {
        lock (gate)
        {
            var moved = _queue.UnorderedItems.Select(i => (i.Element, (i.Priority.Due + by, i.Priority.Order))).ToList();
            _queue.Clear();
            _queue.EnqueueRange(moved);
        }
    }

    /// <summary>Lives through a stretch of time at once, event by event, with the clock held at each; before <see cref="Start"/> only.</summary>
    public void LiveThrough(DateTimeOffset until)
    {
        lock (gate)
        {
            while (_queue.TryPeek(out var action, out var head) && head.Due <= until)
            {
                _queue.Dequeue();
                if (head.Due > clock.Now) clock.Freeze(head.Due);
                action();
            }
            clock.Freeze(until);
        }
    }

    public async ValueTask DisposeAsync()
    {
        clock.Changed -= Wake;
        await _stop.CancelAsync();
        Wake();
        await _loop;
        _stop.Dispose();
        _signal.Dispose();
    }

    private void Wake()
    {
        if (_signal.CurrentCount == 0) _signal.Release();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var wait = RunDue();
            await _signal.WaitAsync(wait, CancellationToken.None);
        }
    }

    private TimeSpan RunDue()
    {
        while (!_stop.IsCancellationRequested)
        {
            lock (gate)
            {
                if (!_queue.TryPeek(out var action, out var head)) return TimeSpan.FromSeconds(5);
                var wait = head.Due - clock.Now;
                if (wait > TimeSpan.Zero) return wait < TimeSpan.FromSeconds(5) ? wait : TimeSpan.FromSeconds(5);
                _queue.Dequeue();
                try { action(); }
                // One broken pipeline must not stop the whole simulated cluster; the log says which.
                catch (Exception exception) { logger.LogError(exception, "An event of the simulated cluster failed."); }
            }
        }
        return TimeSpan.Zero;
    }
}
