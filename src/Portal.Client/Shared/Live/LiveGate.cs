namespace Sluice.Portal.Client.Shared.Live;

/// <summary>
/// How much news one browser page can use now. A page that is looked at takes all; a hidden one a look every half minute, and the newest as soon as it is shown;
/// one whose browser is away nothing, until it is back. What feeds a page asks for its turn before it takes the next news, so that it always takes the newest.
/// </summary>
public sealed class LiveGate(TimeProvider time)
{
    /// <summary>How often a hidden page is kept up to date: often enough to be near the truth when it is shown, seldom enough to cost next to nothing.</summary>
    public static readonly TimeSpan HiddenEvery = TimeSpan.FromSeconds(30);

    /// <summary>How often moves what is no news of a row: counts, ages, what stopped being marked. Together, because each time costs the browser a frame of the whole page.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);

    private readonly long _began = time.GetTimestamp();
    private readonly Lock _lock = new();
    private TaskCompletionSource _opened = Opened();
    private bool _visible = true;
    private bool _connected = true;

    /// <summary>True while the page is on screen, as its browser says.</summary>
    public bool Visible => Volatile.Read(ref _visible);

    /// <summary>False while the page's connection is down and its circuit waits for it.</summary>
    public bool Connected => Volatile.Read(ref _connected);

    /// <summary>True while all news are wanted.</summary>
    public bool Open => Visible && Connected;

    /// <summary>How long it is until the page's next beat; the same moment for all its parts, another one for each page.</summary>
    public TimeSpan ToBeat() => TimeSpan.FromTicks(Beat.Ticks - (time.GetElapsedTime(_began).Ticks % Beat.Ticks));

    public void SetVisible(bool visible) => Set(visible, null);

    public void SetConnected(bool connected) => Set(null, connected);

    /// <summary>Completes when the page may be changed.</summary>
    public Task TurnAsync(CancellationToken cancellationToken)
    {
        Task opened;
        lock (_lock)
        {
            if (_visible && _connected) return Task.CompletedTask;
            opened = _opened.Task;
        }

        return WaitAsync(opened, cancellationToken);
    }

    private async Task WaitAsync(Task opened, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var pause = Task.Delay(HiddenEvery, time, enough.Token);
            var first = await Task.WhenAny(opened, pause);
            await enough.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (first == opened || Connected) return;
        }
    }

    private void Set(bool? visible, bool? connected)
    {
        TaskCompletionSource? opened = null;
        lock (_lock)
        {
            var was = _visible && _connected;
            (_visible, _connected) = (visible ?? _visible, connected ?? _connected);
            var isNow = _visible && _connected;
            if (was == isNow) return;
            if (isNow) opened = _opened;
            else _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        opened?.TrySetResult();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }
}
