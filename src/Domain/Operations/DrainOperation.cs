using System.Text.Json.Nodes;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>
/// Ends the input for good: sources stop, the watermark goes to its end, windows fire, and a savepoint is kept that must not be resumed from.
/// The operator's switch for that holds for every later stop, too, so it is switched off again whatever happens.
/// </summary>
public sealed class DrainOperation(OperationTiming timing) : IOperationKind
{
    private const string SwitchBefore = "switch";
    private const string FallbackBefore = "fallback";

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Drain;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters)
    {
        var stopped = SharedSteps.AwaitStoppedStep(timing);
        return
        [
            SharedSteps.CheckStep(timing, (context, seen) =>
            {
                if (!seen.Runs && !seen.WrittenBy(context.Operation.Id)) throw new OperationFailedException($"{PlanTexts.NotRunning(seen)} Only a running job can be drained. Nothing was changed.");
            }),
            new(SharedSteps.Stop, "Ask the operator to drain the job", timing.Quick, StopAsync) { CancelAsync = SharedSteps.NothingChanged },
            stopped with
            {
                Title = "Wait until the windows have fired and the savepoint is known",
                RunAsync = (context, token) => AwaitAsync(context, stopped, token),
                CancelAsync = CallOffAsync,
            },
            new("reset", "Switch draining off again and mark the savepoint", timing.Quick, ResetAsync),
        ];
    }

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is { } seen ? new PlannedWrite(Draining(seen)) : null);

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var cautions = new List<string>();
        if (context.Resource is { } seen)
        {
            if (!seen.WantsRunning) problems.Add("It is stopped already. Resume it first, then drain it.");
            else if (!seen.Runs) problems.Add($"{PlanTexts.NotRunning(seen)} A drain waits for no restart.");
            PlanTexts.SavepointDirectory(seen, problems);
            cautions.Add("Windows and timers in event time fire at once, also those whose time has not come: their results are early and final. Which ones are open, Flink does not tell.");
            cautions.Add("If the drain fails, the job goes on running, but some windows may have fired already.");
        }
        return Task.FromResult(new OperationPlan(
            $"Drain {context.Name}: end its input, let its windows fire, and stop it for good.", PlanTexts.Titles(this, context.Request),
            context.Resource is null ? "" : $"-    state: running\n+    state: suspended\n+    {Drained.Switch}: true, until it is stopped\n",
            "A savepoint is kept, marked as drained. It is not for resuming: a start from it drops what comes as late.", true,
            ["The place in time: the pipeline cannot be resumed where it was. An earlier snapshot can still be chosen."], problems, cautions));
    }

    private static async Task<StepResult> StopAsync(StepContext context, CancellationToken cancellationToken)
    {
        var written = await SharedSteps.WriteOnceAsync(context, o => !o.WantsRunning, o => new JsonObject
        {
            ["metadata"] = SharedSteps.KeepMode(o.Record.UpgradeMode),
            ["spec"] = SpecPatch.Between(o.Spec, Draining(o)),
        }, cancellationToken, RememberAsync);
        return StepResult.Done($"Asked for in generation {written.Generation}.");

        async Task RememberAsync(FlinkObject seen)
        {
            if (context.Data.ContainsKey(SwitchBefore)) return;
            var flat = SpecPatch.Flatten(seen.Spec["flinkConfiguration"] as JsonObject);
            context.Data[SwitchBefore] = flat[Drained.Switch]?.ToString() ?? "false";
            await context.RememberAsync(FallbackBefore, flat[StopModes.Fallback]?.ToString() ?? "true", cancellationToken);
        }
    }

    private static async Task<StepResult> AwaitAsync(StepContext context, StepDefinition stopped, CancellationToken cancellationToken)
    {
        try
        {
            return await stopped.RunAsync(context, cancellationToken);
        }
        catch (OperationFailedException) when (!cancellationToken.IsCancellationRequested)
        {
            // The operation ends here; the switch must not outlive it, or the next upgrade would drain the job.
            if (await context.ReadAsync(cancellationToken) is { Record.DeletedAt: null } seen) await context.PatchAsync(seen, Off(context, seen, _ => { }), cancellationToken);
            throw;
        }
    }

    private static async Task<string> CallOffAsync(StepContext context, CancellationToken cancellationToken)
    {
        var seen = await context.RequireAsync(cancellationToken);
        await context.PatchAsync(seen, Off(context, seen, job => job["state"] = "running"), cancellationToken);
        return "Called off: draining is switched off and the pipeline is asked to run. Windows that fired meanwhile have fired. If the job was stopped already, it starts again from the savepoint of the drain and drops what comes as late: redeploy it from an earlier snapshot then.";
    }

    private static async Task<StepResult> ResetAsync(StepContext context, CancellationToken cancellationToken)
    {
        var path = SharedSteps.StoppedPath(context);
        var seen = await context.RequireAsync(cancellationToken);
        var patch = Off(context, seen, _ => { });
        if (path is not null) patch["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [OperationNames.DrainedAnnotation] = path } };
        await context.PatchAsync(seen, patch, cancellationToken);
        return StepResult.Done(path is null
            ? "The job had to be stopped without draining: no savepoint of a drain is known."
            : $"Drained. Its savepoint {path} is kept and marked: it is not for resuming.");
    }

    /// <summary>Both switches as they were: off is written, not removed, because the operator keeps a removed one in force.</summary>
    private static JsonObject Off(StepContext context, FlinkObject seen, Action<JsonObject> job)
    {
        var before = context.DataOf(SharedSteps.Stop);
        return new JsonObject { ["spec"] = SpecPatch.Between(seen.Spec, Whole(seen, ((string?)before[SwitchBefore] ?? "false", Drained.Switch), ((string?)before[FallbackBefore] ?? "true", StopModes.Fallback), job)) };
    }

    private static JsonObject Draining(FlinkObject seen) => Whole(seen, ("true", Drained.Switch), ("false", StopModes.Fallback), job => (job["state"], job["upgradeMode"]) = ("suspended", "savepoint"));

    private static JsonObject Whole(FlinkObject seen, (string Value, string Key) first, (string Value, string Key) second, Action<JsonObject> change)
    {
        var spec = SharedSteps.WithJob(seen, change);
        var flat = SpecPatch.Flatten(spec["flinkConfiguration"] as JsonObject);
        (flat[first.Key], flat[second.Key]) = (first.Value, second.Value);
        spec["flinkConfiguration"] = flat;
        return spec;
    }
}
