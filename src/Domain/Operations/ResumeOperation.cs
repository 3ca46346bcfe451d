using System.Text.Json.Nodes;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>Starts a suspended job again from the snapshot that its suspension left, and proves it.</summary>
public sealed class ResumeOperation(OperationTiming timing) : IOperationKind
{
    private static readonly TimeSpan AnswersAge = TimeSpan.FromSeconds(5);

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
            await LetAnswersAgeAsync(context, cancellationToken);
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
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is { } seen ? new PlannedWrite(SharedSteps.WithJob(seen, job => (job["state"], job["upgradeMode"]) = ("running", "savepoint"))) : null);

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var lost = new List<string>();
        string? from = null;
        if (context.Resource is { } seen)
        {
            if (Drained.IsOf(seen)) problems.Add(Drained.Problem);
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

    /// <summary>
    /// A JobManager answers from a copy of its job that is up to 3 s old, and keeps that copy warm for whoever looks. Operator 1.7 asks it, as soon as it is told to resume,
    /// for the newest checkpoint: an answer from before the stop names one that the stop removed, in place of the savepoint, and the job cannot start.
    /// So a job is not resumed within 5 s of its stop. The cluster's clock may differ from ours: no more than 5 s are waited by our own.
    /// </summary>
    private static async Task LetAnswersAgeAsync(StepContext context, CancellationToken cancellationToken)
    {
        var begun = context.Now;
        while (context.Now - begun < AnswersAge)
        {
            var record = (await context.RequireAsync(cancellationToken)).Record;
            var stopped = record.JobUpdatedAt > record.ReconciledAt ? record.JobUpdatedAt : record.ReconciledAt;
            if (record.DesiredState != "suspended" || stopped is null || context.Now - stopped >= AnswersAge) return;
            await context.PauseAsync(cancellationToken);
        }
    }

    private static string? Expected(StepContext context) =>
        context.TextOf(SharedSteps.Check, "restoreMode") is "last-state" or "stateless" ? null : SharedSteps.PathBeforeOf(context);
}
