using System.Text.Json.Nodes;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>
/// Stops the job without a savepoint: for a job that cannot take one any more, or whose state may go. Unless the state is given up, its last checkpoint stays,
/// found again by the high-availability metadata.
/// </summary>
public sealed class CancelOperation(OperationTiming timing) : IOperationKind
{
    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Cancel;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, (context, seen) =>
        {
            if (!seen.WantsRunning && !seen.WrittenBy(context.Operation.Id)) throw new OperationFailedException("The pipeline is stopped already. Nothing was changed.");
        }),
        new(SharedSteps.NoteCheckpoint, "Note the last checkpoint", timing.Quick, NoteCheckpointAsync) { CancelAsync = SharedSteps.NothingChanged },
        new(SharedSteps.Stop, "Ask the operator to stop the job without a savepoint", timing.Quick, async (context, cancellationToken) =>
        {
            var written = await SharedSteps.WriteOnceAsync(context, o => !o.WantsRunning, o => new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [OperationNames.UpgradeModeAnnotation] = o.Record.UpgradeMode ?? "" } },
                ["spec"] = new JsonObject { ["job"] = new JsonObject { ["state"] = "suspended", ["upgradeMode"] = Mode(context.Parameters.DiscardState) } },
            }, cancellationToken);
            return StepResult.Done($"Asked for in generation {written.Generation}.");
        }) { CancelAsync = SharedSteps.NothingChanged },
        new(SharedSteps.AwaitStopped, "Wait until it is stopped", timing.Savepoint, AwaitStoppedAsync),
    ];

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is { } seen ? new PlannedWrite(SharedSteps.Stopped(seen, Mode(context.Request.DiscardState))) : null);

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var cautions = new List<string>();
        var lost = new List<string>();
        var discard = context.Request.DiscardState;
        if (context.Resource is { } seen)
        {
            if (!seen.WantsRunning) problems.Add("It is stopped already.");
            if (seen.Runs) cautions.Add("The job runs, so it could be suspended instead: that takes a savepoint.");
            lost.Add(discard
                ? "The job's state: the high-availability metadata goes with it. Checkpoints that were retained stay in their directory and can be chosen by hand."
                : "What the job did since its last checkpoint: it is read again after a start.");
            if (!discard && !StopModes.HasMetadata(FlinkConfiguration.Flatten(seen.Spec["flinkConfiguration"]))) cautions.Add("High availability is not set up, so the operator cancels by the JobManager and keeps the newest retained checkpoint, where the job retains them.");
        }
        return Task.FromResult(new OperationPlan(
            discard ? $"Stop {context.Name} without a savepoint and give up its state." : $"Stop {context.Name} without a savepoint. Its last checkpoint stays.",
            PlanTexts.Titles(this, context.Request), context.Resource is null ? "" : "-    state: running\n+    state: suspended\n",
            discard ? "Nothing: the next start is empty, unless it is redeployed from a snapshot." : "Resuming continues from the last checkpoint.", true, lost, problems, cautions));
    }

    private static string Mode(bool discardState) => discardState ? "stateless" : "last-state";

    /// <summary>A cancelled job's checkpoint can be chosen for a redeployment, if its path is known. A JobManager that is silent must not hold up a cancellation.</summary>
    private static async Task<StepResult> NoteCheckpointAsync(StepContext context, CancellationToken cancellationToken)
    {
        var seen = await context.RequireAsync(cancellationToken);
        if (seen.Record.JobId is not { } job) return StepResult.Skipped("The operator knows no job.");
        try
        {
            var newest = (await context.JobManager(seen).CheckpointsAsync(job, cancellationToken)).LatestCompleted;
            if (newest?.ExternalPath is not { Length: > 0 } path) return StepResult.Done("The job has no checkpoint whose path is known.");
            await context.RememberAsync("path", path, cancellationToken);
            await context.NoteAsync("JobManager", $"job {job}: newest checkpoint {path}", cancellationToken);
            return StepResult.Done($"Newest checkpoint: {path}");
        }
        catch (FlinkException e)
        {
            return StepResult.Skipped($"The JobManager does not say: {e.Message}");
        }
    }

    private static async Task<StepResult> AwaitStoppedAsync(StepContext context, CancellationToken cancellationToken)
    {
        var errors = new ErrorWatch(context, SharedSteps.ErrorBeforeOf(context));
        var since = SharedSteps.WrittenAt(context, SharedSteps.Stop);
        var mode = await context.WaitAsync(async (seen, token) =>
        {
            if (seen.Record.DeletedAt is not null) throw new OperationFailedException("Someone deletes the deployment meanwhile. The job ends with it.");
            if (seen.WantsRunning) throw new OperationFailedException("Someone set the pipeline back to running meanwhile. It was not stopped.");
            if (seen.IsSuspended) return seen.ReconciledUpgradeMode ?? "unknown";
            if (!seen.TakenUp) await OperatorAnswer.SayAsync(context, seen, since, token);
            else if (errors.Standing(seen) is { } error) throw new StepGaveUpException($"The operator cannot stop the job: {error} It goes on trying. Retry waits for it again.");
            else await context.SayAsync("The operator stops the job.", token);
            return null;
        }, cancellationToken);
        var known = context.TextOf(SharedSteps.NoteCheckpoint, "path") is { } path ? $" The newest checkpoint noted before the stop is {path}." : "";
        return StepResult.Done(mode == "stateless"
            ? $"Stopped without a savepoint; the state was given up.{known}"
            : $"Stopped without a savepoint. Resuming continues from the last checkpoint.{known}");
    }
}
