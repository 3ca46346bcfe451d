using System.Diagnostics;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

public sealed class RequestPaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wait_MoreThanTheReserve_IsHeldBackToTwentyASecond()
    {
        using var pace = new RequestPace(TimeProvider.System);
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 52).Select(_ => pace.WaitAsync(change: false, Token)));
        // Twelve beyond the reserve of forty.
        Stopwatch.GetElapsedTime(begun).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(590));
    }

    [Fact]
    public async Task Wait_ChangeBehindReads_GoesFirst()
    {
        using var pace = new RequestPace(TimeProvider.System);
        for (var i = 0; i < 40; i++) await pace.WaitAsync(change: false, Token);
        var reads = Enumerable.Range(0, 8).Select(_ => pace.WaitAsync(change: false, Token)).ToList();
        var change = pace.WaitAsync(change: true, Token);
        await change;
        reads[^1].IsCompleted.ShouldBeFalse();
        await Task.WhenAll(reads);
    }

    [Fact]
    public async Task Wait_Cancelled_LeavesItsPlaceToOthers()
    {
        using var pace = new RequestPace(TimeProvider.System);
        for (var i = 0; i < 40; i++) await pace.WaitAsync(change: false, Token);
        using var stop = new CancellationTokenSource();
        var given = Enumerable.Range(0, 100).Select(_ => pace.WaitAsync(change: true, stop.Token)).ToList();
        var read = pace.WaitAsync(change: false, Token);
        await stop.CancelAsync();
        await Until.TrueAsync(() => given.All(g => g.IsCompleted), "the others to give up");
        await read.WaitAsync(TimeSpan.FromSeconds(2), Token);
    }
}
