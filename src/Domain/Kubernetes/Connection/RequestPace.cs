namespace Sluice.Domain.Kubernetes;

/// <summary>
/// Holds requests back to so many a second, with a reserve for bursts, so that Sluice never is the load that brings a cluster down. Changes go before
/// reads: somebody waits for them.
/// </summary>
internal sealed class RequestPace : IDisposable
{
    private const double PerSecond = 20;
    private const double Burst = 40;
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly LinkedList<TaskCompletionSource> _changes = new();
    private readonly LinkedList<TaskCompletionSource> _reads = new();
    private double _left = Burst;
    private long _at;

    public RequestPace(TimeProvider time)
    {
        (_time, _at) = (time, time.GetTimestamp());
        _timer = time.CreateTimer(_ => Admit(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public async Task WaitAsync(bool change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var queue = change ? _changes : _reads;
        LinkedListNode<TaskCompletionSource> turn;
        lock (_lock)
        {
            Refill();
            if (_left >= 1 && _changes.Count == 0 && (change || _reads.Count == 0))
            {
                _left--;
                return;
            }

            turn = queue.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            Arm();
        }

        var stop = cancellationToken.Register(() =>
        {
            lock (_lock)
                if (turn.List is not null) queue.Remove(turn);
            turn.Value.TrySetCanceled(cancellationToken);
        });
        await using var _ = stop.ConfigureAwait(false);
        await turn.Value.Task.ConfigureAwait(false);
    }

    public void Dispose() => _timer.Dispose();

    private void Admit()
    {
        lock (_lock)
        {
            Refill();
            while (_left >= 1 && (_changes.First ?? _reads.First) is { } next)
            {
                next.List!.Remove(next);
                if (next.Value.TrySetResult()) _left--;
            }

            Arm();
        }
    }

    private void Refill()
    {
        var now = _time.GetTimestamp();
        _left = Math.Min(Burst, _left + (_time.GetElapsedTime(_at, now).TotalSeconds * PerSecond));
        _at = now;
    }

    private void Arm()
    {
        if (_changes.Count + _reads.Count == 0) return;
        // Rounded up: a timer that fires a moment early would find no whole request and be armed over and over.
        var wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((1 - _left) / PerSecond * 1000)));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
