using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Xunit;

namespace Sluice.Domain.Tests.Operations.Planning;

/// <summary>Plans of real kinds against a small cluster, and what is recorded when they end.</summary>
public sealed class PlanAndOutcomeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(OperationKind.Savepoint, false, ChangeClass.None, JobEffect.KeepsRunning)]
    [InlineData(OperationKind.Suspend, false, ChangeClass.Suspend, JobEffect.Stops)]
    [InlineData(OperationKind.Drain, false, ChangeClass.Suspend, JobEffect.Stops)]
    [InlineData(OperationKind.Cancel, false, ChangeClass.Suspend, JobEffect.Stops)]
    [InlineData(OperationKind.Restart, false, ChangeClass.Upgrade, JobEffect.Restarts)]
    [InlineData(OperationKind.Delete, false, ChangeClass.Delete, JobEffect.Ends)]
    [InlineData(OperationKind.Resume, true, ChangeClass.Upgrade, JobEffect.Starts)]
    public async Task Plan_OfEachKind_IsWhatThenHappens(OperationKind kind, bool suspended, ChangeClass expected, JobEffect effect)
    {
        var world = await new OperationWorld().WithPipelineAsync(suspended);

        var ended = await world.RunAsync(kind);

        ended.State.ShouldBe(OperationState.Succeeded, ended.Message);
        var change = ended.Plan!.Classification.ShouldNotBeNull();
        (change.Class, change.Effect).ShouldBe((expected, effect), change.Words);
        var outcome = ended.Outcome.ShouldNotBeNull();
        outcome.Effect.ShouldBe(effect);
        // The small cluster of these tests sends no events, and keeps metadata of a job that has no high availability; everything else is compared.
        outcome.Disagreements.Where(d => !d.StartsWith("The operator:", StringComparison.Ordinal) && !(kind == OperationKind.Cancel && d.StartsWith("The way:", StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "deleted and created again")]
    public async Task Plan_OfARedeployment_SaysHowThisOperatorDoesIt(bool snapshots, string? words)
    {
        var world = await new OperationWorld(snapshots).WithPipelineAsync();

        var ended = await world.RunAsync(OperationWorld.Request(OperationKind.Redeploy) with { SnapshotPath = "file:/savepoints/one" });

        ended.Plan!.Classification!.Class.ShouldBe(ChangeClass.Redeploy);
        ended.Plan.State!.Source.ShouldBe(StateSource.Chosen);
        ended.Plan.Classification.OperatorTerm.ShouldBe(snapshots ? "SAVEPOINT_REDEPLOY" : null);
        if (words is not null) ended.Plan.Classification.Words.ShouldContain(words);
        ended.Outcome!.RestoredFrom.ShouldNotBeNull().ShouldEndWith("/savepoints/one");
        ended.Outcome.Effect.ShouldBe(JobEffect.Restarts);
    }

    [Fact]
    public async Task Plan_WhileACheckpointReplacesTheLast_IsNotRefused()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.CheckpointsGone = true;

        var plan = await world.Service.PlanAsync(OperationWorld.Request(OperationKind.Cancel), Token);

        plan.Problems.ShouldBeEmpty();
        plan.State!.Checks.ShouldContain(c => c.Result == CheckResult.Holds && c.Why.EndsWith("chk-1: a newer checkpoint takes its place at this moment.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plan_AfterARestart_EstimatesThePauseFromIt()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        (await world.Service.PlanAsync(OperationWorld.Request(OperationKind.Restart), Token)).Prediction!.PauseWhy.ShouldContain("no history yet");
        var first = await world.RunAsync(OperationKind.Restart);

        var plan = await world.Service.PlanAsync(OperationWorld.Request(OperationKind.Restart), Token);

        var pause = plan.Prediction!.Pause.ShouldNotBeNull();
        pause.Samples.ShouldBe(1);
        pause.Median.ShouldBe(first.Outcome!.Pause!.Value);
        pause.From.ShouldBe("restart operations of this pipeline");
        plan.Prediction.StepTimes.Count.ShouldBe(plan.Steps.Count);
        plan.Prediction.StepTimes.ShouldContain(t => t != null);
        plan.Prediction.Replayed.Value.ShouldBe(0);
        plan.Prediction.CatchUp.Value.ShouldBeNull();
        plan.Prediction.CatchUp.Why.ShouldStartWith("Not known");
    }

    [Fact]
    public async Task Upgrade_OfAKeyThatTheOperatorOnlyNotes_EndsWhenItIsTakenUpWithoutARestart()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var starts = world.Cluster.Starts;

        var ended = await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest(extra: "    kubernetes.operator.periodic.savepoint.interval: 6h"));

        ended.State.ShouldBe(OperationState.Succeeded, ended.Message);
        ended.Plan!.Classification!.Class.ShouldBe(ChangeClass.Ignore);
        ended.Steps.Single(s => s.Name == "await-running").Message.ShouldContain("not restarted");
        ended.Outcome!.Effect.ShouldBe(JobEffect.KeepsRunning);
        world.Cluster.Starts.ShouldBe(starts);
    }

    [Fact]
    public async Task Upgrade_ThatDoesNotStart_RecordsWhatHappenedWithoutComparing()
    {
        var world = await new OperationWorld().WithPipelineAsync();
        world.Cluster.BadImage = "flink:none";

        var ended = await world.RunAsync(OperationKind.Upgrade, OperationWorld.Manifest("flink:none"));

        ended.State.ShouldBe(OperationState.Failed);
        ended.Outcome.ShouldNotBeNull().Effect.ShouldBe(JobEffect.Restarts);
        ended.Outcome.Disagreements.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("await-running:Recorded")]
    [InlineData("put-back-mode:After")]
    [InlineData("put-back-mode:Recorded")]
    public async Task Outcome_AfterADeathNearTheEnd_IsRecordedOnceWithTheEnd(string boundary)
    {
        var world = await new OperationWorld().WithPipelineAsync();
        var operation = await world.StartAsync(OperationKind.Restart);
        await world.WorkAsync(new Kill(boundary));
        (await world.FindAsync(operation.Id)).Outcome.ShouldBeNull();

        await world.WorkAsync();

        var ended = await world.FindAsync(operation.Id);
        ended.State.ShouldBe(OperationState.Succeeded, ended.Message);
        ended.Outcome.ShouldNotBeNull().Effect.ShouldBe(JobEffect.Restarts);
        (await world.WorkAsync()).ShouldBeFalse();
    }

    [Fact]
    public void Kept_PlanAndOutcome_AreReadAsTheyWereWritten()
    {
        var plan = new OperationPlan("It.", ["One"], "+a", "b", true, ["l"], [], ["c"])
        {
            Classification = new(ChangeClass.Upgrade, JobEffect.Restarts, "w", [new("image", ChangeClass.Upgrade, "image: a → b")]) { OperatorTerm = "UPGRADE", Mode = StopMode.Savepoint, ModeWhy = "y" },
            State = new(StateSource.NewSavepoint, null, "why", [new("what", CheckResult.Unknown, "because")]),
            Prediction = new(new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), 3, "x"), "p", new(0, "r"), new(null, "b"), new(TimeSpan.FromSeconds(2), "c"), 5.5, null, [TimeSpan.FromSeconds(1), null]),
            Baseline = new(DateTimeOffset.UnixEpoch, "id", true, new Dictionary<string, string> { ["e"] = "1" }),
        };

        var json = PlanJson.Write(plan);

        PlanJson.Write(PlanJson.Read<OperationPlan>(json)).ShouldBe(json);
        PlanJson.Read<OperationPlan>(json)!.Prediction!.StepTimes.ShouldBe([TimeSpan.FromSeconds(1), null]);
        PlanJson.Read<OperationPlan>("""{"sentence":7}""").ShouldBeNull();
    }
}
