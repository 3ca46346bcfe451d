using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Bulk;

public sealed class BulkEngineTests
{
    private static readonly BulkOrder Restart = new() { Kind = OperationKind.Restart, Waves = new BulkWaves { Canary = 1, Size = 4, PerCluster = 2, PerTeam = 100 } };

    [Fact]
    public async Task Run_AllSucceed_FinishesWithEachOnce()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart);

        await world.RunAsync(id);

        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
        world.Store.Items(id).ShouldAllBe(i => i.State == BulkItemState.Succeeded);
        world.Operations.Started.Count.ShouldBe(10);
        world.Operations.Started.Distinct().Count().ShouldBe(10);
    }

    [Fact]
    public async Task Canary_WhileItRuns_GoesAlone()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart);

        await world.AdvanceAsync(id);

        world.Operations.Running.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Wave_AtWork_KeepsTheLimitsOfClusterAndTeam()
    {
        var world = new BulkWorld(clusters: 1);
        var id = await world.CreateAsync(Restart with { Waves = Restart.Waves with { Canary = 0 } });

        await world.AdvanceAsync(id);
        world.Operations.Running.Count().ShouldBe(2);

        var teams = await new BulkWorld().CreatedAsync(Restart with { Waves = new BulkWaves { Canary = 0, Size = 10, PerCluster = 10, PerTeam = 3 } });
        teams.Operations.Running.Count().ShouldBe(3);
    }

    [Fact]
    public async Task Run_WhenAFreezeWindowBegins_HaltsWithItsReasonAndResumesWithAll()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart);
        world.Operations.Before = _ => throw new OperationRefusedException("The freeze window Holidays applies.") { Rule = GuardRule.Freeze };

        await world.AdvanceAsync(id);

        world.Store.Run(id).State.ShouldBe(BulkState.Halted);
        world.Store.Run(id).Message.ShouldContain("The freeze window Holidays applies.");
        world.Store.Items(id).ShouldAllBe(i => i.State == BulkItemState.Pending && i.OperationId == null);
        world.Operations.Before = null;
        await world.Service.ResumeAsync(id, BulkWorld.Me, BulkWorld.Token);
        await world.RunAsync(id);
        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
        world.Operations.Started.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Item_WhoseOperationWaitsForApproval_KeepsItsWaveOpenAndTakesNobodysPlace()
    {
        var world = new BulkWorld(clusters: 1);
        var id = await world.CreateAsync(Restart with { Waves = Restart.Waves with { Canary = 0 } });
        await world.AdvanceAsync(id);
        foreach (var operation in world.Operations.Running.ToList()) world.Operations.All[operation.Id] = operation with { State = OperationState.AwaitingApproval, Message = "Waits for somebody else." };

        await world.AdvanceAsync(id);

        world.Store.Items(id).Count(i => i.State == BulkItemState.Running && i.Message == "Waits for somebody else.").ShouldBe(2);
        world.Operations.Started.Count.ShouldBe(4);
        world.Store.Run(id).State.ShouldBe(BulkState.Running);
        world.Operations.EndAll();
        await world.RunAsync(id);
        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
    }

    [Fact]
    public async Task Canary_Failed_HaltsAndNothingElseBegins()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart with { Halt = new BulkHaltRules { FailedInWavePercent = null } });

        await world.RunAsync(id, _ => true);

        world.Store.Run(id).State.ShouldBe(BulkState.Halted);
        world.Store.Run(id).Message.ShouldBe("1 of 1 of the canary failed.");
        world.Operations.Started.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Resume_AfterFailures_GoesOnWithoutThem()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart with { Halt = new BulkHaltRules { FailedInWavePercent = null, Failed = 2 } });
        bool Bad(PipelineKey key) => key.Name is "p000" or "p003" or "p005" or "p006";

        await world.RunAsync(id, Bad);
        while (world.Store.Run(id).State == BulkState.Halted)
        {
            await world.Service.ResumeAsync(id, BulkWorld.Me, BulkWorld.Token);
            await world.RunAsync(id, Bad);
        }

        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
        world.Store.Items(id).Where(i => i.State == BulkItemState.Failed).Select(i => i.Pipeline.Name).Order().ShouldBe(["p000", "p003", "p005", "p006"]);
        world.Store.Items(id).Count(i => i.State == BulkItemState.Succeeded).ShouldBe(6);
        world.Operations.Started.Count.ShouldBe(10);
    }

    [Fact]
    public async Task RetryFailed_OfAFinishedRun_DoesThoseAgainWithNewOperations()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart with { Waves = Restart.Waves with { Canary = 0 }, Halt = new BulkHaltRules { FailedInWavePercent = null } });
        await world.RunAsync(id, k => k.Name is "p002" or "p009");
        world.Store.Run(id).State.ShouldBe(BulkState.Finished);

        await world.Service.RetryFailedAsync(id, BulkWorld.Me, BulkWorld.Token);
        await world.RunAsync(id);

        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
        world.Store.Items(id).ShouldAllBe(i => i.State == BulkItemState.Succeeded);
        world.Operations.Started.GroupBy(k => k).Where(g => g.Count() == 2).Select(g => g.Key.Name).Order().ShouldBe(["p002", "p009"]);
        await Should.ThrowAsync<BulkRefusedException>(() => world.Service.RetryFailedAsync(id, BulkWorld.Me, BulkWorld.Token));
    }

    [Fact]
    public async Task RetryFailed_OfAHaltedCanary_ComesBeforeTheNextWave()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart);
        await world.RunAsync(id, _ => true);

        await world.Service.RetryFailedAsync(id, BulkWorld.Me, BulkWorld.Token);
        await world.AdvanceAsync(id);

        world.Operations.Running.ShouldHaveSingleItem().Pipeline.ShouldBe(world.Operations.Started[0]);
    }

    [Fact]
    public async Task Pause_BetweenWaves_IsWaited()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart with { Waves = Restart.Waves with { Pause = TimeSpan.FromMinutes(5) } });
        await world.RunAsync(id);
        world.Operations.Started.Count.ShouldBe(1);

        world.Time.Advance(TimeSpan.FromMinutes(4.9));
        await world.RunAsync(id);
        world.Operations.Started.Count.ShouldBe(1);

        world.Time.Advance(TimeSpan.FromMinutes(0.2));
        await world.RunAsync(id);
        world.Operations.Started.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Health_TooManyUnwellAfterAWave_HaltsAndResumeGoesOn()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart with { Halt = new BulkHaltRules { Health = new BulkHealthRule { After = TimeSpan.FromSeconds(30), Most = 0 } } });
        await world.RunAsync(id);
        world.Store.Run(id).State.ShouldBe(BulkState.Running);
        world.Put(BulkWorld.Row(world.Operations.Started[0], HealthState.Degraded));

        world.Time.Advance(TimeSpan.FromSeconds(31));
        await world.RunAsync(id);
        world.Store.Run(id).State.ShouldBe(BulkState.Halted);
        world.Store.Run(id).Message.ShouldContain("1 of 1 of its pipelines are not well (1 degraded)");

        await world.Service.ResumeAsync(id, BulkWorld.Me, BulkWorld.Token);
        await world.RunAsync(id);
        world.Operations.Started.Count.ShouldBe(5);
    }

    [Fact]
    public async Task Health_BeforeTheClusterIsRead_Waits()
    {
        var world = new BulkWorld(clusters: 1);
        var id = await world.CreateAsync(Restart with { Halt = new BulkHaltRules { Health = new BulkHealthRule { After = TimeSpan.Zero, Most = 0 } } });
        world.Fleet.Current = world.Fleet.Current with { Rows = world.Fleet.Current.Rows.Clear(), Clusters = world.Fleet.Current.Clusters.SetItem("cluster-0", new ReflectorState(ReflectorPhase.Listing, null)) };

        await world.RunAsync(id);

        world.Store.Run(id).State.ShouldBe(BulkState.Running);
        world.Store.Run(id).Message.ShouldContain("cluster-0 has been read");
        world.Operations.Started.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Cancel_InTheMiddle_SkipsTheRestAndFollowsWhatRuns()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart);
        await world.AdvanceAsync(id);

        await world.Service.CancelAsync(id, BulkWorld.Me, BulkWorld.Token);
        await world.RunAsync(id);

        world.Store.Run(id).State.ShouldBe(BulkState.Cancelled);
        world.Store.Items(id).Count(i => i.State == BulkItemState.Succeeded).ShouldBe(1);
        world.Store.Items(id).Count(i => i.State == BulkItemState.Skipped).ShouldBe(9);
    }

    [Fact]
    public async Task Halt_InTheMiddle_BeginsNothingMore()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart with { Waves = Restart.Waves with { Canary = 0 } });
        await world.AdvanceAsync(id);
        var begun = world.Operations.Started.Count;

        await world.Service.HaltAsync(id, BulkWorld.Me, BulkWorld.Token);
        await world.RunAsync(id);

        world.Operations.Started.Count.ShouldBe(begun);
        world.Store.Items(id).ShouldNotContain(i => i.State == BulkItemState.Running);
    }

    [Fact]
    public async Task Waiting_Operation_CountsAsFailureUntilItEnds()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart with { Waves = Restart.Waves with { Canary = 0 }, Halt = new BulkHaltRules { FailedInWavePercent = null } });
        await world.AdvanceAsync(id);
        world.Operations.End(world.Operations.Started[0], OperationState.Waiting, "choose");

        await world.RunAsync(id);
        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
        world.Store.Items(id).Count(i => i.State == BulkItemState.Waiting).ShouldBe(1);

        await world.Service.RetryFailedAsync(id, BulkWorld.Me, BulkWorld.Token);
        await world.RunAsync(id);
        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
        world.Operations.Started.Count.ShouldBe(10);
        world.Store.Items(id).ShouldAllBe(i => i.State == BulkItemState.Succeeded);
    }

    [Fact]
    public async Task Refused_BeforeAnythingWasDone_IsAFailureWithTheReason()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart with { Waves = Restart.Waves with { Canary = 0, Size = 10 }, Halt = new BulkHaltRules { FailedInWavePercent = null } });
        world.Operations.Before = r =>
        {
            if (r.Pipeline.Name == "p001") throw new OperationRefusedException("The webhook says no.", problems: ["The webhook says no."]);
            if (r.Pipeline.Name == "p002") throw OperationService.Refused(Guid.NewGuid());
            if (r.Pipeline.Name == "p003") throw new KubernetesException(KubernetesError.Unreachable, "The cluster does not answer.");
            if (r.Pipeline.Name == "p004") throw new InvalidOperationException("A fault of ours.");
        };

        await world.RunAsync(id);

        var items = world.Store.Items(id).ToDictionary(i => i.Pipeline.Name);
        (items["p001"].State, items["p001"].Message).ShouldBe((BulkItemState.Failed, "Refused before anything was done: The webhook says no."));
        items["p002"].State.ShouldBe(BulkItemState.Skipped);
        items["p002"].Message.ShouldContain("Another operation of it was active");
        (items["p003"].State, items["p003"].Message).ShouldBe((BulkItemState.Failed, "Not begun: The cluster does not answer."));
        items["p004"].Message.ShouldContain("A fault of ours.");
        items.Values.Count(i => i.State == BulkItemState.Succeeded).ShouldBe(6);
    }

    [Fact]
    public async Task OldLeader_AfterATakeover_WritesNothing()
    {
        var world = new BulkWorld();
        var id = await world.CreateAsync(Restart);
        var old = (await world.Store.TakeAsync(id, BulkWorld.Token))!.Fence;
        await world.AdvanceAsync(id);
        var writes = world.Store.Writes;

        await Should.ThrowAsync<FencedOutException>(() => new BulkEngine(world.Store, world.Starter, world.Fleet, world.Time).AdvanceAsync(id, old, BulkWorld.Token));

        world.Store.Writes.ShouldBe(writes);
        world.Operations.Started.Count.ShouldBe(1);
    }
}

internal static class BulkWorldSteps
{
    public static async Task<BulkWorld> CreatedAsync(this BulkWorld world, BulkOrder order)
    {
        await world.AdvanceAsync(await world.CreateAsync(order));
        return world;
    }
}
