using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Portal.Workers;
using Sluice.Testing;
using Xunit;

namespace Sluice.Portal.Tests.Workers;

public sealed class LeadershipTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task RunAsync_OnTwoReplicas_OneLeadsUntilItStops()
    {
        await using var here = new PortalHost(database.ConnectionString);
        await using var there = new PortalHost(database.ConnectionString);
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        var leads = new bool[2];
        var first = here.Services.GetRequiredService<Leadership>().RunAsync("test", Work(0), stopFirst.Token);
        await Until.TrueAsync(() => leads[0], "the first to lead");

        var second = there.Services.GetRequiredService<Leadership>().RunAsync("test", Work(1), stopSecond.Token);
        var other = there.Services.GetRequiredService<Leadership>().RunAsync("another work", Work(1), stopSecond.Token);
        await Until.TrueAsync(() => leads[1], "the second to lead the other work");
        leads[1] = false;
        leads[0].ShouldBeTrue();
        await stopFirst.CancelAsync();
        await first;

        leads[0].ShouldBeFalse();
        await Until.TrueAsync(() => leads[1], "the second to take over");
        await stopSecond.CancelAsync();
        await Task.WhenAll(second, other);

        Func<CancellationToken, Task> Work(int replica) => async token =>
        {
            leads[replica] = true;
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            leads[replica] = false;
        };
    }

    [Fact]
    public async Task RunAsync_ConnectionEnds_StopsTheWorkAndLeadsAgain()
    {
        await using var host = new PortalHost(database.ConnectionString);
        using var stop = new CancellationTokenSource();
        var (begun, ended) = (0, 0);
        var running = host.Services.GetRequiredService<Leadership>().RunAsync("cut", async token =>
        {
            Interlocked.Increment(ref begun);
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Increment(ref ended);
        }, stop.Token);
        await Until.TrueAsync(() => begun == 1, "the first lead");

        await using var cut = database.Source.CreateCommand("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
        await cut.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await Until.TrueAsync(() => begun == 2 && ended == 1, "the second lead, after the end of the first");
        await stop.CancelAsync();
        await running;
        ended.ShouldBe(2);
    }
}
