using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Bulk;

/// <summary>A second person decides about all operations of a run that wait, at once.</summary>
public sealed class BulkApprovalTests
{
    private static readonly Actor Ada = new("token:ada");

    [Fact]
    public async Task Approve_OfAllThatWait_IsRecordedOnEachAndTheRunGoesOn()
    {
        var (world, id) = await WaitingAsync();
        var waiting = await world.Service.ApprovalsAsync(id, BulkWorld.Token);
        waiting.Count.ShouldBe(4);

        var decision = await world.Service.DecideAsync(id, [.. waiting.Select(w => w.Operation)], true, "seen", Ada, BulkWorld.Token);

        decision.Decided.ShouldBe(waiting.Select(w => w.Operation));
        decision.Left.ShouldBeEmpty();
        world.Operations.Decisions.ShouldAllBe(d => d.Approved && d.Who == "token:ada" && d.Comment == $"seen (4 operations of bulk run {OperationNames.ShortId(id)} together)");
        (await world.Service.ApprovalsAsync(id, BulkWorld.Token)).ShouldBeEmpty();
        await world.RunAsync(id);
        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
    }

    [Fact]
    public async Task Decline_OfAll_SkipsThemAndTheRunGoesOn()
    {
        var (world, id) = await WaitingAsync();
        var waiting = await world.Service.ApprovalsAsync(id, BulkWorld.Token);

        await world.Service.DecideAsync(id, [.. waiting.Select(w => w.Operation)], false, "", Ada, BulkWorld.Token);
        await world.RunAsync(id);

        world.Store.Items(id).Count(i => i is { State: BulkItemState.Skipped, Message: "Declined." }).ShouldBe(4);
        world.Store.Run(id).State.ShouldBe(BulkState.Finished);
    }

    [Fact]
    public async Task Approve_BySomebodyWhoAskedForTheRun_IsRefusedAlsoByToken()
    {
        var (world, id) = await WaitingAsync();
        var waiting = await world.Service.ApprovalsAsync(id, BulkWorld.Token);

        foreach (var name in (string[])["demo", "token:demo"])
            (await Should.ThrowAsync<BulkRefusedException>(() => world.Service.DecideAsync(id, [waiting[0].Operation], true, "", new Actor(name), BulkWorld.Token))).Message.ShouldContain("Somebody else has to decide");

        world.Operations.Decisions.ShouldBeEmpty();
    }

    [Fact]
    public async Task Approve_OfWhatSomebodyElseDecidedMeanwhile_LeavesThatAndApprovesTheOthers()
    {
        var (world, id) = await WaitingAsync();
        var waiting = await world.Service.ApprovalsAsync(id, BulkWorld.Token);
        await world.Operations.DeclineAsync(waiting[1].Operation, "not this one", new Actor("grace"), BulkWorld.Token);

        var decision = await world.Service.DecideAsync(id, [.. waiting.Select(w => w.Operation)], true, "", Ada, BulkWorld.Token);

        decision.Decided.Count.ShouldBe(3);
        decision.Left.ShouldHaveSingleItem().ShouldBe(new BulkUndecided(waiting[1].Operation, "It does not wait for an approval."));
    }

    [Fact]
    public async Task Approve_OfSomeThatWereShown_LeavesTheOthersWaiting()
    {
        var (world, id) = await WaitingAsync();
        var waiting = await world.Service.ApprovalsAsync(id, BulkWorld.Token);

        await world.Service.DecideAsync(id, [waiting[0].Operation], true, "fine", Ada, BulkWorld.Token);

        world.Operations.Decisions.ShouldHaveSingleItem().Comment.ShouldBe("fine");
        (await world.Service.ApprovalsAsync(id, BulkWorld.Token)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Approve_OfNothingOrOfAnotherRunsOperation_NamesTheField()
    {
        var (world, id) = await WaitingAsync();

        (await Should.ThrowAsync<BulkRefusedException>(() => world.Service.DecideAsync(id, [], true, "", Ada, BulkWorld.Token))).Problems.ShouldHaveSingleItem().Field.ShouldBe("operations");
        (await Should.ThrowAsync<BulkRefusedException>(() => world.Service.DecideAsync(id, [Guid.NewGuid()], true, "", Ada, BulkWorld.Token))).Message.ShouldContain("is none of this run");
        (await Should.ThrowAsync<BulkRefusedException>(() => world.Service.DecideAsync(Guid.NewGuid(), [Guid.NewGuid()], true, "", Ada, BulkWorld.Token))).Reason.ShouldBe(BulkRefusal.Unknown);
    }

    private static async Task<(BulkWorld World, Guid Id)> WaitingAsync()
    {
        var world = new BulkWorld(pipelines: 4);
        var id = await world.CreateAsync(new BulkOrder { Kind = OperationKind.Restart, Reason = "why", Waves = new BulkWaves { Canary = 0 } });
        await world.AdvanceAsync(id);
        foreach (var operation in world.Operations.Running.ToList()) world.Operations.All[operation.Id] = operation with { State = OperationState.AwaitingApproval };
        return (world, id);
    }
}
