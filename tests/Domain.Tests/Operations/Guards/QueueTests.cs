using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Guards;

public sealed class QueueTests
{
    private static readonly Actor Demo = new("demo");

    [Fact]
    public async Task Start_WhileAnotherIsActive_SaysHowToWaitForIt()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var first = await world.StartAsync(OperationKind.Restart);

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => world.StartAsync(OperationKind.Suspend));

        (refused.ActiveOperation, refused.Rule, refused.Field).ShouldBe((first.Id, GuardRule.OneAtATime, "queue"));
    }

    [Fact]
    public async Task Queue_BeginsWhenTheOneBeforeHasSucceeded()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.StartAsync(OperationKind.Restart);
        var second = await QueueAsync(world, OperationKind.Suspend);
        var third = await QueueAsync(world, OperationKind.Resume);
        await world.Gate.AdvanceAsync(default);
        (await world.FindAsync(second.Id)).State.ShouldBe(OperationState.Queued);
        (await world.FindAsync(second.Id)).Message.ShouldContain("Waits for the restart");
        third.Guards!.After.ShouldBe(second.Id);

        await world.WorkAsync();
        await world.Gate.AdvanceAsync(default);
        await world.WorkAsync();
        (await world.FindAsync(second.Id)).State.ShouldBe(OperationState.Succeeded);
        await world.Gate.AdvanceAsync(default);
        await world.WorkAsync();

        (await world.FindAsync(third.Id)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task Queue_WhereTheOneBeforeFails_IsDroppedAndSaysSo()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var first = await world.StartAsync(OperationKind.Restart);
        var second = await QueueAsync(world, OperationKind.Suspend);
        var claimed = await world.Store.ClaimAsync("replica", TimeSpan.FromMinutes(1), [], default);
        await world.Store.SaveAsync(claimed! with { State = OperationState.Failed, Message = "It broke.", EndedAt = world.Time.GetUtcNow() }, null, default);

        await world.Gate.AdvanceAsync(default);

        claimed.Id.ShouldBe(first.Id);
        var dropped = await world.FindAsync(second.Id);
        dropped.State.ShouldBe(OperationState.NotStarted);
        dropped.Message.ShouldContain("The restart before it did not succeed (it failed)");
    }

    [Fact]
    public async Task Queue_TakenBack_EndsAndTheNextOneMovesUp()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.StartAsync(OperationKind.Restart);
        var second = await QueueAsync(world, OperationKind.Suspend);
        var third = await QueueAsync(world, OperationKind.Savepoint);

        await world.Service.CancelAsync(second.Id, Demo, default);
        await world.WorkAsync();
        await world.Gate.AdvanceAsync(default);
        await world.WorkAsync();

        (await world.FindAsync(second.Id)).State.ShouldBe(OperationState.NotStarted);
        (await world.FindAsync(third.Id)).State.ShouldBe(OperationState.Succeeded);
    }

    [Fact]
    public async Task Queue_WhereSomethingStandsAgainstItWhenItsTurnComes_IsNotStarted()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.StartAsync(OperationKind.Suspend);
        var second = await QueueAsync(world, OperationKind.Restart);

        await world.WorkAsync();
        await world.Gate.AdvanceAsync(default);

        var ended = await world.FindAsync(second.Id);
        ended.State.ShouldBe(OperationState.NotStarted);
        ended.Message.ShouldContain("something stood against it");
    }

    [Fact]
    public async Task Queue_OfAnUpgradeAfterAnotherChangeOfTheSpec_IsNotStarted()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.StartAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.4"));
        var second = await QueueAsync(world, OperationKind.Upgrade, OperationWorld.Manifest("flink:1.19.5"));

        await world.WorkAsync();
        await world.Gate.AdvanceAsync(default);

        // It would take the first upgrade back without anybody having seen that.
        (await world.FindAsync(second.Id)).State.ShouldBe(OperationState.NotStarted);
    }

    [Fact]
    public async Task Queue_BeyondItsLength_IsRefused()
    {
        var world = await new OperationWorld(guards: new GuardPolicy { LongestQueue = 1 }).WithPipelineAsync();
        await world.StartAsync(OperationKind.Restart);
        await QueueAsync(world, OperationKind.Savepoint);

        (await Should.ThrowAsync<OperationRefusedException>(() => QueueAsync(world, OperationKind.Savepoint))).Field.ShouldBe("queue");
    }

    [Fact]
    public async Task Queue_WherePlanningMeetsAFault_SaysSoAndBeginsAfterIt()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        await world.StartAsync(OperationKind.Restart);
        var second = await QueueAsync(world, OperationKind.Suspend);
        await world.WorkAsync();
        world.FreezeStore.Fault = new InvalidOperationException("A window cannot be read.");

        await world.Gate.AdvanceAsync(default);
        (await world.FindAsync(second.Id)).Message.ShouldContain("A window cannot be read. Sluice tries again");
        world.FreezeStore.Fault = null;
        world.Time.Advance(TimeSpan.FromSeconds(2));
        await world.Gate.AdvanceAsync(default);

        (await world.FindAsync(second.Id)).State.ShouldBe(OperationState.Pending);
    }

    [Fact]
    public async Task Boundary_OfOneThatIsApprovedAndGivenItsTurn_IsCalledAtEachRecordOnce()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var passed = new List<string>();
        using var service = new OperationService(world.Store, OperationKinds.All(world.Environment.Timing), world.Environment, Guid.NewGuid)
        {
            Boundary = (_, moment, boundary, _) =>
            {
                passed.Add($"{moment}:{boundary}");
                return Task.CompletedTask;
            },
        };
        await world.Registry.SetTierAsync(OperationWorld.Key, PipelineTier.Critical, "", Demo, default);

        var asked = await service.StartAsync(OperationWorld.Request(OperationKind.Restart), Demo, default);
        await service.ApproveAsync(asked.Id, "", new Actor("ada"), default);
        var gate = new OperationGate(world.Store, service, world.Environment);
        await gate.AdvanceAsync(default);
        await gate.AdvanceAsync(default);

        passed.ShouldBe(["ask:Before", "ask:Recorded", "decide:Before", "decide:Recorded", "turn:Before", "turn:Recorded"]);
    }

    [Fact]
    public async Task Queue_WhereNothingIsActive_BeginsAtOnce()
    {
        var world = await new OperationWorld().WithPipelineAsync();

        (await QueueAsync(world, OperationKind.Savepoint)).State.ShouldBe(OperationState.Pending);
    }

    [Theory]
    [InlineData("1.2 GB of state, 40 s old", "3.4 GB of state, 51 s old", 0)]
    [InlineData("1.2 GB of state, 40 s old", "all state", 1)]
    public void Worse_OfWhatIsLost_IgnoresNumbersOnly(string before, string now, int worse) =>
        PlanComparison.Worse(Plan(lost: before), Plan(lost: now)).Count.ShouldBe(worse);

    [Fact]
    public void Worse_ARestartWhereNoneWasShown_IsWorseAndTheOtherWayRoundIsNot()
    {
        var (keeps, restarts) = (Plan(JobEffect.KeepsRunning, ChangeClass.Ignore), Plan(JobEffect.Restarts, ChangeClass.Upgrade));

        PlanComparison.Worse(keeps, restarts).ShouldHaveSingleItem().ShouldContain("stops and starts");
        PlanComparison.Worse(restarts, keeps).ShouldBeEmpty();
    }

    private static OperationPlan Plan(JobEffect effect = JobEffect.Stops, ChangeClass change = ChangeClass.Suspend, string lost = "nothing") =>
        new("It.", [], "", null, true, [lost], [], []) { Classification = new ChangeClassification(change, effect, "", []) };

    private static Task<Operation> QueueAsync(OperationWorld world, OperationKind kind, string? manifest = null) => world.StartAsync(OperationWorld.Request(kind, manifest) with { Queue = true });
}
