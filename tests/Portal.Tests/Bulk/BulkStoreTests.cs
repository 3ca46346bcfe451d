using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Stores.Bulk;
using Sluice.Portal.Stores.Operations;
using Xunit;

namespace Sluice.Portal.Tests.Bulk;

public sealed class BulkStoreTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
    private readonly BulkStore _store = new(() => database.Source, null);

    [Fact]
    public async Task FindAsync_AfterAdding_HasEverythingThatWasAskedFor()
    {
        var order = new BulkOrder
        {
            Kind = OperationKind.Upgrade, Query = "team=a", Reason = "why",
            Change = new BulkChange { ImageTag = "2", FlinkConfiguration = new Dictionary<string, string?> { ["a"] = "1", ["b"] = null }, Patch = new JsonObject { ["x"] = null } },
            Waves = new BulkWaves { Pause = TimeSpan.FromMinutes(3) }, Halt = new BulkHaltRules { FailedInWavePercent = null, Failed = 4, Health = new BulkHealthRule { Most = 2 } },
        };

        var id = await AddAsync(3, order);
        var found = (await _store.FindAsync(id, default))!;

        (found.Order with { Change = null }).ShouldBe(order with { Change = null });
        found.Order.Change!.ImageTag.ShouldBe("2");
        found.Order.Change.FlinkConfiguration.ShouldBe(new Dictionary<string, string?> { ["a"] = "1", ["b"] = null });
        found.Order.Change.Patch!.ToJsonString().ShouldBe("""{"x":null}""");
        (await _store.ItemsAsync(id, null, [], 0, 10, default)).Select(i => i.Index).ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task AddAsync_OfAKnownId_LeavesItAsItIs()
    {
        var id = await AddAsync(2);

        (await _store.AddAsync(Run(id, 1), [Item(0)], default)).ShouldBeFalse();

        (await _store.ItemsAsync(id, null, [], 0, 10, default)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Writes_OfAnOldLeader_AreRefused()
    {
        var id = await AddAsync(2);
        var old = (await _store.TakeAsync(id, default))!;
        await _store.TakeAsync(id, default);

        await Should.ThrowAsync<FencedOutException>(() => _store.BeginAsync(id, old.Fence, [Item(0)], default));
        await Should.ThrowAsync<FencedOutException>(() => _store.SaveAsync(id, old.Fence, [Item(0)], default));
        await Should.ThrowAsync<FencedOutException>(() => _store.SaveAsync(old with { State = BulkState.Finished }, default));
        (await _store.FindAsync(id, default))!.State.ShouldBe(BulkState.Running);
    }

    [Fact]
    public async Task BeginAsync_OfAHaltedRun_WritesNothing()
    {
        var id = await AddAsync(2);
        var run = (await _store.TakeAsync(id, default))!;
        await _store.ChangeAsync(id, r => r with { State = BulkState.Halted }, BulkItemsChange.None, default);

        (await _store.BeginAsync(id, run.Fence, [Item(0) with { State = BulkItemState.Running }], default)).ShouldBeFalse();
        await _store.SaveAsync(run with { State = BulkState.Finished }, default);

        (await _store.FindAsync(id, default))!.State.ShouldBe(BulkState.Halted);
        (await _store.ItemsAsync(id, null, [BulkItemState.Running], 0, 10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task ChangeAsync_RetryingTheFailed_MakesThemNewAttemptsThatOldOutcomesDoNotTouch()
    {
        var id = await AddAsync(4);
        var run = (await _store.TakeAsync(id, default))!;
        await _store.SaveAsync(id, run.Fence, [Ended(0, BulkItemState.Failed), Ended(1, BulkItemState.Waiting), Ended(2, BulkItemState.Succeeded)], default);

        await _store.ChangeAsync(id, r => r, BulkItemsChange.RetryFailed, default);
        await _store.SaveAsync(id, run.Fence, [Ended(0, BulkItemState.Failed)], default);

        var items = await _store.ItemsAsync(id, null, [], 0, 10, default);
        items[0].ShouldBe(Item(0) with { Attempt = 2, Generation = null });
        (items[1].State, items[1].Excused).ShouldBe((BulkItemState.Waiting, true));
        (await _store.WavesAsync(id, default)).ShouldHaveSingleItem().ShouldBe(new BulkWaveCount(0, 2, 0, 1, 1, 0, 0, 0));
    }

    [Fact]
    public async Task ChangeAsync_ExcusingAndSkipping_CountsThem()
    {
        var id = await AddAsync(3);
        var run = (await _store.TakeAsync(id, default))!;
        await _store.SaveAsync(id, run.Fence, [Ended(0, BulkItemState.Failed)], default);
        (await _store.WavesAsync(id, default))[0].Fresh.ShouldBe(1);

        await _store.ChangeAsync(id, r => r, BulkItemsChange.ExcuseFailures, default);
        await _store.ChangeAsync(id, r => r with { State = BulkState.Cancelled, EndedAt = Now }, BulkItemsChange.SkipPending, default);

        (await _store.WavesAsync(id, default))[0].ShouldBe(new BulkWaveCount(0, 0, 0, 0, 0, 1, 2, 0));
        (await _store.OpenAsync(default)).ShouldNotContain(id);
    }

    [Fact]
    public async Task FollowedAsync_OfBegunItems_HasTheirOperations()
    {
        var id = await AddAsync(3);
        var run = (await _store.TakeAsync(id, default))!;
        var operation = BulkNames.Operation(id, 0, 1);
        await _store.BeginAsync(id, run.Fence, [Item(0) with { State = BulkItemState.Running, OperationId = operation }, Item(1) with { State = BulkItemState.Running, OperationId = BulkNames.Operation(id, 1, 1) }], default);
        using var operations = new OperationStore(() => database.Source, null);
        await operations.AddAsync(new Operation { Id = operation, Kind = OperationKind.Restart, Pipeline = Item(0).Pipeline, Actor = "x", State = OperationState.Pending, Message = "soon", CreatedAt = Now, Steps = [] }, default);

        (await _store.FollowedAsync(id, default)).Select(f => (f.Item.Index, f.Operation, f.Message)).ShouldBe([(0, OperationState.Pending, "soon"), (1, null, "")]);
        (await _store.OpenAsync(default)).ShouldContain(id);
    }

    [Fact]
    public async Task ApprovalsAsync_OfWhatWaitsForASecondPerson_TellsWhatEachWouldDo()
    {
        var id = await AddAsync(3);
        var run = (await _store.TakeAsync(id, default))!;
        await _store.BeginAsync(id, run.Fence, [.. Enumerable.Range(0, 3).Select(i => Item(i) with { State = BulkItemState.Running, OperationId = BulkNames.Operation(id, i, 1) })], default);
        using var operations = new OperationStore(() => database.Source, null);
        var plan = new OperationPlan("It.", [], "a long diff", null, true, ["the windows"], [], []) { Classification = new ChangeClassification(ChangeClass.Upgrade, JobEffect.Restarts, "", []) };
        var expires = Now.AddHours(3);
        for (var i = 0; i < 3; i++)
            await operations.AddAsync(new Operation
            {
                Id = BulkNames.Operation(id, i, 1), Kind = OperationKind.Restart, Pipeline = Item(i).Pipeline with { Namespace = id.ToString() }, Actor = "x", State = i == 1 ? OperationState.Pending : OperationState.AwaitingApproval, CreatedAt = Now, Steps = [],
                Plan = i == 0 ? plan : null, Guards = new OperationGuards { Approval = new Approval("critical", expires) },
            }, default);

        var waiting = await _store.ApprovalsAsync(id, default);

        waiting.Select(w => (w.Operation, w.Pipeline.Name, w.Effect, w.ExpiresAt)).ShouldBe([(BulkNames.Operation(id, 0, 1), "p0", JobEffect.Restarts, expires), (BulkNames.Operation(id, 2, 1), "p2", null, expires)]);
        waiting[0].Lost.ShouldBe(["the windows"]);
    }

    [Fact]
    public async Task ItemsAsync_OfAWaveAndStates_IsPaged()
    {
        var id = await AddAsync(10);

        (await _store.ItemsAsync(id, 0, [BulkItemState.Pending, BulkItemState.Failed], 4, 3, default)).Select(i => i.Index).ShouldBe([4, 5, 6]);
        (await _store.ItemsAsync(id, 1, [], 0, 3, default)).ShouldBeEmpty();
        (await _store.ListAsync(50, default)).ShouldContain(o => o.Run.Id == id && o.All.Pending == 10);
    }

    [Fact]
    public async Task Changed_OnAnyWrite_IsRaised()
    {
        var id = await AddAsync(1);
        var heard = new List<Guid?>();
        _store.Changed += heard.Add;

        await _store.ChangeAsync(id, r => r, BulkItemsChange.None, default);

        heard.ShouldBe([id]);
    }

    private async Task<Guid> AddAsync(int items, BulkOrder? order = null)
    {
        var id = Guid.NewGuid();
        (await _store.AddAsync(Run(id, items, order), [.. Enumerable.Range(0, items).Select(Item)], default)).ShouldBeTrue();
        return id;
    }

    private static BulkRun Run(Guid id, int items, BulkOrder? order = null) =>
        new() { Id = id, Order = order ?? new BulkOrder { Kind = OperationKind.Restart }, Pipelines = items, State = BulkState.Running, Actor = "demo", CreatedAt = Now };

    private static BulkItem Item(int index) => new() { Index = index, Pipeline = new PipelineKey("c", "n", $"p{index}"), Team = "t", Wave = 0, State = BulkItemState.Pending, Generation = null };

    private static BulkItem Ended(int index, BulkItemState state) => Item(index) with { State = state, OperationId = Guid.NewGuid(), Message = "so", StartedAt = Now, EndedAt = Now };
}
