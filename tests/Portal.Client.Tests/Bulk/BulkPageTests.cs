using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Bulk;
using Sluice.Portal.Client.Shared.Formatting;
using Xunit;

namespace Sluice.Portal.Client.Tests.Bulk;

public sealed class BulkPageTests
{
    private static readonly Guid Id = Guid.Parse("0195a0de-5127-7d3c-9a71-e4b2aa00b01c");

    private static readonly BulkOrder Order = new() { Kind = OperationKind.Upgrade, Query = "team=payments", Reason = "security fix", Change = new BulkChange { ImageTag = "1.4.2" }, Waves = new BulkWaves { Canary = 1, Size = 2 } };

    [Fact]
    public async Task Run_Halted_SaysWhyAndOffersWhatCanBeDone()
    {
        await using var pages = new Pages($"http://sluice.test/bulk/{Id}");
        Put(pages, BulkState.Halted, "2 of 2 of wave 1 failed: more than 10 %.");

        var html = await RenderAsync(pages);

        html.ShouldContain("Halted: you choose how to go on");
        html.ShouldContain("2 of 2 of wave 1 failed: more than 10 %.");
        html.ShouldContain("Resume");
        html.ShouldContain("Retry 1 failed");
        html.ShouldContain("Call off");
        html.ShouldContain("Upgrade: tag 1.4.2");
        html.ShouldContain("href=\"/?team=payments\"");
    }

    [Fact]
    public async Task Run_AtFirst_ShowsWhatNeedsALookWithItsReasonAndOperation()
    {
        await using var pages = new Pages($"http://sluice.test/bulk/{Id}");
        Put(pages, BulkState.Running);

        var html = await RenderAsync(pages);

        html.ShouldContain("orders-1");
        html.ShouldContain("The topic &lt;b&gt; does not exist");
        html.ShouldContain($"/operations/{Some.OperationId}");
        html.ShouldContain("orders-2");
        html.ShouldNotContain("orders-0");
        html.ShouldContain("Wave 1: 1 of 2 done");
        html.ShouldContain("data-count=\"succeeded\">1<");
        html.ShouldContain("data-count=\"pending\">1<");
    }

    [Fact]
    public async Task Run_OfOneWave_ShowsAllOfIt()
    {
        await using var pages = new Pages($"http://sluice.test/bulk/{Id}?wave=0&state=all");
        Put(pages, BulkState.Running);

        var html = await RenderAsync(pages);

        html.ShouldContain("orders-0");
        html.ShouldNotContain("orders-1");
        html.ShouldContain("aria-label=\"Show all waves\"");
    }

    [Theory]
    [InlineData("demo", false)]
    [InlineData("ada", true)]
    public async Task Run_WithOperationsThatWaitForASecondPerson_SaysWhatTheyDoAndAsksSomebodyElse(string actor, bool asked)
    {
        await using var pages = new Pages($"http://sluice.test/bulk/{Id}");
        Put(pages, BulkState.Running, actor: actor);
        for (var i = 0; i < 14; i++)
            pages.Bulk.Approvals.Add(new BulkApproval(Guid.NewGuid(), Some.Key($"ledger-{i}"), 1, i == 0 ? JobEffect.KeepsRunning : JobEffect.Restarts, i < 2 ? ["Windows that are open."] : [], Some.Now.AddHours(2)));

        var html = await RenderAsync(pages);

        html.ShouldContain("14\u00a0operations of critical pipelines wait for a second person.");
        html.ShouldContain("Approved, 13\u00a0jobs stop and start and 1\u00a0job goes on without a stop.");
        html.ShouldContain("Windows that are open. (2\u00a0pipelines)");
        html.ShouldContain("ledger-11</a> and 2 more");
        html.Contains("Approve all 14</button>", StringComparison.Ordinal).ShouldBe(asked);
        html.Contains("You asked for this run", StringComparison.Ordinal).ShouldBe(!asked);
    }

    [Fact]
    public void Decided_WithSomeLeft_SaysWhy() =>
        BulkWords.Decided(new BulkDecision(true, [Guid.NewGuid(), Guid.NewGuid()], [new(Guid.NewGuid(), "It could be approved until noon.")])).ShouldBe("2\u00a0operations approved. 1\u00a0operation left as it is: It could be approved until noon.");

    [Fact]
    public async Task Run_Unknown_SaysSo()
    {
        await using var pages = new Pages($"http://sluice.test/bulk/{Id}");

        (await RenderAsync(pages)).ShouldContain("There is no such run");
    }

    [Fact]
    public async Task List_OfRuns_HasTheirAccounts()
    {
        await using var pages = new Pages("http://sluice.test/bulk");
        Put(pages, BulkState.Halted);

        var html = (await pages.RenderAsync<BulkPage>()).Replace("&#xA0;", "\u00a0", StringComparison.OrdinalIgnoreCase);

        html.ShouldContain($"/bulk/{Id}");
        html.ShouldContain("halted");
        html.ShouldContain("1\u00a0succeeded, 1\u00a0failed, 1\u00a0running, 1\u00a0to do");
    }

    [Fact]
    public async Task Dialog_ForAnUpgradeWithoutAChange_CannotStartAndSaysWhy()
    {
        await using var pages = new Pages();
        pages.Fleet.Set(Some.Fleet(Row("a"), Row("b") with { Registered = false }));

        var html = await pages.RenderAsync<BulkDialog>(new() { ["Open"] = true, ["Pipelines"] = new[] { Some.Key("a"), Some.Key("b") } });

        html.ShouldContain("Operate on 2\u00a0pipelines");
        html.ShouldContain("An upgrade needs a change");
        html.ShouldContain("1\u00a0pipeline left out. Nobody registered them");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?wave=3&state=all")]
    [InlineData("?wave=-1&state=skipped")]
    [InlineData("?state=failed")]
    public void UrlState_RoundTrip(string query) => BulkUrlState.Parse($"http://sluice.test/bulk/{Id}{query}").ToUrl(Id).ShouldBe($"/bulk/{Id}{query}");

    [Theory]
    [InlineData("?wave=x&state=9")]
    [InlineData("?wave=-2")]
    [InlineData("?state=nonsense")]
    public void UrlState_WhatNobodyWrote_IsIgnored(string query) => BulkUrlState.Parse($"http://sluice.test/bulk/{Id}{query}").ShouldBe(new BulkUrlState());

    [Fact]
    public void Draft_OfText_IsTheOrder()
    {
        var draft = new BulkDraft { ImageTag = " 1.4.2 ", Parallelism = "4", Configuration = "a.b: c: d\n\n-x.y\n", Canary = "2", Pause = "90", Failed = "7", Unwell = "1", UnwellAfter = "30", Reason = " why " };

        var (request, problems) = draft.Read([Some.Key()], "team=a");

        problems.ShouldBeEmpty();
        request.Order.Change!.ImageTag.ShouldBe("1.4.2");
        request.Order.Change.Parallelism.ShouldBe(4);
        request.Order.Change.FlinkConfiguration.ShouldBe(new Dictionary<string, string?> { ["a.b"] = "c: d", ["x.y"] = null });
        request.Order.Waves.ShouldBe(new BulkWaves { Canary = 2, Pause = TimeSpan.FromSeconds(90) });
        request.Order.Halt.ShouldBe(new BulkHaltRules { Failed = 7, Health = new BulkHealthRule { Most = 1, After = TimeSpan.FromSeconds(30) } });
        (request.Order.Query, request.Order.Reason).ShouldBe(("team=a", "why"));
    }

    [Fact]
    public void Draft_OfWhatCannotBeRead_NamesEachFieldOnce()
    {
        var (_, problems) = new BulkDraft { Configuration = "nonsense", Parallelism = "four", Size = "1.5", Canary = "-1" }.Read([Some.Key()], "");

        problems.Select(p => p.Field).Order().ShouldBe(["change.flinkConfiguration", "change.parallelism", "waves.canary", "waves.size", "change"], ignoreOrder: true);
    }

    [Fact]
    public void Draft_OfAFork_HasItsNamesAndMomentAndNoEmptyChange()
    {
        var (request, problems) = new BulkDraft { Kind = OperationKind.Fork, Suffix = "-staging", SavepointBefore = "2026-11-20 18:00" }.Read([Some.Key()], "");

        problems.ShouldBeEmpty();
        request.Order.Fork.ShouldBe(new BulkFork("-staging"));
        request.Order.SavepointBefore.ShouldBe(new DateTimeOffset(2026, 11, 20, 18, 0, 0, TimeSpan.Zero));
        request.Order.Change!.IsEmpty.ShouldBeTrue();
        BulkWords.Title(request.Order).ShouldBe("Fork: …-staging, state of " + Format.Exact(request.Order.SavepointBefore!.Value));
        new BulkDraft { Kind = OperationKind.Redeploy, SavepointBefore = "yesterday" }.Read([Some.Key()], "").Problems.ShouldHaveSingleItem().Field.ShouldBe("savepointBefore");
    }

    private static async Task<string> RenderAsync(Pages pages) => (await pages.RenderAsync<BulkRunPage>(new() { ["Id"] = Id })).Replace("&#xA0;", "\u00a0", StringComparison.OrdinalIgnoreCase);

    private static PipelineRow Row(string name)
    {
        var row = Some.Row(name);
        return row with { Registered = true, Resource = row.Resource with { HasJob = true } };
    }

    private static void Put(Pages pages, BulkState state, string message = "", string actor = "demo") => pages.Bulk.All[Id] = (
        new BulkRun { Id = Id, Order = Order, Pipelines = 4, State = state, Message = message, Actor = actor, CreatedAt = Some.Now.AddMinutes(-5), StartedAt = Some.Now.AddMinutes(-4), Wave = 1 },
        [
            Item(0, 0, BulkItemState.Succeeded),
            Item(1, 1, BulkItemState.Failed) with { Message = "The topic <b> does not exist", OperationId = Some.OperationId },
            Item(2, 1, BulkItemState.Running) with { OperationId = Guid.NewGuid() },
            Item(3, 2, BulkItemState.Pending),
        ]);

    private static BulkItem Item(int index, int wave, BulkItemState state) => new() { Index = index, Pipeline = Some.Key($"orders-{index}"), Team = "payments", Wave = wave, State = state };
}
