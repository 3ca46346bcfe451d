using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Stores.Operations;
using Xunit;

namespace Sluice.Portal.Tests.Operations;

public sealed class OperationStoreTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private readonly OperationStore _store = new(() => database.Source, null);

    [Fact]
    public async Task AddAsync_WhileAnotherIsActive_RefusesWithItsId()
    {
        var first = await AddAsync("busy");

        var refused = await Should.ThrowAsync<OperationRefusedException>(() => AddAsync("busy"));

        refused.ActiveOperation.ShouldBe(first.Id);
    }

    [Fact]
    public async Task AddAsync_ManyAtOnce_OneWins()
    {
        var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await AddAsync("race");
                return true;
            }
            catch (OperationRefusedException)
            {
                return false;
            }
        }));

        attempts.Count(won => won).ShouldBe(1);
    }

    [Fact]
    public async Task AddAsync_AfterTheFirstEnded_IsAccepted()
    {
        await AddAsync("again");
        var claimed = await ClaimAsync("again");
        await _store.SaveAsync(claimed with { State = OperationState.Succeeded, EndedAt = DateTimeOffset.UtcNow }, null, default);

        await Should.NotThrowAsync(() => AddAsync("again"));
    }

    [Fact]
    public async Task SaveAsync_OfTheEnd_KeepsTheOutcomeBesideThePlan()
    {
        await AddAsync("outcome", plan: new OperationPlan("It.", ["One"], "+a", null, true, [], [], []) { Classification = new(ChangeClass.Upgrade, JobEffect.Restarts, "w", []) });
        var claimed = await ClaimAsync("outcome");
        claimed.Plan!.Classification!.Effect.ShouldBe(JobEffect.Restarts);
        var at = new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
        var outcome = new OperationOutcome(at, JobEffect.Restarts, ["UPGRADE"], "said", "savepoint", TimeSpan.FromSeconds(31), "from", "file:/s", 0, 5.5, ["one"]);

        await _store.SaveAsync(claimed with { State = OperationState.Succeeded, EndedAt = at, Outcome = outcome }, null, default);

        var found = (await _store.FindAsync(claimed.Id, default))!;
        (found.Plan!.Change, found.Outcome!.Pause, found.Outcome.Disagreements.Single()).ShouldBe(("+a", TimeSpan.FromSeconds(31), "one"));
        (await _store.ListAsync(claimed.Pipeline, 10, default)).ShouldHaveSingleItem().Plan.ShouldBeNull();
        var past = (await _store.PastAsync(claimed.Pipeline, 10, default)).ShouldHaveSingleItem();
        (past.Pipeline, past.EndedAt, past.Outcome.Rate).ShouldBe((claimed.Pipeline, at, 5.5));
        (await _store.PastAsync(claimed.Pipeline with { Name = "neighbour" }, 10, default)).ShouldContain(p => p.Pipeline == claimed.Pipeline);
        (await _store.PastAsync(claimed.Pipeline with { Cluster = "elsewhere" }, 10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task FindAsync_AfterSave_HasEverythingThatWasWritten()
    {
        await AddAsync("whole");
        var claimed = await ClaimAsync("whole");
        var at = new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
        var step = claimed.Steps[1] with
        {
            State = StepState.Running,
            Message = "at it",
            Attempts = 2,
            Data = """{"path":"file:/x"}""",
            StartedAt = at,
            Deadline = at.AddMinutes(5),
            Evidence = [new Evidence(at, "sent", "PATCH"), new Evidence(at.AddSeconds(1), "operator", "UPGRADING")],
        };
        var saved = claimed with { Message = "now", StartedAt = at, Steps = claimed.Steps.SetItem(1, step) };
        await _store.SaveAsync(saved, 1, default);
        await _store.SaveAsync(saved with { Steps = saved.Steps.SetItem(1, step with { Evidence = [.. step.Evidence, new Evidence(at.AddSeconds(2), "operator", "STABLE")] }) }, 1, default);

        var found = await _store.FindAsync(claimed.Id, default);

        found!.Message.ShouldBe("now");
        found.StartedAt.ShouldBe(at);
        found.Steps[0].ShouldBe(claimed.Steps[0]);
        found.Steps[1].Evidence.Select(e => e.Text).ShouldBe(["PATCH", "UPGRADING", "STABLE"]);
        (found.Steps[1] with { Evidence = [] }).ShouldBe(step with { Evidence = [] });
    }

    [Fact]
    public async Task ClaimAsync_WhileTheLeaseHolds_GivesNothingToOthers()
    {
        await AddAsync("held");
        var claimed = await ClaimAsync("held");

        (await ClaimAllAsync("other")).ShouldNotContain(o => o.Id == claimed.Id);
    }

    [Fact]
    public async Task ClaimAsync_AfterTheLeaseRanOut_TakesOverWithAHigherFence()
    {
        await AddAsync("orphan");
        var first = await ClaimAsync("orphan", TimeSpan.FromMilliseconds(-1));

        var second = await ClaimAsync("orphan");

        second.Fence.ShouldBe(first.Fence + 1);
        await Should.ThrowAsync<FencedOutException>(() => _store.SaveAsync(first with { Message = "late" }, null, default));
        await Should.ThrowAsync<FencedOutException>(() => _store.RenewAsync(first.Id, first.Fence, Lease, default));
        (await _store.FindAsync(first.Id, default))!.Message.ShouldNotBe("late");
    }

    [Fact]
    public async Task ClaimAsync_ByManyWorkers_GivesEachOperationToOne()
    {
        var mine = new HashSet<Guid>();
        for (var i = 0; i < 20; i++) mine.Add((await AddAsync($"many-{i}")).Id);

        var claims = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ClaimAllAsync($"worker-{i}")));

        var ids = claims.SelectMany(c => c).Select(o => o.Id).Where(mine.Contains).ToList();
        ids.Count.ShouldBe(20);
        ids.Distinct().Count().ShouldBe(20);
    }

    [Fact]
    public async Task ReleaseAsync_OfADeadHolder_LetsOthersClaimAtOnce()
    {
        await AddAsync("dead");
        var claimed = await ClaimAsync("dead", holder: "gone");

        var released = await _store.ReleaseAsync(h => h == "gone", default);

        released.ShouldBeGreaterThan(0);
        (await ClaimAllAsync("next")).ShouldContain(o => o.Id == claimed.Id && o.Fence == claimed.Fence + 1);
    }

    [Fact]
    public async Task SaveAsync_AfterACancelRequest_TellsTheHolder()
    {
        await AddAsync("cancel");
        var claimed = await ClaimAsync("cancel");
        (await _store.SaveAsync(claimed, null, default)).ShouldBeFalse();

        await _store.ChangeAsync(claimed.Id, o => o with { CancelRequested = true }, default);

        (await _store.SaveAsync(claimed, null, default)).ShouldBeTrue();
        (await _store.RenewAsync(claimed.Id, claimed.Fence, Lease, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task ChangeAsync_ThatRefuses_ChangesNothing()
    {
        var added = await AddAsync("refused");

        await Should.ThrowAsync<OperationRefusedException>(() => _store.ChangeAsync(added.Id, _ => throw new OperationRefusedException("no"), default));

        (await _store.FindAsync(added.Id, default))!.State.ShouldBe(OperationState.Pending);
        (await _store.ChangeAsync(Guid.NewGuid(), o => o, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Changed_OnEachWrite_NamesTheOperation()
    {
        var heard = new List<Guid?>();
        _store.Changed += heard.Add;

        var added = await AddAsync("heard");

        heard.ShouldContain(added.Id);
    }

    [Fact]
    public async Task ListAsync_OfAPipeline_IsNewestFirst()
    {
        var first = await AddAsync("listed");
        var claimed = await ClaimAsync("listed");
        await _store.SaveAsync(claimed with { State = OperationState.Failed }, null, default);
        var second = await AddAsync("listed", first.CreatedAt.AddSeconds(1));

        (await _store.ListAsync(second.Pipeline, 10, default)).Select(o => o.Id).ShouldBe([second.Id, first.Id]);
        (await _store.ListAsync(null, 1, default)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task ListAsync_OfAForksSource_HoldsTheForkToo()
    {
        var own = await AddAsync("first");
        var fork = own with { Id = Guid.NewGuid(), Kind = OperationKind.Fork, Pipeline = own.Pipeline with { Name = "first-fork" }, CreatedAt = own.CreatedAt.AddSeconds(1), Parameters = """{"source":"west/team-orders/first"}""" };
        await _store.AddAsync(fork, default);

        (await _store.ListAsync(own.Pipeline, 10, default)).Select(o => o.Id).ShouldBe([fork.Id, own.Id]);
        (await _store.ListAsync(own.Pipeline, 1, default)).Select(o => o.Id).ShouldBe([fork.Id]);
        (await _store.ListAsync(fork.Pipeline, 10, default)).Select(o => o.Id).ShouldBe([fork.Id]);
    }

    private async Task<Operation> AddAsync(string name, DateTimeOffset? at = null, OperationPlan? plan = null)
    {
        var operation = new Operation
        {
            Id = Guid.NewGuid(),
            Kind = OperationKind.Suspend,
            Pipeline = new PipelineKey("west", "team-orders", name),
            Actor = "demo",
            State = OperationState.Pending,
            CreatedAt = at ?? DateTimeOffset.UtcNow,
            Plan = plan,
            Steps = [Step(0, "check"), Step(1, "stop")],
        };
        await _store.AddAsync(operation, default);
        return operation;
    }

    private static OperationStep Step(int index, string name) => new() { Index = index, Name = name, Title = name, State = StepState.Pending };

    /// <summary>The tests of the class share a database and run one after another: what others left behind is claimed on the way.</summary>
    private async Task<Operation> ClaimAsync(string name, TimeSpan? lease = null, string holder = "test")
    {
        Operation? found = null;
        while (found is null)
        {
            var claimed = await _store.ClaimAsync(holder, Lease, [], default);
            claimed.ShouldNotBeNull($"no operation of {name} is left to claim");
            if (claimed.Pipeline.Name == name) found = claimed;
        }
        // Only now: others' leases that run out at once would be claimed for ever.
        if (lease is { } other) await _store.RenewAsync(found.Id, found.Fence, other, default);
        return found;
    }

    private async Task<List<Operation>> ClaimAllAsync(string holder)
    {
        var claimed = new List<Operation>();
        while (await _store.ClaimAsync(holder, Lease, [], default) is { } one) claimed.Add(one);
        return claimed;
    }
}
