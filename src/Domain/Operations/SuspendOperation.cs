using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>Stops the job with a savepoint, to be resumed from it.</summary>
public sealed class SuspendOperation(OperationTiming timing) : IOperationKind
{
    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Suspend;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, (_, seen) =>
        {
            if (!seen.Runs) throw new OperationFailedException($"{PlanTexts.NotRunning(seen)} Nothing was changed.");
        }),
        SharedSteps.StopStep(timing),
        SharedSteps.AwaitStoppedStep(timing),
    ];

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is { } seen ? new PlannedWrite(SharedSteps.Stopped(seen)) : null);

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var cautions = new List<string>();
        if (context.Resource is { } seen)
        {
            if (!seen.WantsRunning) problems.Add("It is suspended already.");
            else if (!seen.Runs) problems.Add(PlanTexts.NotRunning(seen));
            PlanTexts.SavepointDirectory(seen, problems);
            if (seen.Record.UpgradeMode != "savepoint")
                cautions.Add($"The spec's upgrade mode is {seen.Record.UpgradeMode ?? "stateless (the default)"}. This stop uses savepoint, and resuming puts the spec's own mode back.");
            if (seen.Record.DrainsOnStop) cautions.Add(PlanTexts.DrainSwitch);
            cautions.Add("If the job fails just before the stop, the operator keeps the last checkpoint instead of a savepoint; the operation then says so.");
        }
        return Task.FromResult(new OperationPlan(
            $"Stop {context.Name} with a savepoint, to be resumed from it.", PlanTexts.Titles(this, context.Request),
            context.Resource is null ? "" : "-    state: running\n+    state: suspended\n", "Resuming continues from the savepoint that this stop takes.", true, [], problems, cautions));
    }
}
