using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Bulk;

/// <summary>The leader is killed after every write of its own, and before and after every operation it starts. Its successor must come to the same account, with no operation twice.</summary>
public sealed class BulkCrashTests
{
    private static readonly BulkOrder Order = new()
    {
        Kind = OperationKind.Restart,
        Waves = new BulkWaves { Canary = 1, Size = 4, PerCluster = 2, PerTeam = 100 },
        Halt = new BulkHaltRules { FailedInWavePercent = null, Failed = 1, Health = new BulkHealthRule { After = TimeSpan.Zero, Most = 100 } },
    };

    [Fact]
    public async Task Leader_KilledAnywhere_EndsWithTheSameAccount()
    {
        var calm = new BulkWorld(12);
        var expected = await FinishAsync(calm, await calm.CreateAsync(Order));

        var kills = Enumerable.Range(1, calm.Store.Writes).Select(w => ("write", w))
            .Concat(Enumerable.Range(1, calm.Operations.Started.Count).SelectMany(s => new[] { ("before", s), ("after", s) })).ToList();
        kills.Count.ShouldBeGreaterThan(40);
        foreach (var (where, number) in kills)
        {
            var world = new BulkWorld(12);
            var id = await world.CreateAsync(Order);
            var (killed, asked) = (false, 0);
            void Die(bool here)
            {
                if (!here || killed) return;
                killed = true;
                throw new OperationCanceledException();
            }

            world.Store.AfterWrite = n => Die(where == "write" && n == number);
            world.Operations.Before = _ => Die(where == "before" && Interlocked.Increment(ref asked) == number);
            world.Operations.After = n => Die(where == "after" && n == number);

            var account = await FinishAsync(world, id);

            killed.ShouldBeTrue($"not killed {where} {number}");
            account.ShouldBe(expected, $"killed {where} {number}");
            world.Operations.All.Count.ShouldBe(12, $"killed {where} {number}");
        }
    }

    [Fact]
    public async Task TwoLeaders_AtOnce_StartEachOnce()
    {
        // The one that took the run last is the leader; the other one still acts until it notices.
        var world = new BulkWorld(40, 4);
        var id = await world.CreateAsync(Order with { Waves = new BulkWaves { Canary = 0, Size = 40, PerCluster = 100, PerTeam = 100 }, Halt = new BulkHaltRules() });
        var old = (await world.Store.TakeAsync(id, BulkWorld.Token))!.Fence;
        long taken = 0;
        var successor = Task.CompletedTask;
        world.Operations.Before = _ =>
        {
            // Taken over in the middle of a batch: the old one has recorded it, and both start it.
            if (Interlocked.CompareExchange(ref taken, 1, 0) == 0) successor = world.AdvanceAsync(id);
        };

        await Should.ThrowAsync<FencedOutException>(async () =>
        {
            while (true) await new BulkEngine(world.Store, world.Starter, world.Fleet, world.Time).AdvanceAsync(id, old, BulkWorld.Token);
        });
        await successor;
        world.Operations.Before = null;
        await world.RunAsync(id);

        world.Operations.Started.Count.ShouldBe(40);
        world.Operations.Started.Distinct().Count().ShouldBe(40);
        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
    }

    /// <summary>Successor after successor, until the run is finished; a halt is answered by resuming, the end by one retry of the failed.</summary>
    private static async Task<string> FinishAsync(BulkWorld world, Guid id)
    {
        static bool Bad(PipelineKey key) => key.Name is "p004" or "p007" or "p010";
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await world.RunAsync(id, Bad);
            }
            catch (OperationCanceledException)
            {
                continue;
            }

            if (world.Store.Run(id).State == BulkState.Finished) break;
            if (world.Store.Run(id).State == BulkState.Halted) await world.Service.ResumeAsync(id, BulkWorld.Me, BulkWorld.Token);
        }

        return $"{world.Store.Run(id).State}: " + string.Join(" ", world.Store.Items(id).Select(i => $"{i.Pipeline.Name}={i.State}{(i.Excused ? "*" : "")}"));
    }
}
