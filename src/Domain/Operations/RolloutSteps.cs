using System.Text.Json.Nodes;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>Steps of a change that takes a running job down with a savepoint and starts it anew from it: upgrade, restart, and rollback with the state of now.</summary>
internal static class RolloutSteps
{
    public const string Apply = "apply";
    private const string Restarts = "restarts";
    private const string InPlace = "inPlace";
    private const string FellBack = "fellBack";

    /// <summary>From the check to the point where the new spec stands and the old version is stopped for it; a change of the spec by someone else meanwhile is refused.</summary>
    /// <param name="timing">How long to wait.</param>
    /// <param name="desired">The spec that is to run.</param>
    /// <param name="patch">The patch to it.</param>
    /// <param name="before">More to remember or to look at before the patch is sent.</param>
    /// <param name="precondition">What has to hold beside that nobody changed the spec; throws where it does not.</param>
    public static IReadOnlyList<StepDefinition> UntilApplied(
        OperationTiming timing, Func<StepContext, FlinkObject, JsonObject> desired, Func<StepContext, FlinkObject, JsonObject> patch, Func<StepContext, FlinkObject, CancellationToken, Task>? before = null,
        Action<StepContext, FlinkObject>? precondition = null) =>
    [
        SharedSteps.CheckStep(timing, (context, seen) =>
        {
            UpgradeOperation.RefuseForeignChange(context, seen);
            precondition?.Invoke(context, seen);
        }),
        new("dry-run", "Let the cluster check the new spec", timing.Quick, async (context, cancellationToken) =>
        {
            var seen = await context.RequireAsync(cancellationToken);
            if (!seen.WrittenBy(context.Operation.Id)) await context.PatchAsync(seen, patch(context, seen), cancellationToken, dryRun: true);
            return StepResult.Done("The cluster accepts it.");
        }) { CancelAsync = SharedSteps.NothingChanged },
        new("record-revision", "Record the new revision", timing.Quick, UpgradeOperation.RecordRevisionAsync) { CancelAsync = SharedSteps.NothingChanged },
        new(Apply, "Apply the new spec", timing.Quick, async (context, cancellationToken) =>
        {
            var seen = await context.RequireAsync(cancellationToken);
            if (!seen.WrittenBy(context.Operation.Id))
            {
                UpgradeOperation.RefuseForeignChange(context, seen);
                if (before is not null) await before(context, seen, cancellationToken);
                await context.RememberAsync(FailedUpgrade.SpecBefore, seen.Spec.DeepClone(), cancellationToken);
                var change = ChangeClassifier.Classify(seen, desired(context, seen));
                context.Data[InPlace] = change is { Class: ChangeClass.Scale, Effect: JobEffect.KeepsRunning };
                await context.RememberAsync(Restarts, change.Starts, cancellationToken);
            }
            var written = await SharedSteps.WriteOnceAsync(context, _ => true, o => patch(context, o), cancellationToken);
            return StepResult.Done($"Applied as generation {written.Generation}.");
        })
        {
            CancelAsync = (_, _) => Task.FromResult("Called off. The revision is recorded; the deployment was not changed."),
        },
        AwaitStoppedStep(timing),
    ];

    /// <summary>Says, in the step that applies the change and before it does, whether the job stops for it.</summary>
    public static Task RememberRestartAsync(StepContext context, bool restarts, CancellationToken cancellationToken) => context.RememberAsync(Restarts, restarts, cancellationToken);

    public static bool Stops(StepContext context) => (bool?)context.DataOf(Apply)[Restarts] == true || (bool?)context.DataOf(SharedSteps.AwaitStopped)[FellBack] == true;

    public static StepDefinition AwaitStoppedStep(OperationTiming timing)
    {
        var stopped = OnlyWhereItRestarts(new(SharedSteps.AwaitStopped, "Wait until the old version is stopped with a savepoint", timing.Savepoint, AwaitStoppedAsync), SharedSteps.WasRunning);
        return stopped with
        {
            RunAsync = async (context, token) => (bool?)context.DataOf(Apply)[InPlace] == true && await AwaitScaledAsync(context, token) is { } scaled ? scaled : await stopped.RunAsync(context, token),
        };
    }

    public static StepDefinition AwaitRunningStep(OperationTiming timing)
    {
        var running = SharedSteps.AwaitRunningStep(timing, Apply);
        return running with { RunAsync = (context, cancellationToken) => Stops(context) ? running.RunAsync(context, cancellationToken) : AwaitTakenUpAsync(context, cancellationToken) };
    }

    public static StepDefinition VerifyStep(OperationTiming timing) => OnlyWhereItRestarts(
        new("verify", "Check which snapshot the new version was restored from", timing.Verify,
            (context, cancellationToken) => RestoredState.VerifyAsync(context, Expected(context), cancellationToken)),
        context => SharedSteps.StartBeforeOf(context) is not null);

    public static StepDefinition OnlyWhereItRestarts(StepDefinition step, Func<StepContext, bool> needed) => step with
    {
        RunAsync = (context, cancellationToken) => Stops(context) && needed(context)
            ? step.RunAsync(context, cancellationToken)
            : Task.FromResult(StepResult.Skipped("Not needed: the job does not restart, or has no state to carry.")),
    };

    /// <summary>Which state a change that restarts the job would carry on, in words; adds what a person should know.</summary>
    public static string RestoresFrom(FlinkObject seen, List<string> cautions)
    {
        if (seen.Runs) return "A savepoint that the operator takes when it stops the running version.";
        if (seen.IsSuspended && seen.SavepointPath is { } path && seen.ReconciledUpgradeMode == "savepoint") return $"{path}: the savepoint of the suspension.";
        if (seen.Record.JobStartedAt is null) return "Nothing: it has never run.";
        cautions.Add($"The job is {seen.Record.JobState ?? "not running"}, so no savepoint can be taken. The operator falls back to the last checkpoint where the high-availability metadata has one; otherwise it waits.");
        return "The last checkpoint, from the high-availability metadata.";
    }

    /// <summary>The snapshot that the new start has to continue from, or null where any is right.</summary>
    public static string? Expected(StepContext context) => SharedSteps.WasRunning(context)
        ? SharedSteps.StoppedPath(context)
        : context.TextOf(SharedSteps.Check, "restoreMode") == "savepoint" ? SharedSteps.PathBeforeOf(context) : null;

    /// <summary>True where the job has to start for the change, rather than that the operator only takes note of it or scales it while it runs.</summary>
    public static bool HasToStart(FlinkObject seen, JsonObject spec) => ChangeClassifier.Classify(seen, spec).Starts;

    public static FlinkObject WithSpec(FlinkObject seen, JsonObject spec)
    {
        var json = (JsonObject)seen.Json.DeepClone();
        json["spec"] = spec.DeepClone();
        return new FlinkObject(json);
    }

    /// <summary>A spec as plans show it: with one level of configuration keys.</summary>
    public static JsonObject Shown(JsonObject spec)
    {
        var shown = (JsonObject)spec.DeepClone();
        if (shown["flinkConfiguration"] is JsonObject configuration) shown["flinkConfiguration"] = SpecPatch.Flatten(configuration);
        return new JsonObject { ["spec"] = shown };
    }

    /// <summary>A change that restarts nothing is done when the operator has taken note of it; it may still refuse it.</summary>
    private static async Task<StepResult> AwaitTakenUpAsync(StepContext context, CancellationToken cancellationToken)
    {
        var since = SharedSteps.WrittenAt(context, Apply);
        return await context.WaitAsync(async (seen, token) =>
        {
            if (seen.Record.DeletedAt is not null) throw new OperationFailedException("Someone deletes the deployment meanwhile. The job ends with it.");
            // Operator 1.7 keeps the number of the last generation that changed anything for it.
            var settled = seen.TakenUp || (ChangeClassifier.Classify(seen, seen.Spec).Class == ChangeClass.None && context.Now - since >= context.Environment.Timing.OperatorSilence);
            if (settled && seen.Record.ReconciliationState is "DEPLOYED" or null)
            {
                if (!SharedSteps.WasRunning(context) || !seen.WantsRunning || (seen.Runs && seen.Record.JobStartedAt == SharedSteps.StartBeforeOf(context))) return StepResult.Done("The operator has taken it up; the job was not restarted for it.");
                // Somebody's change right before this one: its rollout was under way, and ends with this spec.
                if (seen.Runs) return StepResult.Done("The operator has taken it up. The job was not restarted for it, but meanwhile for another reason; it runs again.");
                await context.SayAsync("The operator has taken it up, and is restarting the job for another reason.", token);
                return null;
            }
            if (!seen.TakenUp) await OperatorAnswer.SayAsync(context, seen, since, token);
            return null;
        }, cancellationToken);
    }

    /// <summary>Where a change was to be made while the job runs: null when the operator restarts the job instead, which it does whenever the JobManager refuses.</summary>
    private static async Task<StepResult?> AwaitScaledAsync(StepContext context, CancellationToken cancellationToken)
    {
        var before = SharedSteps.StartBeforeOf(context);
        var since = SharedSteps.WrittenAt(context, Apply);
        var restarts = (bool?)context.Data[FellBack] == true || (string)await context.WaitAsync(async (seen, token) =>
        {
            if (seen.Record.DeletedAt is not null) throw new OperationFailedException("Someone deletes the deployment meanwhile. The job ends with it.");
            if (!seen.WantsRunning) throw new OperationFailedException("Someone suspended the pipeline meanwhile. The new spec stands and counts from its next start. Resume it when it should run.");
            // The stop itself may take long, and the status is that of the running job until it is over.
            if (seen.Record.JobStartedAt != before || seen.Record.ReconciledState == "suspended" || seen.Record.JobState == "FINISHED" || seen.Record.JobManagerStatus == "MISSING") return "restarts";
            if (seen.TakenUp && seen.Record.ReconciliationState is "DEPLOYED" or null) return "scaled";
            if (!seen.TakenUp) await OperatorAnswer.SayAsync(context, seen, since, token);
            return null;
        }, cancellationToken) == "restarts";
        if (!restarts) return StepResult.Skipped("Not needed: the operator scales the job while it runs.");
        await context.RememberAsync(FellBack, true, cancellationToken);
        await context.NoteAsync("operator", "restarts the job: it could not be scaled while it ran", cancellationToken);
        return null;
    }

    private static async Task<StepResult> AwaitStoppedAsync(StepContext context, CancellationToken cancellationToken)
    {
        var watch = new StopWatch(context, SharedSteps.PathBeforeOf(context), SharedSteps.WrittenAt(context, Apply));
        var before = SharedSteps.StartBeforeOf(context);
        var stopped = await context.WaitAsync(async (seen, token) =>
            // After an outage of ours the new version may run already.
            await watch.LookAsync(seen, token) ?? (seen.TakenUp && seen.Runs && seen.Record.JobStartedAt != before ? new Stopped(null, "The new version runs already; no savepoint of the stop is known.") : null), cancellationToken);
        await context.RememberAsync("path", stopped.Path, cancellationToken);
        return StepResult.Done(stopped.Words);
    }
}
