using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Portal.Client.Shared.Operations;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class PlanTests
{
    private static readonly OperationPlan Plan = new("Restart it.", ["Check", "Ask"], "+  restartNonce: 2\n", "A savepoint.", true, [], [], [])
    {
        Classification = new(ChangeClass.Upgrade, JobEffect.Restarts, "The job stops and starts, because of restartNonce.", [new("restartNonce", ChangeClass.Upgrade, "restartNonce: 1 → 2"), new("job.upgradeMode", ChangeClass.Ignore, "job.upgradeMode: last-state → savepoint")])
        {
            OperatorTerm = "UPGRADE", Mode = StopMode.Savepoint, ModeWhy = "upgradeMode is savepoint and the job runs",
        },
        State = new(StateSource.NewSavepoint, null, "A new savepoint, because upgradeMode is savepoint.", [new("The operators find their state again", CheckResult.Unknown, "image changes."), new("The state fits", CheckResult.Holds, "2 of 128.")]),
        Prediction = new(new(TimeSpan.FromSeconds(130), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(185), 8, "upgrade operations of this pipeline"), "", new(0, "It stops with the savepoint."), new(34_000_000, "x"), new(null, "Not known: no rate."), 262_000, null, [TimeSpan.FromSeconds(2), null]),
    };

    [Fact]
    public async Task View_OfAPlan_SaysClassificationStateAndCostWithWhatIsUnknown()
    {
        await using var pages = new Pages();

        var html = await pages.RenderAsync<OperationPlanView>(new() { ["Plan"] = Plan, ["Kind"] = OperationKind.Restart });

        html.ShouldContain("the operator will call it <b>UPGRADE</b>");
        html.ShouldContain("2\u00a0min\u00a010\u00a0s");
        html.ShouldContain("in 8 upgrade operations of this pipeline");
        html.ShouldContain("34\u00a0M\u00a0records");
        html.ShouldContain("Not known: no rate.");
        html.ShouldContain("Unknown: the operators find their state again");
        html.ShouldContain("1 holds, 1 unknown");
        html.ShouldContain("restartNonce: 1 → 2");
    }

    [Fact]
    public async Task PredictedAndReal_OfAnEndedOperation_NamesWhatDiffers()
    {
        await using var pages = new Pages();
        var ended = Some.Operation(OperationState.Succeeded, StepState.Done) with
        {
            Plan = Plan,
            Outcome = new(Some.Now, JobEffect.Restarts, ["UPGRADE"], null, "last-state", TimeSpan.FromSeconds(64), "seen", "file:/savepoints/savepoint-7c1f04-2d9be1", 0, 5, ["The way: savepoint was predicted, the operator used last-state."]),
        };

        var html = await pages.RenderAsync<PredictedAndReal>(new() { ["Operation"] = ended });

        html.ShouldContain("1\u00a0min\u00a04\u00a0s");
        html.ShouldContain("the operator used last-state");
        html.ShouldNotContain("not yet");
    }

    [Fact]
    public async Task PredictedAndReal_WhileItRuns_WaitsForItsEnd()
    {
        await using var pages = new Pages();

        var html = await pages.RenderAsync<PredictedAndReal>(new() { ["Operation"] = Some.Operation(OperationState.Running, StepState.Running) with { Plan = Plan } });

        html.ShouldContain("not yet");
        html.ShouldContain("Real values are noted when it ends.");
    }

    [Fact]
    public async Task PredictedAndReal_OfAnOlderOperation_IsNotShown()
    {
        await using var pages = new Pages();

        (await pages.RenderAsync<PredictedAndReal>(new() { ["Operation"] = Some.Operation(OperationState.Succeeded, StepState.Done) })).Trim().ShouldBeEmpty();
    }
}
