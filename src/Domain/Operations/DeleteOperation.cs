using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>Deletes the deployment, after a stop with savepoint where that was asked for, and takes the pipeline out of the list.</summary>
public sealed class DeleteOperation(OperationTiming timing) : IOperationKind
{
    private const string Delete = "delete";

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Delete;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, (context, seen) =>
        {
            if (context.Parameters.SavepointBeforeDelete && !seen.Runs && seen.WantsRunning)
                throw new OperationFailedException($"{PlanTexts.NotRunning(seen)} Nothing was changed. Delete it without a savepoint if its state may go.");
        }),
        .. parameters.SavepointBeforeDelete ? new[] { OnlyWhereItRan(SharedSteps.StopStep(timing)), OnlyWhereItRan(SharedSteps.AwaitStoppedStep(timing)) } : [],
        DeleteStep(timing),
        AwaitGoneStep(timing),
        new("retire", "Take the pipeline out of the list", timing.Quick, async (context, cancellationToken) =>
        {
            if (await context.Environment.Pipelines.FindAsync(context.Operation.Pipeline, cancellationToken) is { } pipeline)
                await context.Environment.Pipelines.RetireAsync(pipeline.Id, cancellationToken);
            var path = SharedSteps.StoppedPath(context) ?? SharedSteps.PathBeforeOf(context);
            return StepResult.Done(path is null ? "Deleted. No savepoint of it is known." : $"Deleted. Its last savepoint stays: {path}");
        }),
    ];

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is { } seen ? PlannedWrite.Nothing with { Deletes = true, StopsFirst = context.Request.SavepointBeforeDelete && seen.Runs } : null);

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var withSavepoint = context.Request.SavepointBeforeDelete;
        var lost = new List<string> { "The deployment and its job.", "The high-availability metadata: the last checkpoint is no longer found by itself." };
        string? from = null;
        if (context.Resource is { } seen)
        {
            if (withSavepoint && seen.WantsRunning && !seen.Runs)
                problems.Add($"{PlanTexts.NotRunning(seen)} Delete it without a savepoint if its state may go.");
            if (withSavepoint && seen.Runs) PlanTexts.SavepointDirectory(seen, problems);
            if (!seen.WantsRunning && seen.SavepointPath is { } kept) from = $"Its savepoint stays: {kept}.";
            else if (withSavepoint) from = "A savepoint is taken first and stays; a new pipeline can begin from it.";
            else lost.Add("The job's state since the last savepoint that somebody kept.");
        }
        return Task.FromResult(new OperationPlan(
            withSavepoint ? $"Stop {context.Name} with a savepoint, then delete it." : $"Delete {context.Name} without a savepoint.",
            PlanTexts.Titles(this, context.Request), "", from, false, lost, problems, ["Revisions and past operations stay as history."]));
    }

    /// <summary>Deletes the object that the check saw, and no other of its name.</summary>
    internal static StepDefinition DeleteStep(OperationTiming timing) => new(Delete, "Delete the custom resource", timing.Quick, DeleteAsync) { CancelAsync = SharedSteps.NothingChanged };

    internal static StepDefinition AwaitGoneStep(OperationTiming timing) => new("await-gone", "Wait until it is gone", timing.Deletion, AwaitGoneAsync);

    private static StepDefinition OnlyWhereItRan(StepDefinition step) => step with
    {
        RunAsync = (context, cancellationToken) => SharedSteps.WasRunning(context)
            ? step.RunAsync(context, cancellationToken)
            : Task.FromResult(StepResult.Skipped("It was stopped already.")),
    };

    private static Task<StepResult> DeleteAsync(StepContext context, CancellationToken cancellationToken) => DeleteAsync(context, context.TextOf(SharedSteps.Check, "uid"), cancellationToken);

    /// <summary>Deletes the object of that uid, and no other of its name.</summary>
    internal static async Task<StepResult> DeleteAsync(StepContext context, string? uid, CancellationToken cancellationToken)
    {
        var key = context.Pipeline;
        await context.RememberAsync("at", context.Now, cancellationToken);
        await context.NoteAsync("sent", $"DELETE {key.KubernetesResource.Plural}/{key.Name} of uid {uid}", cancellationToken);
        try
        {
            await context.Api.DeleteAsync(key.KubernetesResource, key.Namespace, key.Name, uid, new KubernetesWrite(), cancellationToken);
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            return StepResult.Done("It is gone already.");
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.Conflict)
        {
            // Another object has the name by now; ours is gone, and the other one is not ours to delete.
            if (await context.ReadAsync(cancellationToken) is { } other && other.Uid == uid) throw;
            return StepResult.Done("It is gone already.");
        }
        return StepResult.Done("Asked for.");
    }

    private static Task<StepResult> AwaitGoneAsync(StepContext context, CancellationToken cancellationToken) =>
        AwaitGoneAsync(context, context.TextOf(SharedSteps.Check, "uid"), SharedSteps.WrittenAt(context, Delete), cancellationToken);

    /// <summary>Waits until the object of that uid is gone.</summary>
    internal static async Task<StepResult> AwaitGoneAsync(StepContext context, string? uid, DateTimeOffset since, CancellationToken cancellationToken)
    {
        while (true)
        {
            var seen = await context.ReadAsync(cancellationToken);
            if (seen is null || seen.Uid != uid) return StepResult.Done("It is gone.");
            if (Recreation.IsStuck(seen) && context.Now - since >= context.Environment.Timing.ErrorPatience) await Recreation.LetGoAsync(context, seen, cancellationToken);
            else if (context.Now - since < context.Environment.Timing.OperatorSilence) await context.SayAsync("The operator takes it down.", cancellationToken);
            else
            {
                var why = await OperatorEvents.NewestAsync(context, since, cancellationToken, reason: "CleanupFailed") ?? seen.Record.Error?.Message;
                await context.SayAsync($"The deletion is held up by {string.Join(", ", seen.Finalizers)}: {why ?? "the operator gives no reason; is it running?"}", cancellationToken);
            }
            await context.PauseAsync(cancellationToken);
        }
    }
}
