using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>Watches that break, freeze, repeat themselves or talk nonsense.</summary>
public sealed class ReflectorWatchTests : ReflectorTest
{
    [Fact]
    public async Task Watch_Changes_AreApplied()
    {
        await StartAsync();
        _reflector.Current.Items.Count.ShouldBe(2);
        _server.Put("a", 4);
        _server.Put("c");
        _server.Delete("b");
        await GoneAsync("b");
        await HasAsync("a", 4);
        await HasAsync("c", 1);
    }

    [Fact]
    public async Task Watch_EndsCleanlyOverAndOver_ResumesWithoutAList()
    {
        await StartAsync();
        for (var i = 1; i <= 30; i++)
        {
            await _server.WatchedAsync();
            _server.Put("a", i);
            await HasAsync("a", i);
            _server.EndWatches();
            await Until.TrueAsync(() => _reflector.Counters.Watches > i, "the next watch");
        }

        _server.Lists.ShouldBe(1);
        _reflector.Counters.Failures.ShouldBe(0);
    }

    [Fact]
    public async Task Watch_EndsAtOnceOverAndOver_IsSlowedDown()
    {
        _server.Override = async context =>
        {
            if (!context.Request.Query.ContainsKey("watch")) return false;
            await context.Response.Body.FlushAsync();
            return true;
        };
        await StartAsync(Fast with { ShortWatch = TimeSpan.FromSeconds(1), BackOff = (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10)), Jitter = () => 1 }, synced: false);
        await Until.TrueAsync(() => _reflector.Counters.Failures >= 3, "three failures");
        await Task.Delay(100);
        _server.Watches.ShouldBeLessThan(6);
    }

    [Fact]
    public async Task Watch_Cut_ResumesAndKeepsTheVersion()
    {
        await StartAsync();
        _server.Send("""{"type":"MODIFIED","object":{"kind":"Flink""");
        _server.CutWatches();
        await Until.TrueAsync(() => _reflector.Counters.Failures == 1, "the cut");
        _server.Put("a", 7);
        await HasAsync("a", 7);
        _server.Lists.ShouldBe(1);
    }

    [Fact]
    public async Task Watch_EndsCleanlyInsideALine_IsTreatedAsCut()
    {
        await StartAsync();
        _server.Send("""{"type":"MODIFIED","object":{"kind":"Flink""");
        _server.EndWatches();
        await Until.TrueAsync(() => _reflector.Counters.Failures == 1, "the failure");
        _server.Put("a", 7);
        await HasAsync("a", 7);
        _server.Lists.ShouldBe(1);
    }

    [Fact]
    public async Task Watch_LineInManyPieces_IsPutTogether()
    {
        await StartAsync();
        var line = FakeApiServer.Line("MODIFIED", "a", "uid-1", 5000, 42);
        foreach (var c in line.Chunk(97)) _server.Send(new string(c));
        await HasAsync("a", 42);
    }

    [Fact]
    public async Task Watch_OldAndDoubleEvents_AreIgnored()
    {
        await StartAsync();
        _server.Put("a", 5);
        await HasAsync("a", 5);
        var current = Find("a")!;
        _server.Send(FakeApiServer.Line("MODIFIED", "a", current.Uid, 90, 1));
        _server.Send(FakeApiServer.Line("DELETED", "a", current.Uid, long.Parse(current.ResourceVersion, System.Globalization.CultureInfo.InvariantCulture), 1));
        _server.Put("b", 8);
        await HasAsync("b", 8);
        Find("a").ShouldBe(current);
        _reflector.Counters.Lists.ShouldBe(1);
    }

    [Theory]
    [InlineData("not json at all\n")]
    [InlineData("""{"type":"SURPRISE","object":{"kind":"FlinkDeployment"}}""" + "\n")]
    [InlineData("""{"type":"MODIFIED","object":{"kind":"Table","metadata":{"resourceVersion":"900"}}}""" + "\n")]
    [InlineData("""{"type":"MODIFIED","object":{"kind":"FlinkDeployment","metadata":{"name":"x"}}}""" + "\n")]
    public async Task Watch_UnreadableLines_AreSkippedAndThreeInARowListAnew(string line)
    {
        await StartAsync();
        _server.Send(line);
        _server.Put("a", 2);
        await HasAsync("a", 2);
        _reflector.Counters.Skipped.ShouldBe(1);
        _server.Lists.ShouldBe(1);
        _server.Send(line + line + line);
        await Until.TrueAsync(() => _server.Lists == 2, "the list");
    }

    [Fact]
    public async Task Watch_ObjectThatCannotBeDecoded_CostsOnlyItself()
    {
        await StartAsync();
        _server.Put("poison");
        _server.Put("a", 2);
        await HasAsync("a", 2);
        _server.Watches.ShouldBe(1);
    }

    [Fact]
    public async Task Watch_LineOverTheCap_IsPassedOverInBoundedMemory()
    {
        await StartAsync(Fast with { MaxLine = 100_000 });
        for (var i = 0; i < 20; i++) _server.Send(new string('x', 50_000));
        _server.Send("\n");
        _server.Put("a", 2);
        await HasAsync("a", 2);
        _reflector.Counters.Oversize.ShouldBe(1);
        _server.Lists.ShouldBe(1);
    }

    [Fact]
    public async Task Watch_SilentAfterABookmark_IsReopened()
    {
        await StartAsync(Fast with { IdleLimit = TimeSpan.FromMilliseconds(100) });
        _server.Bookmark();
        await Until.TrueAsync(() => _reflector.Counters.Watches >= 2, "the next watch");
    }

    [Fact]
    public async Task Watch_NeverEndedByAFrozenServer_IsGivenUp()
    {
        await StartAsync(Fast with { WatchFor = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50)), WatchSlack = TimeSpan.FromMilliseconds(50) });
        await Until.TrueAsync(() => _reflector.Counters.Watches >= 3, "further watches");
        _server.Lists.ShouldBe(1);
    }

    [Fact]
    public async Task Watch_Throttled_WaitsAsLongAsAsked()
    {
        await StartAsync();
        _server.Override = async context =>
        {
            if (!context.Request.Query.ContainsKey("watch")) return false;
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "1";
            await context.Response.WriteAsync("Too many requests, please try again later.");
            return true;
        };
        var before = _server.Watches;
        _server.EndWatches();
        await Until.TrueAsync(() => _server.Watches > before, "the refused watch");
        await Task.Delay(500);
        _server.Watches.ShouldBe(before + 1);
        _server.Override = null;
        _server.Put("a", 6);
        await HasAsync("a", 6);
    }
}
