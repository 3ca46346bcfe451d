using Shouldly;
using Sluice.Portal.Client.Shared.Live;
using Xunit;

namespace Sluice.Portal.Client.Tests.Shared;

public sealed class LiveGateTests
{
    private readonly ManualClock _clock = new();
    private readonly LiveGate _gate;

    public LiveGateTests() => _gate = new LiveGate(_clock);

    [Fact]
    public void Turn_OfAPageOnScreen_IsAtOnce() => _gate.TurnAsync(Token).IsCompleted.ShouldBeTrue();

    [Fact]
    public async Task Turn_OfAHiddenPage_IsSeldom_AndAtOnceWhenItIsShown()
    {
        _gate.SetVisible(false);
        var turn = _gate.TurnAsync(Token);
        _clock.Advance(LiveGate.HiddenEvery - TimeSpan.FromSeconds(1));
        turn.IsCompleted.ShouldBeFalse();

        _clock.Advance(TimeSpan.FromSeconds(2));
        await turn.WaitAsync(TimeSpan.FromSeconds(30), Token);

        var next = _gate.TurnAsync(Token);
        next.IsCompleted.ShouldBeFalse();
        _gate.SetVisible(true);
        await next.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task Turn_WhileTheBrowserIsAway_ComesOnlyWhenItIsBack()
    {
        _gate.SetConnected(false);
        var turn = _gate.TurnAsync(Token);
        for (var i = 0; i < 5; i++) _clock.Advance(LiveGate.HiddenEvery * 2);
        turn.IsCompleted.ShouldBeFalse();

        _gate.SetConnected(true);

        await turn.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task Turn_OfAPageThatIsLeft_IsCancelled()
    {
        using var left = new CancellationTokenSource();
        _gate.SetVisible(false);
        var turn = _gate.TurnAsync(left.Token);

        await left.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => turn.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Timers that are due when the test says how much time passed.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private readonly List<Timer> _timers = [];
        private TimeSpan _now;

        public void Advance(TimeSpan by)
        {
            _now += by;
            Timer[] due;
            lock (_timers)
            {
                due = [.. _timers.Where(timer => timer.Due <= _now)];
                _timers.RemoveAll(timer => timer.Due <= _now);
            }

            foreach (var timer in due) timer.Run();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(this, () => callback(state), _now + dueTime);
            lock (_timers) _timers.Add(timer);
            return timer;
        }

        private sealed class Timer(ManualClock clock, Action run, TimeSpan due) : ITimer
        {
            public TimeSpan Due => due;

            public void Run() => run();

            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose()
            {
                lock (clock._timers) clock._timers.Remove(this);
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
