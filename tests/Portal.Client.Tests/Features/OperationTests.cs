using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Snapshots;
using Sluice.Portal.Client.Features.Operations;
using Sluice.Portal.Client.Shared.Operations;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class OperationTests
{
    [Fact]
    public void Story_Running_NamesTheStep() =>
        OperationStory.Of(Some.Operation(OperationState.Running, StepState.Done, StepState.Running, StepState.Pending)).Title.ShouldBe("Step 2 of 3: do thing 2");

    [Fact]
    public void Story_BetweenTwoSteps_NamesTheNext() =>
        OperationStory.Of(Some.Operation(OperationState.Running, StepState.Done, StepState.Pending)).Title.ShouldBe("Step 2 of 2: do thing 2");

    [Fact]
    public void Story_CalledOff_SaysThatItStops() =>
        OperationStory.Of(Some.Operation(OperationState.Running, StepState.Running) with { CancelRequested = true }).Title.ShouldContain("stops at the next safe point");

    [Fact]
    public void Story_Waiting_AsksForAChoice()
    {
        var story = OperationStory.Of(Some.Operation(OperationState.Waiting, StepState.Done, StepState.Failed, StepState.Pending) with { Message = "The savepoint was not there after 10 min." });

        story.Title.ShouldBe("Step 2 of 3 gave up: you choose how to go on");
        story.Text.ShouldBe("The savepoint was not there after 10 min.");
        story.Style.ShouldBe("s-warn");
    }

    [Fact]
    public void Story_Succeeded_SaysHowLongItTook() =>
        OperationStory.Of(Some.Operation(OperationState.Succeeded, StepState.Done)).Title.Replace('\u00a0', ' ').ShouldBe("Done in 1 min 32 s");

    [Theory]
    [InlineData(OperationState.Pending)]
    [InlineData(OperationState.Running)]
    [InlineData(OperationState.Waiting)]
    [InlineData(OperationState.Succeeded)]
    [InlineData(OperationState.Failed)]
    [InlineData(OperationState.Cancelled)]
    public void Story_WithoutSteps_StillSaysSomething(OperationState state) => OperationStory.Of(Some.Operation(state)).Title.ShouldNotBeNullOrWhiteSpace();

    [Fact]
    public async Task Progress_OfTheRecord_ShowsStepsAndEvidenceEscaped()
    {
        await using var pages = new Pages();
        var operation = Some.Operation(OperationState.Running, StepState.Done, StepState.Running);
        pages.Operations.All.Add(operation with
        {
            Steps = [operation.Steps[0], operation.Steps[1] with { Message = "waits for 6 pods", Deadline = Some.Now.AddMinutes(3), Evidence = [new Evidence(Some.Now, "event", "<script>x</script>")] }],
        });

        var html = await pages.RenderAsync<OperationProgress>(new() { ["Id"] = Some.OperationId });

        html.ShouldContain("Step 2 of 2: do thing 2");
        html.ShouldContain("waits for 6 pods");
        html.ShouldContain("until 03:15:40");
        html.ShouldContain("&lt;script&gt;x");
        html.ShouldContain("aria-valuenow=\"1\"");
    }

    [Fact]
    public async Task Progress_WhereTheRecordCannotBeRead_SaysThatItGoesOn()
    {
        await using var pages = new Pages();
        pages.Operations.Failure = new InvalidOperationException("The database does not answer.");

        var html = await pages.RenderAsync<OperationProgress>(new() { ["Id"] = Some.OperationId });

        html.ShouldContain("The database does not answer.");
        html.ShouldContain("It goes on without this page");
    }

    [Fact]
    public async Task Progress_OfAnUnknownOperation_SaysSo()
    {
        await using var pages = new Pages();

        (await pages.RenderAsync<OperationProgress>(new() { ["Id"] = Some.OperationId })).ShouldContain("There is no such operation");
    }

    [Fact]
    public async Task Dialog_ForDeleting_SaysWhatIsLostAndKeepsTheButtonOffUntilTheNameIsTyped()
    {
        await using var pages = new Pages();
        pages.Operations.Plan = new OperationPlan("Deletes it.", ["Stop", "Delete"], "", null, false, ["its checkpoints"], [], []);

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Delete, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("Lost for good: its checkpoints");
        html.IndexOf("its checkpoints", StringComparison.Ordinal).ShouldBeLessThan(html.IndexOf("Type <b>orders</b>", StringComparison.Ordinal));
        html.ShouldContain("title=\"type the name first\"");
        pages.Operations.Planned.ShouldHaveSingleItem().SavepointBeforeDelete.ShouldBeTrue();
    }

    [Fact]
    public async Task Dialog_ForARedeployment_OffersTheCatalogueAndKeepsAPathThatItDoesNotHave()
    {
        await using var pages = new Pages();
        Snapshot[] known =
        [
            new Snapshot { Id = Guid.NewGuid(), PipelineId = Guid.Empty, Path = "s3://state/savepoint-1", Kind = SnapshotKind.Savepoint, Origin = SnapshotOrigin.Operation, TakenAt = Some.Now, Drained = true, Revision = 4 },
            new Snapshot { Id = Guid.NewGuid(), PipelineId = Guid.Empty, Path = "s3://state/savepoint-2", Kind = SnapshotKind.Savepoint, State = SnapshotState.Quarantined, TakenAt = Some.Now },
        ];
        pages.Snapshots.Catalogue = new SnapshotCatalogue(Some.Key(), [.. known.Select(s => new SnapshotEntry(s, null, null))], new SnapshotPolicy { PipelineId = Guid.Empty }, [], []);

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Redeploy, ["Pipeline"] = Some.Key(), ["Open"] = true, ["SnapshotPath"] = "s3://state/chosen" });

        html.ShouldContain("<option value=\"s3://state/savepoint-1\"");
        html.ShouldContain(", by operation, revision 4, drained: not for resuming");
        html.ShouldNotContain("savepoint-2");
        html.ShouldContain("<option value=\"other\" selected");
        html.ShouldContain("value=\"s3://state/chosen\"");
        pages.Operations.Planned.ShouldHaveSingleItem().SnapshotPath.ShouldBe("s3://state/chosen");
    }

    [Fact]
    public async Task Dialog_ForARedeploymentWithoutTheDatabase_TakesAPathAndSaysWhyItOffersNone()
    {
        await using var pages = new Pages();
        pages.Snapshots.Down = new InvalidOperationException("the database is away");

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Redeploy, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("The catalogue of snapshots cannot be read now: the database is away");
        html.ShouldContain("data-keep=\"path\"");
    }

    [Fact]
    public async Task Dialog_ForScaling_ShowsEachVertexWithItsLimitAndTheSlots()
    {
        await using var pages = new Pages();
        var slots = new SlotPlan(4, 4, 2, 4, 1, 1, "4 slots on 1 TaskManager of 4. There are 4 slots on 1 TaskManager now: no more pods are needed.");
        pages.Operations.Plan = new OperationPlan("Scale orders while it runs.", ["Apply"], "", "The job's own last checkpoint.", false, [], [], [])
        {
            Scaling = new ScalingPlan(ScaleWay.InPlace, "The operator asks the JobManager.", 2, 2, [new VertexScale("8eeed16b661251f13cfc6a3c5e75c420", "totals <by key>", 2, 4, 128, true)], slots),
        };

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Scale, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("aria-label=\"New parallelism of totals &lt;by key&gt;");
        html.ShouldContain("<td class=\"num strong\">4</td><td class=\"num soft\">128</td>");
        html.ShouldContain("no more pods are needed");
        html.ShouldContain("in place");
        pages.Operations.Planned.ShouldHaveSingleItem().Scale.ShouldBeNull();
    }

    [Fact]
    public async Task Dialog_ForAFork_ProposesANameAndSaysWhereItBegins()
    {
        await using var pages = new Pages();
        pages.Operations.Plan = new OperationPlan("Deploy it.", ["Create"], "", "A new savepoint of orders.", false, [], [], ["Both pipelines read and write at once from then on."]);

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Fork, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("value=\"orders-fork\"");
        html.ShouldContain("Both pipelines read and write at once");
        var planned = pages.Operations.Planned.ShouldHaveSingleItem();
        (planned.Pipeline, planned.Source).ShouldBe((Some.Key() with { Name = "orders-fork" }, Some.Key()));
    }

    [Fact]
    public async Task Dialog_ForASideBySideUpgrade_SaysThatThereIsNoPauseAndWhatBothRead()
    {
        await using var pages = new Pages();
        var guess = new OperationPrediction(null, "None: the old one goes on until the new one runs.", new Guess(1200, "At least: 40 s for a start × 30 records/s, read by both."), new Guess(0, ""), new GuessedTime(null, "Not known."), 30, null, []);
        pages.Operations.Plan = new OperationPlan("Start it beside orders.", ["Create"], "", "A new savepoint of orders.", false, [], [], ["Both process the same records."])
        {
            Classification = new ChangeClassification(ChangeClass.Deploy, JobEffect.IsReplaced, "A first deployment under another name.", []), Prediction = guess,
        };

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.SideBySide, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("<dt>The job</dt><dd>is replaced");
        html.ShouldContain("<dt>Expected pause</dt><dd>none<small>None: the old one goes on");
        html.ShouldContain("<dt>Read by both, at least</dt><dd>1.2");
        html.ShouldContain("Name of the new deployment");
        html.ShouldContain("Start it beside the old one");
        pages.Operations.Planned.ShouldHaveSingleItem().Beside.ShouldBeNull();
    }

    [Fact]
    public async Task Dialog_ForAnUpgrade_OffersToStartBesideTheOldOne()
    {
        await using var pages = new Pages();

        (await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Upgrade, ["Pipeline"] = Some.Key(), ["Open"] = true })).ShouldContain("beside the old one, and cut over once it runs");
    }

    [Fact]
    public async Task Dialog_ForGoingLive_ShowsTheConditionWhatIsKnownOfItAndItsFields()
    {
        await using var pages = new Pages();
        pages.Operations.Plan = new OperationPlan("Wait until somebody says so.", ["Wait"], "", null, true, [], [], []) { Wait = new WaitPlan("fewer than 1,000 records wait before its sources", "312 records wait before its sources.", TimeSpan.FromHours(12)) };

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.GoLive, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("<dt>Waits until</dt><dd>fewer than 1,000 records wait before its sources; after 12");
        html.ShouldContain("you are asked how to go on");
        html.ShouldContain("<dt>Now</dt><dd>312 records wait before its sources.</dd>");
        html.ShouldContain("Fewer records wait than");
        html.ShouldContain("Wait, then go live");
        (await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Upgrade, ["Pipeline"] = Some.Key(), ["Open"] = true })).ShouldContain("What runs is a bootstrap: wait until it is through");
    }

    [Fact]
    public async Task Missing_AfterASideBySideUpgrade_LeadsToTheNewDeployment()
    {
        await using var pages = new Pages();

        var html = await pages.RenderAsync<Client.Features.Pipelines.Detail.PipelineMissing>(new() { ["Key_"] = Some.Key(), ["MovedTo"] = Some.Key() with { Name = "orders-g2" }, ["State"] = new Sluice.Domain.Kubernetes.ReflectorState(Sluice.Domain.Kubernetes.ReflectorPhase.Synced, Some.Now) });

        html.ShouldContain("is now orders-g2");
        html.ShouldContain($"href=\"{(Some.Key() with { Name = "orders-g2" }).Path}\"");
        html.ShouldNotContain("Register a pipeline");
    }

    [Theory]
    [InlineData(StepState.Running, "Go live now")]
    [InlineData(StepState.Done, null)]
    public async Task Page_OfOneThatWaitsForItsBootstrap_OffersToGoLiveNow(StepState wait, string? offers)
    {
        await using var pages = new Pages();
        var operation = Some.Operation(OperationState.Running, wait);
        pages.Operations.All.Add(operation with { Kind = OperationKind.GoLive, Steps = [operation.Steps[0] with { Name = "await-bootstrap" }] });

        var html = await pages.RenderAsync<OperationProgress>(new() { ["Id"] = Some.OperationId, ["Link"] = true });

        if (offers is null) html.ShouldNotContain("Go live now");
        else html.ShouldContain(offers);
    }

    [Fact]
    public async Task Dialog_WithAProblem_CannotStart()
    {
        await using var pages = new Pages();
        pages.Operations.Plan = new OperationPlan("Suspends it.", ["Suspend"], "", null, false, [], ["The operator does not answer."], []);

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Suspend, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("The operator does not answer.");
        html.ShouldContain("something stands against it");
    }

    [Fact]
    public async Task Dialog_ThatWasRefused_LinksToTheActiveOperation()
    {
        await using var pages = new Pages();
        pages.Operations.Failure = new OperationRefusedException("Another operation is active.", Some.OperationId);

        var html = await pages.RenderAsync<StartOperationDialog>(new() { ["Kind"] = OperationKind.Savepoint, ["Pipeline"] = Some.Key(), ["Open"] = true });

        html.ShouldContain("Another operation is active.");
        html.ShouldContain($"/operations/{Some.OperationId}");
        html.ShouldContain("Plan again");
    }

    [Theory]
    [InlineData("/operations")]
    [InlineData("/operations?kind=upgrade&show=failed")]
    [InlineData("/operations?pipeline=eu-west-1%2Fpayments%2Forders&show=active")]
    [InlineData("/operations?pipeline=eu-west-1%2Fpayments%2Forders&resource=session-job&kind=delete")]
    public void ListState_RoundTrip(string url) => OperationsUrlState.Parse("http://sluice.test" + url).ToUrl().ShouldBe(url);

    [Theory]
    [InlineData("/operations?kind=99&show=1")]
    [InlineData("/operations?pipeline=a/b")]
    [InlineData("/operations?pipeline=//")]
    public void ListState_WhatNobodyWrote_IsIgnored(string url) => OperationsUrlState.Parse("http://sluice.test" + url).ShouldBe(new OperationsUrlState());

    [Fact]
    public async Task List_OfOneGroup_ShowsThoseOnly()
    {
        await using var pages = new Pages("http://sluice.test/operations?show=waiting");
        pages.Operations.All.Add(Some.Operation(OperationState.Waiting, StepState.Failed) with { Message = "choose", Pipeline = Some.Key("stuck") });
        pages.Operations.All.Add(Some.Operation(OperationState.Succeeded, StepState.Done) with { Id = Guid.Empty, Pipeline = Some.Key("fine") });

        var html = await pages.RenderAsync<OperationsPage>();

        html.ShouldContain("stuck");
        html.ShouldContain("waits for you");
        html.ShouldNotContain("fine");
    }

    [Fact]
    public void Took_OfARunningOperation_IsMissing() => OperationStory.Took(Some.Operation(OperationState.Running, StepState.Running)).ShouldBeNull();
}
