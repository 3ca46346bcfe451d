using System.Text.Json.Nodes;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>Stops the job with a savepoint and starts the same version from it. A job that does not run is started from its last checkpoint.</summary>
public sealed class RestartOperation(OperationTiming timing) : IOperationKind
{
    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Restart;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, (_, seen) =>
        {
            if (!seen.WantsRunning) throw new OperationFailedException("The pipeline is suspended. Nothing was changed. Resume it instead.");
        }),
        new(RolloutSteps.Apply, "Ask the operator to restart the job", timing.Quick, async (context, cancellationToken) =>
        {
            var nonce = OperationNames.Nonce(context.Operation.Id, RetryPoint.AttemptOf(context.Step.Data));
            await RolloutSteps.RememberRestartAsync(context, true, cancellationToken);
            var written = await SharedSteps.WriteOnceAsync(context, o => (long?)o.Spec["restartNonce"] == nonce, o => new JsonObject
            {
                ["metadata"] = SharedSteps.KeepMode(o.Record.UpgradeMode),
                ["spec"] = new JsonObject { ["restartNonce"] = nonce, ["job"] = new JsonObject { ["upgradeMode"] = "savepoint" } },
            }, cancellationToken);
            return StepResult.Done($"Asked for in generation {written.Generation}.");
        }) { CancelAsync = SharedSteps.NothingChanged },
        RolloutSteps.AwaitStoppedStep(timing),
        RolloutSteps.AwaitRunningStep(timing),
        RolloutSteps.VerifyStep(timing),
        SharedSteps.PutBackModeStep(timing),
    ];

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is { } seen ? new PlannedWrite(Restarted(seen)) : null);

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var cautions = new List<string>();
        string? from = null;
        if (context.Resource is { } seen)
        {
            if (!seen.WantsRunning) problems.Add("It is suspended. Resume it instead.");
            PlanTexts.SavepointDirectory(seen, problems);
            if (seen.Record.DrainsOnStop) cautions.Add(PlanTexts.DrainSwitch);
            from = RolloutSteps.RestoresFrom(seen, cautions);
        }
        return Task.FromResult(new OperationPlan(
            $"Restart {context.Name}: the job stops with a savepoint and the same version starts from it.", PlanTexts.Titles(this, context.Request),
            context.Resource is null ? "" : "+  restartNonce: made from the operation's id\n", from, true, [], problems, cautions));
    }

    // Which nonce makes no difference to the operator, as long as it is another one.
    private static JsonObject Restarted(FlinkObject seen)
    {
        var spec = SharedSteps.WithJob(seen, job => job["upgradeMode"] = "savepoint");
        spec["restartNonce"] = ((long?)spec["restartNonce"] ?? 0) + 1;
        return spec;
    }
}
