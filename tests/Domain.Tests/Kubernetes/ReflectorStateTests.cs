using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>What the reflector says of itself, and what its consumers get.</summary>
public sealed class ReflectorStateTests : ReflectorTest
{
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
