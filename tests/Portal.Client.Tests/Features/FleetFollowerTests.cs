using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Testing;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class FleetFollowerTests : IDisposable
{
    private readonly FakeFleet _fleet = new();
    private readonly SemaphoreSlim _browser = new(1);
    private readonly CancellationTokenSource _stop = new();
    private FleetListModel _model = null!;
    private int _rows;
    private int _pages;

    [Fact]
    public async Task RunAsync_AChangeInView_IsDrawnAndOneOutOfViewIsNot()
    {
        // On this clock no second ever passes between two drawings, so that a busy machine does not decide what is drawn.
        Follow("/", new StoppedClock(), Some.Row("a"), Some.Row("b"), Some.Row("c"));
        await Until.TrueAsync(() => _pages == 1, "the first look");

        Publish(Some.Row("a", restarts: 1));
        await Until.TrueAsync(() => _rows == 1, "the row in view");
        Publish(Some.Row("c", restarts: 1));
        Publish(Some.Row("a", restarts: 2));
        await Until.TrueAsync(() => _rows >= 2 && _model.At(0, out _).Restarts == 2, "the row in view again");

        await Until.TrueAsync(() => _pages > 1, "the counts beside the rows");
        _rows.ShouldBe(2);
    }

    [Fact]
    public async Task RunAsync_ABrowserThatIsSlow_GetsTheNewestAndNeverAnOlderOne()
    {
        Follow("/", TimeProvider.System, Some.Row("a"), Some.Row("b"));
        await _browser.WaitAsync();
        for (var i = 1; i <= 500; i++) Publish(Some.Row("a", restarts: i));
        _browser.Release();

        var last = 0L;
        await Until.TrueAsync(() =>
        {
            var now = _model.At(0, out _).Restarts ?? 0;
            now.ShouldBeGreaterThanOrEqualTo(last);
            last = now;
            return now == 500;
        }, "the newest value");
        var newest = _model.Snapshot;
        _model.Apply(new FleetChange(newest with { Version = newest.Version - 5, Rows = newest.Rows.SetItem(Some.Key("a"), Some.Row("a", restarts: 3)) }, new HashSet<PipelineKey> { Some.Key("a") }, false), 0, 10, Some.Now).ShouldBeFalse();
        _model.At(0, out _).Restarts.ShouldBe(500);
    }

    [Fact]
    public async Task RunAsync_AClusterIsLost_IsDrawnAtOnce()
    {
        Follow("/", TimeProvider.System, Some.Row("a"));
        await Until.TrueAsync(() => _pages == 1, "the first look");

        var before = _fleet.Current;
        _fleet.Publish(new FleetChange(before with { Version = before.Version + 1, Clusters = before.Clusters.SetItem("eu-west-1", new ReflectorState(ReflectorPhase.Stale, Some.Now, "connection refused")) }, new HashSet<PipelineKey>(), true));

        await Until.TrueAsync(() => _pages > 1, "the banner");
        _model.Unreachable().ShouldHaveSingleItem().Name.ShouldBe("eu-west-1");
    }

    [Fact]
    public void Apply_AClusterThatWasNeverReached_DoesNotMoveRowsForEver()
    {
        var fleet = Some.Fleet(Some.Row("a"), Some.Row("b"));
        fleet = fleet with { Clusters = fleet.Clusters.Add("west", new ReflectorState(ReflectorPhase.Starting, null, "connection refused")) };
        var model = new FleetListModel(fleet, FleetUrlState.Default);

        model.Apply(Some.Change(fleet, Some.Row("b", HealthState.Failed)), 0, 10, Some.Now);

        model.Loading.ShouldBeFalse();
        model.At(0, out _).Key.Name.ShouldBe("a");
        model.Moved.ShouldBe(1);
        model.Unreachable().ShouldHaveSingleItem().Name.ShouldBe("west");
    }

    [Fact]
    public void Apply_WhileReading_PlacesRowsOnceASecondAtMost()
    {
        var fleet = Some.Fleet(ReflectorPhase.Listing, Some.Row("b"));
        var model = new FleetListModel(fleet, FleetUrlState.Default);
        var next = Some.Change(fleet, Some.Row("a"));
        model.Apply(next, 0, 10, Some.Now);
        model.Length.ShouldBe(2);

        var after = Some.Change(next.Snapshot, Some.Row("c"));
        model.Apply(after, 0, 10, Some.Now.AddMilliseconds(100));
        model.Length.ShouldBe(2);
        (model.Moved, model.Unsettled).ShouldBe((0, true));

        model.Settle(Some.Now.AddSeconds(2));
        model.Length.ShouldBe(3);
        model.Unsettled.ShouldBeFalse();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _browser.Dispose();
    }

    private void Follow(string url, TimeProvider time, params PipelineRow[] rows)
    {
        _fleet.Set(Some.Fleet(rows));
        _model = new FleetListModel(_fleet.Current, FleetUrlState.Parse(url));
        var follower = new FleetFollower(_fleet, _model, time, new FleetView(_ => Task.CompletedTask, InvokeAsync, () => (0, 1), () => TimeSpan.FromMilliseconds(200), () => _rows++, () => _pages++));
        _ = follower.RunAsync(_stop.Token);
    }

    private async Task InvokeAsync(Action step)
    {
        await _browser.WaitAsync(_stop.Token);
        step();
        _browser.Release();
    }

    private void Publish(params PipelineRow[] rows) => _fleet.Publish(Some.Change(_fleet.Current, rows));

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
