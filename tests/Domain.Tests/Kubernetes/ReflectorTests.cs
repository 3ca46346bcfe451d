using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>The faults that a watch meets in production, one test each. After every one of them the copy has to equal what the server has.</summary>
public sealed class ReflectorTests : IAsyncLifetime
{
    private FakeApiServer _server = null!;
    private KubernetesApi _api = null!;
    private Reflector<Record> _reflector = null!;

    private sealed record Record(ObjectKey ObjectKey, string Uid, string ResourceVersion, int Parallelism) : IKubernetesRecord
    {
        public static Record? Read(JsonElement item)
        {
            var metadata = item.GetProperty("metadata");
            if (metadata.GetProperty("name").GetString() == "poison") throw new InvalidOperationException("cannot be read");
            return new Record(
                new ObjectKey(metadata.GetProperty("namespace").GetString()!, metadata.GetProperty("name").GetString()!),
                metadata.GetProperty("uid").GetString()!,
                metadata.GetProperty("resourceVersion").GetString()!,
                item.GetProperty("spec").GetProperty("job").GetProperty("parallelism").GetInt32());
        }
    }

    private static ReflectorOptions Fast => new()
    {
        BackOff = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200)),
        Probe = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100)),
        StaleAfter = TimeSpan.FromMilliseconds(150),
        ConfirmAfter = TimeSpan.FromMilliseconds(50),
        ShortWatch = TimeSpan.FromMilliseconds(5),
    };

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _api = _server.Connect();
        _server.Put("a");
        _server.Put("b");
    }

    public async ValueTask DisposeAsync()
    {
        if (_reflector is not null) await _reflector.DisposeAsync();
        _api.Dispose();
        await _server.DisposeAsync();
    }

    private async Task StartAsync(ReflectorOptions? options = null, bool synced = true)
    {
        _reflector = new Reflector<Record>(_api, KubernetesResource.FlinkDeployments, null, Record.Read, options ?? Fast);
        _reflector.Start();
        if (!synced) return;
        await PhaseAsync(ReflectorPhase.Synced);
        await _server.WatchedAsync();
    }

    private Task PhaseAsync(ReflectorPhase phase) => Until.TrueAsync(() => _reflector.Current.State.Phase == phase, () => $"{phase}; it is {_reflector.Current.State}", TimeSpan.FromSeconds(5));

    private Task HasAsync(string name, int parallelism) => Until.TrueAsync(() => Find(name)?.Parallelism == parallelism, () => $"{name} with {parallelism}; it is {Find(name)}, {_reflector.Current.State}", TimeSpan.FromSeconds(5));

    private Task GoneAsync(string name) => Until.TrueAsync(() => Find(name) is null, $"{name} to be gone", TimeSpan.FromSeconds(5));

    private Record? Find(string name) => _reflector.Current.Items.GetValueOrDefault(new ObjectKey("team", name));

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

    [Fact]
    public async Task State_ServerGone_IsStaleWithItsAgeAndKeepsTheRecords()
    {
        await StartAsync();
        _server.Override = context => { context.Abort(); return Task.FromResult(true); };
        _server.CutWatches();
        await PhaseAsync(ReflectorPhase.Stale);
        _reflector.Current.Items.Count.ShouldBe(2);
        _reflector.Current.State.AsOf.ShouldNotBeNull();
        _reflector.Current.State.Why!.ShouldContain("fake");
        _server.Override = null;
        await PhaseAsync(ReflectorPhase.Synced);
        _server.Lists.ShouldBe(1);
    }

    [Fact]
    public async Task State_PermissionTakenAway_HidesTheRecordsUntilItIsBack()
    {
        await StartAsync();
        _server.Override = async context => { await FakeApiServer.StatusAsync(context, 403, "Forbidden", "cannot watch"); return true; };
        _server.EndWatches();
        await PhaseAsync(ReflectorPhase.Denied);
        _reflector.Current.Items.ShouldBeEmpty();
        _server.Override = null;
        await PhaseAsync(ReflectorPhase.Synced);
        _reflector.Current.Items.Count.ShouldBe(2);
    }

    [Fact]
    public async Task State_KindInstalledLater_IsFoundWithoutARestart()
    {
        _server.Override = async context => { context.Response.StatusCode = 404; context.Response.ContentType = "text/plain"; await context.Response.WriteAsync("404 page not found\n"); return true; };
        await StartAsync(synced: false);
        await PhaseAsync(ReflectorPhase.NotServed);
        _server.Override = null;
        await PhaseAsync(ReflectorPhase.Synced);
        _reflector.Current.Items.Count.ShouldBe(2);
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

    [Fact]
    public async Task Changes_SlowConsumer_GetsTheNewestOnceAndHoldsNobodyUp()
    {
        await StartAsync();
        await using var changes = _reflector.ChangesAsync(CancellationToken.None).GetAsyncEnumerator();
        (await changes.MoveNextAsync()).ShouldBeTrue();
        changes.Current.Changed.Count.ShouldBe(2);
        for (var i = 1; i <= 300; i++) _server.Put("a", i);
        await HasAsync("a", 300);
        (await changes.MoveNextAsync()).ShouldBeTrue();
        changes.Current.Changed.ShouldBe([new ObjectKey("team", "a")]);
        changes.Current.Snapshot.Items[new ObjectKey("team", "a")].Parallelism.ShouldBe(300);
    }

    [Fact]
    public async Task Dispose_InTheMiddleOfAWatch_EndsConsumersAndConnections()
    {
        await StartAsync();
        var consumer = Task.Run(async () =>
        {
            var count = 0;
            await foreach (var _ in _reflector.ChangesAsync(CancellationToken.None)) count++;
            return count;
        });
        await _reflector.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(1));
        (await consumer.WaitAsync(TimeSpan.FromSeconds(1))).ShouldBeGreaterThanOrEqualTo(0);
        await Until.TrueAsync(() => _server.OpenWatches == 0, "the connection to close");
        _reflector = null!;
    }

    [Fact]
    public async Task Model_RandomChangesAndFaults_EndWithTheServersOwnList()
    {
        await StartAsync();
        var random = new Random(20261121);
        for (var step = 0; step < 2_000; step++)
        {
            var name = $"m{random.Next(40)}";
            switch (random.Next(100))
            {
                case < 60: _server.Put(name, step, newUid: random.Next(10) == 0); break;
                case < 90: if (_server.Has(name)) _server.Delete(name); break;
                case < 94: _server.EndWatches(); break;
                case < 97: _server.CutWatches(); break;
                case < 98: _server.Compact(); break;
                default: _server.Bookmark(); break;
            }

            if (step % 50 == 0) await Task.Delay(1);
        }

        await Until.TrueAsync(() => _reflector.Current.Items.Values.Select(r => $"{r.ObjectKey.Name} {r.Uid} {r.Parallelism}").Order(StringComparer.Ordinal).SequenceEqual(_server.Describe()), "the copy to equal the server's list", TimeSpan.FromSeconds(10));
    }
}
