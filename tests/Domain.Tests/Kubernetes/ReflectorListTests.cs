using Shouldly;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>Lists: pages, versions that the server does not keep any more, and a server that went back in time.</summary>
public sealed class ReflectorListTests : ReflectorTest
{
    [Fact]
    public async Task List_ManyPages_IsReadToTheEnd()
    {
        for (var i = 0; i < 1203; i++) _server.Put($"p{i}");
        await StartAsync();
        _reflector.Current.Items.Count.ShouldBe(1205);
        _server.Requests.Count(r => r.Contains("continue=")).ShouldBe(2);
    }

    [Fact]
    public async Task List_PageTokenExpires_BeginsAnewAndLosesNothing()
    {
        for (var i = 0; i < 1203; i++) _server.Put($"p{i}");
        _server.Override = async context =>
        {
            if (context.Request.Query["continue"] != "1000") return false;
            await FakeApiServer.StatusAsync(context, 410, "Expired");
            return true;
        };
        await StartAsync();
        _reflector.Current.Items.Count.ShouldBe(1205);
        _server.Requests.Count(r => r.Contains("limit=500") && !r.Contains("continue")).ShouldBe(3);
        _server.Requests.Count(r => r.EndsWith(FakeApiServer.Path, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Watch_TooOldAsEvent_ListsOnce()
    {
        await StartAsync();
        _server.Silently(() => { _server.Put("a", 9); _server.Delete("b"); });
        _server.Compact();
        _server.EndWatches();
        await HasAsync("a", 9);
        Find("b").ShouldBeNull();
        await _server.WatchedAsync();
        _server.Lists.ShouldBe(2);
        _server.Requests.ShouldContain(r => r.Contains("resourceVersionMatch=NotOlderThan"));
        _server.Requests.ShouldNotContain(r => r.Contains("resourceVersion=0"));
    }

    [Fact]
    public async Task Watch_TooOldAsAnswer_ListsOnce()
    {
        await StartAsync();
        var gone = 0;
        _server.Override = async context =>
        {
            if (!context.Request.Query.ContainsKey("watch") || Interlocked.Increment(ref gone) > 1) return false;
            await FakeApiServer.StatusAsync(context, 410, "Expired");
            return true;
        };
        _server.EndWatches();
        await Until.TrueAsync(() => _reflector.Counters.Lists == 2, "the second list");
        await _server.WatchedAsync();
        _server.Lists.ShouldBe(2);
    }

    [Fact]
    public async Task Relist_VersionTooLarge_ListsWithoutVersion()
    {
        await StartAsync();
        _server.Silently(() => _server.Put("a", 3));
        _server.Restore(50);
        _server.Send("""{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}""" + "\n");
        await HasAsync("a", 3);
        Find("a")!.ResourceVersion.ShouldBe("50");
    }

    [Fact]
    public async Task Watch_ServerRestoredFromBackup_IsNoticed()
    {
        await StartAsync();
        _server.Silently(() => { _server.Put("a", 3); _server.Restore(50); });
        _server.CutWatches();
        await HasAsync("a", 3);
        Find("a")!.ResourceVersion.ShouldBe("50");
        await _server.WatchedAsync();
        _server.Put("a", 4);
        await HasAsync("a", 4);
    }

    [Fact]
    public async Task Watch_LowerBookmarkOfARestoredServer_IsNoticed()
    {
        await StartAsync();
        _server.Silently(() => { _server.Delete("b"); _server.Restore(50); });
        _server.Bookmark(50);
        await GoneAsync("b");
    }

    [Fact]
    public async Task Watch_DeletedAndRecreatedWhileAway_IsAnotherObject()
    {
        await StartAsync();
        var before = Find("a")!.Uid;
        _server.Silently(() => _server.Put("a", 2, newUid: true));
        _server.Compact();
        _server.EndWatches();
        await HasAsync("a", 2);
        Find("a")!.Uid.ShouldNotBe(before);
    }

    [Fact]
    public async Task Watch_ErrorEvent500ThreeTimes_ListsAnew()
    {
        await StartAsync();
        for (var i = 1; i <= 3; i++)
        {
            var watches = _reflector.Counters.Watches;
            await _server.WatchedAsync();
            _server.Send("""{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}}""" + "\n");
            await Until.TrueAsync(() => _reflector.Counters.Watches > watches, "the next watch");
        }

        _server.Lists.ShouldBe(2);
    }
}
