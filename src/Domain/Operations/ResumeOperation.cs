using System.Text.Json.Nodes;

namespace Sluice.Domain.Operations;

/// <summary>Starts a suspended job again from the snapshot that its suspension left, and proves it.</summary>
public sealed class ResumeOperation(OperationTiming timing) : IOperationKind
{
    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Resume;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, (context, seen) =>
        {
            // After a takeover the first attempt's own write makes it look as if it ran already.
            if (seen.WantsRunning && !seen.WrittenBy(context.Operation.Id)) throw new OperationFailedException("The pipeline is not suspended. Nothing was changed.");
        }),
        new(SharedSteps.Start, "Ask the operator to start the job again", timing.Quick, async (context, cancellationToken) =>
        {
            var written = await SharedSteps.WriteOnceAsync(context, o => o.WantsRunning, o => new JsonObject
            {
                // Stateless would begin empty; the mode that the suspension kept is put back once the job runs.
                ["metadata"] = o.Annotation(OperationNames.UpgradeModeAnnotation) is null ? SharedSteps.KeepMode(o.Record.UpgradeMode) : [],
                ["spec"] = new JsonObject { ["job"] = new JsonObject { ["state"] = "running", ["upgradeMode"] = "savepoint" } },
            }, cancellationToken);
            return StepResult.Done($"Asked for in generation {written.Generation}.");
        }) { CancelAsync = SharedSteps.NothingChanged },
        SharedSteps.AwaitRunningStep(timing, SharedSteps.Start),
        new("verify", "Check which snapshot the job was restored from", timing.Verify,
            (context, cancellationToken) => RestoredState.VerifyAsync(context, Expected(context), cancellationToken)),
        SharedSteps.PutBackModeStep(timing),
    ];

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var lost = new List<string>();
        string? from = null;
        if (context.Resource is { } seen)
        {
            if (seen.WantsRunning) problems.Add("It is not suspended.");
            else if (!seen.IsSuspended) problems.Add("Its suspension is not complete yet. Wait until it is, then resume.");
            from = seen.ReconciledUpgradeMode switch
            {
                "last-state" => "The last checkpoint, from the high-availability metadata: it was suspended without a savepoint.",
                "stateless" => "Nothing: it was suspended without its state.",
                _ => seen.SavepointPath is { } path ? $"{path}: the savepoint that the suspension took." : null,
            };
            if (from is null) problems.Add("No snapshot of the suspension is known, so it cannot be proven where the job would continue.");
            if (seen.ReconciledUpgradeMode == "stateless") lost.Add("The job's state: it was suspended as stateless.");
        }
        return Task.FromResult(new OperationPlan(
            $"Start {context.Name} again where it was suspended.", PlanTexts.Titles(this, context.Request),
            context.Resource is null ? "" : "-    state: suspended\n+    state: running\n", from, true, lost, problems, []));
    }

    private static string? Expected(StepContext context) =>
        context.TextOf(SharedSteps.Check, "restoreMode") is "last-state" or "stateless" ? null : SharedSteps.PathBeforeOf(context);
}
