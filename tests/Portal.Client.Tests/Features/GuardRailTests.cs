using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Operations;
using Sluice.Portal.Client.Features.Pipelines.Detail;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Portal.Client.Features.Settings;
using Sluice.Portal.Client.Shared.Operations;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class GuardRailTests
{
    private static readonly OperationPlan Plan = new("Restarts it.", ["Stop", "Start"], "", null, true, [], [], []);

    [Theory]
    [InlineData(OperationState.AwaitingApproval, "Waits for somebody else than demo to approve it")]
    [InlineData(OperationState.Queued, "Waits for its turn")]
    [InlineData(OperationState.NotStarted, "Not started")]
    public void Story_OfWhatHasNotBegun_SaysWhatItWaitsFor(OperationState state, string title) => OperationStory.Of(Some.Operation(state)).Title.ShouldBe(title);

    [Fact]
    public async Task Dialog_OfACriticalPipeline_AsksForApprovalAndAReason()
    {
        await using var pages = new Pages();
        pages.Operations.Plan = Plan with { Guards = new PlanGuards(PipelineTier.Critical) { Approval = "orders is critical.", ApprovalWithin = TimeSpan.FromHours(24), MayBreakGlass = true } };

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Restart, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("It waits for a second person.");
        html.ShouldContain("start it alone");
        html.ShouldContain("Ask for approval");
        html.ShouldContain("title=\"say why first\"");
    }

    [Fact]
    public async Task Dialog_WhileAnotherIsActive_OffersToStartAfterItAlsoWithProblems()
    {
        await using var pages = new Pages();
        pages.Operations.Plan = Plan with { Problems = ["The job is RESTARTING."], Guards = new PlanGuards(PipelineTier.Standard) { Active = Some.OperationId, Ahead = 1 } };

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Restart, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("Start after it");
        html.ShouldContain("waits for its turn");
        html.ShouldNotContain("something stands against it; see above");
    }

    [Fact]
    public async Task Dialog_WhenTheOtherHasEnded_PlansAgainAndOffersToStartAtOnce()
    {
        await using var pages = new Pages();
        pages.Operations.Plan = Plan with { Guards = new PlanGuards(PipelineTier.Standard) { Active = Some.OperationId } };
        pages.Operations.All.Add(Some.Operation(OperationState.Running));

        var html = await pages.UntilAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Restart, ["Pipeline"] = Some.Key(), ["Open"] = true }, () =>
        {
            pages.Operations.All[0] = Some.Operation(OperationState.Succeeded);
            pages.Operations.Plan = Plan with { Guards = new PlanGuards(PipelineTier.Standard) };
        }, "Restart it</button>");

        html.ShouldContain("Restart it</button>");
        html.ShouldNotContain("Start after it");
    }

    [Theory]
    [InlineData("demo", false)]
    [InlineData("token:demo", false)]
    [InlineData("ada", true)]
    public async Task Approval_ShowsItsButtons_ToSomebodyElseOnly(string actor, bool shown)
    {
        await using var pages = new Pages();
        var operation = Some.Operation(OperationState.AwaitingApproval) with { Actor = actor, Reason = "a leak", Guards = new OperationGuards { Approval = new Approval("critical", Some.Now.AddHours(1)) } };

        var html = await pages.RenderAsync<ApprovalPanel>(new() { ["Operation"] = operation });

        html.ShouldContain("a leak");
        html.Contains("Approve</button>", StringComparison.Ordinal).ShouldBe(shown);
        html.Contains("somebody else has to decide", StringComparison.Ordinal).ShouldBe(!shown);
    }

    [Fact]
    public async Task Approval_WhereTheGlassWasBroken_SaysWhoAndWhy()
    {
        await using var pages = new Pages();

        var html = await pages.RenderAsync<ApprovalPanel>(new() { ["Operation"] = Some.Operation(OperationState.Running) with { Reason = "disk full", Guards = new OperationGuards { BrokeGlass = true } } });

        html.ShouldContain("Started without a second person.");
        html.ShouldContain("disk full");
    }

    [Fact]
    public async Task Actions_WhileAnOperationGoesOn_CanStillBeAskedFor()
    {
        await using var pages = new Pages();
        var row = Some.Row() with { Registered = true, Operation = new ActiveOperation(Some.OperationId, PipelinePhase.Upgrading, 1, 3) };

        var html = await pages.RenderAsync<PipelineActions>(new() { ["Row"] = row });

        html.ShouldContain("This one can start after it.");
    }

    [Fact]
    public async Task Dialog_DuringAFreezeWindow_AsksForAReasonToPassOverIt()
    {
        await using var pages = new Pages();
        var notice = new FreezeNotice(Guid.NewGuid(), "Holidays", "nobody is there", Some.Now.AddDays(1), "the platform team", MayPass: true);
        pages.Operations.Plan = Plan with { Problems = ["Frozen."], Guards = new PlanGuards(PipelineTier.Standard) { Freezes = [notice] } };

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Restart, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("Frozen by “Holidays”");
        html.ShouldContain("the platform team");
        html.ShouldContain("Why it is passed over");
        html.ShouldContain("something stands against it; see above");
    }

    [Fact]
    public async Task Dialog_OfWhatIsManagedInGit_OffersThePatchInstead()
    {
        await using var pages = new Pages();
        pages.Operations.Plan = Plan with { Problems = ["It is managed in Git."], Guards = new PlanGuards(PipelineTier.Standard) { Git = new GitSource("https://git.example.org/jobs", "a/orders.yaml"), PatchOnly = true } };

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Upgrade, ["Pipeline"] = Some.Key(), ["Open"] = true, ["Manifest"] = "kind: x" });

        html.ShouldContain("Managed in Git: a/orders.yaml");
        html.ShouldContain("download=\"orders.patch\"");
        html.ShouldContain($"base64,{Convert.ToBase64String("--- a"u8)}");
        html.ShouldContain("something stands against it; see above");
    }

    [Fact]
    public async Task Settings_WithWindows_SayForWhomAndWhen()
    {
        await using var pages = new Pages();
        pages.Freezes.Windows.Add(Window("Holidays", new FreezeTimes { From = new DateTime(2026, 11, 11), Until = new DateTime(2026, 11, 20) }) with { Tier = PipelineTier.Critical, Team = "payments" });
        pages.Freezes.Windows.Add(Window("Weekends", new FreezeTimes { Zone = "Europe/Berlin", FromDay = DayOfWeek.Friday, FromTime = new TimeOnly(16, 0), UntilDay = DayOfWeek.Monday, UntilTime = new TimeOnly(8, 0) }) with { EndedBy = "ada", EndedAt = Some.Now, EndedWhy = "not needed" });

        var html = await pages.RenderAsync<FreezePanel>();

        html.ShouldContain("Only critical pipelines, team payments");
        html.ShouldContain("now, until Fri 20 Nov 2026 00:00:00 UTC");
        html.ShouldContain("Every week from Friday 16:00 to Monday 08:00, Europe/Berlin");
        html.ShouldContain("Ended by ada: not needed");
    }

    [Fact]
    public async Task Page_OfACriticalPipeline_TellsItsTier()
    {
        await using var pages = new Pages();
        var row = Some.Row() with { Registered = true, Tier = PipelineTier.Critical };
        pages.Fleet.Set(Some.Fleet(row));

        var html = await pages.RenderAsync<PipelinePage>(new() { ["Cluster"] = row.Key.Cluster, ["Namespace"] = row.Key.Namespace, ["Name"] = row.Key.Name, ["Part"] = "spec" });

        html.ShouldContain("critical</span>");
        (await pages.RenderAsync<GuardPanel>(new() { ["Row"] = row })).ShouldContain("somebody else who approves it");
    }

    [Fact]
    public void Fields_OfAWindow_ReadBackAsTheSame()
    {
        var window = Window("Holidays", new FreezeTimes { Zone = "Europe/Berlin", From = new DateTime(2026, 12, 20, 18, 0, 0), Until = new DateTime(2027, 1, 2) }) with { Tier = PipelineTier.Critical, MayPass = true };

        var (draft, problems) = FreezeFields.Of(window).Read();

        problems.ShouldBeEmpty();
        draft.ShouldBe(new FreezeDraft("Holidays", window.Times, Tier: PipelineTier.Critical, MayPass: true));
        new FreezeFields { From = "tomorrow", Until = "2027-01-02" }.Read().Problems.ShouldHaveSingleItem().Field.ShouldBe("times.from");
        new FreezeFields { Weekly = true, FromTime = "4 pm" }.Read().Problems.ShouldHaveSingleItem().Field.ShouldBe("times.fromTime");
    }

    private static FreezeWindow Window(string name, FreezeTimes times) =>
        new() { Id = Guid.NewGuid(), Name = name, Times = times, CreatedBy = "demo", CreatedAt = Some.Now, UpdatedBy = "demo", UpdatedAt = Some.Now };

    [Fact]
    public void Tier_IsAFacetOfTheList()
    {
        var critical = Some.Row() with { Tier = PipelineTier.Critical };

        FleetFacets.ValueOf(FleetFacet.Tier, critical).ShouldBe("critical");
        new FleetMatcher(FleetUrlState.Parse("?tier=critical")).Matches(critical).ShouldBeTrue();
        new FleetMatcher(FleetUrlState.Parse("?tier=critical")).Matches(Some.Row()).ShouldBeFalse();
    }

    [Fact]
    public void OperationsList_Held_ShowsWhatWaitsForApprovalOrItsTurn()
    {
        var state = OperationsUrlState.Parse("/operations?show=held");

        state.Shows(Some.Operation(OperationState.Queued)).ShouldBeTrue();
        state.Shows(Some.Operation(OperationState.AwaitingApproval)).ShouldBeTrue();
        state.Shows(Some.Operation(OperationState.Waiting)).ShouldBeFalse();
    }
}
