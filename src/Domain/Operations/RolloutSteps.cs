using System.Text.Json.Nodes;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>Steps of a change that takes a running job down with a savepoint and starts it anew from it: upgrade, restart, and rollback with the state of now.</summary>
internal static class RolloutSteps
{
    public const string Apply = "apply";
    private const string Restarts = "restarts";

    /// <summary>Says, in the step that applies the change and before it does, whether the job stops for it.</summary>
    public static Task RememberRestartAsync(StepContext context, bool restarts, CancellationToken cancellationToken) => context.RememberAsync(Restarts, restarts, cancellationToken);

    public static bool Stops(StepContext context) => (bool?)context.DataOf(Apply)[Restarts] == true;

    public static StepDefinition AwaitStoppedStep(OperationTiming timing) => OnlyWhereItRestarts(
        new(SharedSteps.AwaitStopped, "Wait until the old version is stopped with a savepoint", timing.Savepoint, AwaitStoppedAsync), SharedSteps.WasRunning);

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
            if (settled && seen.Record.ReconciliationState is "DEPLOYED" or null) return StepResult.Done("The operator has taken it up; the job was not restarted for it.");
            if (!seen.TakenUp) await OperatorAnswer.SayAsync(context, seen, since, token);
            return null;
        }, cancellationToken);
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
