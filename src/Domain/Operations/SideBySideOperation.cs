using System.Text.Json.Nodes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>
/// Starts a new version beside the old one, from a savepoint of it, and cuts over once it has been seen to run from there. Until then the old one is not touched: a new version
/// that does not start is taken away again, and nothing else. The pipeline keeps its identity and its revisions; its address becomes that of the new deployment.
/// </summary>
public sealed class SideBySideOperation(OperationTiming timing) : IOperationKind
{
    internal const string Remove = "remove";
    private const string Uid = "uid";
    private const string PipelineId = "pipeline";
    private const string PathBefore = "pathBefore";
    private const string RanFrom = "ranFrom";
    private const string OldRunsOn = "The old one runs on.";

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.SideBySide;

    /// <inheritdoc/>
    public bool ChangesSpec => true;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters)
    {
        var check = SharedSteps.CheckStep(timing, (context, seen) =>
        {
            UpgradeOperation.RefuseForeignChange(context, seen);
            if (!seen.Runs) throw new OperationFailedException($"{PlanTexts.NotRunning(seen)} Nothing was changed.");
        });
        var running = SharedSteps.AwaitRunningStep(timing, SharedSteps.Create);
        return
        [
            check with { RunAsync = async (context, token) => await RememberPipelineAsync(context, token) ?? await check.RunAsync(context, token) },
            Beside(DeployOperation.DryRunStep(timing, Body)) with { Title = "Let the cluster check the new version under its new name" },
            new(SavepointOperation.Trigger, "Ask for a savepoint of the running version", timing.Quick,
                (context, token) => SavepointOperation.TriggerAsync(context, SharedSteps.HasSnapshots(context), token)) { CancelAsync = SharedSteps.NothingChanged },
            new(SharedSteps.AwaitSavepoint, "Wait until the savepoint is complete", timing.Savepoint, SavepointOperation.AwaitAsync)
            {
                CancelAsync = (_, _) => Task.FromResult("Called off. Nothing was deployed. The savepoint may still complete; the job runs on either way."),
            },
            new(SharedSteps.Create, "Create the new version beside the old one, from that savepoint", timing.Quick, CreateAsync) { CancelAsync = CallOffAsync },
            StartAttempt.Step(Beside(running), timing, (_, e) => e is StartFailedException failed ? failed.Cause : e.Message, _ => true, "Sluice takes it away.") with
            {
                Title = "Wait until the new version runs; from here on both do", CancelAsync = CallOffAsync,
            },
            StartAttempt.Step(OnlyIfItRuns(new("verify", "Check which snapshot the new version was restored from", timing.Verify, VerifyAsync)), timing, (_, e) => e.Message, _ => false, "Sluice takes it away.") with
            {
                Timeout = timing.Verify, CancelAsync = CallOffAsync,
            },
            new(Remove, "Only if it does not: take the new version away again", timing.Quick, RemoveAsync),
            new("await-removed", "Only then: wait until it is gone", timing.Deletion, AwaitRemovedAsync),
            OnlyIfItRuns(new(SharedSteps.Stop, "Cut over: ask the operator to stop the old version with a savepoint", timing.Quick, StopAsync)) with { CancelAsync = CallOffAsync },
            OnlyIfItRuns(new(SharedSteps.AwaitStopped, "Wait until the old version is stopped", timing.Savepoint, AwaitStoppedAsync)) with { CancelAsync = CallOffAsync },
            OnlyIfItRuns(new("take-over", "Record the revision, and give the pipeline its new address", timing.Quick, TakeOverAsync)),
            OnlyIfItRuns(DeleteOperation.DeleteStep(timing)) with { Title = "Delete the old version's custom resource", CancelAsync = null },
            OnlyIfItRuns(DeleteOperation.AwaitGoneStep(timing)) with { Title = "Wait until the old version is gone" },
            OnlyIfItRuns(Beside(SnapshotStart.TidyStep(timing))),
            new("conclude", "Record the outcome", timing.Quick, (context, _) => Task.FromResult(Conclude(context))),
        ];
    }

    /// <inheritdoc/>
    public Task<OperationRequest> CompleteAsync(OperationRequest request, IPipelineStore pipelines, CancellationToken cancellationToken) => SideBySidePlan.CompleteAsync(request, pipelines, cancellationToken);

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is not null && SideBySidePlan.Manifest(context.Request, []) is { } manifest
            ? new PlannedWrite(manifest["spec"] as JsonObject) { Creates = true, Beside = true, AllowNonRestored = context.Request.AllowNonRestoredState } : null);

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken) => SideBySidePlan.MakeAsync(this, context, cancellationToken);

    private static StepContext New(StepContext context) => context.On(OperationParameters.BesideOf(context.Operation) ?? throw new OperationFailedException("The operation does not say what the new deployment is called. Nothing was changed."));

    /// <summary>The step, about the new deployment.</summary>
    private static StepDefinition Beside(StepDefinition step) => step with { RunAsync = (context, token) => step.RunAsync(New(context), token) };

    private static StepDefinition OnlyIfItRuns(StepDefinition step) => step with
    {
        RunAsync = (context, token) => FailureOf(context) is null ? step.RunAsync(context, token) : Task.FromResult(StepResult.Skipped($"The new version did not start. {OldRunsOn}")),
    };

    private static string? FailureOf(StepContext context) => StartAttempt.FailureOf(context, SharedSteps.AwaitRunning) ?? StartAttempt.FailureOf(context, "verify");

    private static string? Savepoint(StepContext context) => context.TextOf(SharedSteps.AwaitSavepoint, "path");

    private static async Task<StepResult?> RememberPipelineAsync(StepContext context, CancellationToken cancellationToken)
    {
        await context.RememberAsync(PipelineId, (await SharedSteps.PipelineAsync(context, cancellationToken)).Id.ToString(), cancellationToken);
        return null;
    }

    // Before there is a savepoint, the dry run is about everything else.
    private static JsonObject Body(StepContext context)
    {
        var body = ForkManifest.StartingFrom(DeployOperation.Body(New(context)), Savepoint(context) ?? "", context.Parameters.AllowNonRestoredState);
        var annotations = body["metadata"]!["annotations"]!;
        (annotations[OperationNames.PipelineAnnotation], annotations[OperationNames.ReplacesAnnotation]) = (context.TextOf(SharedSteps.Check, PipelineId), context.Operation.Pipeline.Name);
        return body;
    }

    private static async Task<StepResult> CreateAsync(StepContext context, CancellationToken cancellationToken)
    {
        var beside = New(context);
        if (context.Data["at"] is null) await context.RememberAsync("at", context.Now, cancellationToken);
        if (await SharedSteps.PostAsync(beside, beside.Pipeline.KubernetesResource, Body(context), cancellationToken) is not { } exists) return StepResult.Done($"Created as {beside.Pipeline.Name}.");
        if ((await beside.ReadAsync(cancellationToken))?.WrittenBy(context.Operation.Id) == false)
            throw new OperationFailedException($"{beside.Pipeline} was created by someone else meanwhile. Nothing was deployed. {OldRunsOn} Ask again with another name.", exists);
        await SharedSteps.NoteEarlierAttemptAsync(context, cancellationToken);
        return StepResult.Done($"Created as {beside.Pipeline.Name}.");
    }

    private static async Task<StepResult> VerifyAsync(StepContext context, CancellationToken cancellationToken)
    {
        var found = await RestoredState.VerifyAsync(New(context), Savepoint(context), cancellationToken, advice: "");
        await context.RememberAsync(RanFrom, (await New(context).RequireAsync(cancellationToken)).Record.JobStartedAt, cancellationToken);
        return found;
    }

    private static async Task<StepResult> RemoveAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (FailureOf(context) is null) return StepResult.Skipped("Not needed: the new version runs.");
        if (context.Data[Uid] is null)
        {
            if (await New(context).ReadAsync(cancellationToken) is not { } seen) return StepResult.Done("It is gone already.");
            if (!seen.WrittenBy(context.Operation.Id)) return StepResult.Skipped("Someone else has made one of that name; that one is left alone.");
            await context.RememberAsync(Uid, seen.Uid, cancellationToken);
        }
        return await DeleteOperation.DeleteAsync(New(context), (string?)context.Data[Uid], cancellationToken);
    }

    private static async Task<StepResult> AwaitRemovedAsync(StepContext context, CancellationToken cancellationToken) => context.TextOf(Remove, Uid) is { } uid
        ? await DeleteOperation.AwaitGoneAsync(New(context), uid, SharedSteps.WrittenAt(context, Remove), cancellationToken)
        : StepResult.Skipped(FailureOf(context) is null ? "Not needed: the new version runs." : "There is nothing to wait for.");

    private static async Task<StepResult> StopAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (await context.ReadAsync(cancellationToken) is null) return StepResult.Done("Someone has deleted the old one already.");
        await SharedSteps.WriteOnceAsync(context, o => !o.WantsRunning, o => new JsonObject
        {
            ["metadata"] = SharedSteps.KeepMode(o.Record.UpgradeMode),
            ["spec"] = new JsonObject { ["job"] = new JsonObject { ["state"] = "suspended", ["upgradeMode"] = "savepoint" } },
        }, cancellationToken, o => context.RememberAsync(PathBefore, o.SavepointPath, cancellationToken));
        return StepResult.Done("Asked for.");
    }

    private static async Task<StepResult> AwaitStoppedAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (await context.ReadAsync(cancellationToken) is null) return StepResult.Done("It is gone already.");
        var watch = new StopWatch(context, context.TextOf(SharedSteps.Stop, PathBefore), SharedSteps.WrittenAt(context, SharedSteps.Stop));
        var stopped = await context.WaitAsync(async (seen, token) => seen.WantsRunning
            ? throw new StepGaveUpException($"Someone set the old version back to running meanwhile, so both run. Retry stops it again; cancel takes the new one away.", SharedSteps.Stop)
            : await watch.LookAsync(seen, token) is { } found && seen.IsSuspended ? found : null, cancellationToken);
        var began = (DateTimeOffset?)context.DataOf("verify")[RanFrom];
        var both = began is { } at && context.Now > at ? $" Both ran for about {(int)(context.Now - at).TotalSeconds} s." : "";
        await context.RememberAsync("path", stopped.Path, cancellationToken);
        return StepResult.Done(stopped.Words + both);
    }

    private static async Task<StepResult> TakeOverAsync(StepContext context, CancellationToken cancellationToken)
    {
        var (pipelines, to) = (context.Environment.Pipelines, New(context).Pipeline);
        if (!Guid.TryParse(context.TextOf(SharedSteps.Check, PipelineId), out var id)) throw new OperationFailedException($"The operation does not know its pipeline. {to} runs; adopt it.");
        var revision = (await pipelines.RevisionsAsync(id, cancellationToken)).FirstOrDefault(r => r.OperationId == context.Operation.Id)
            ?? await pipelines.AddRevisionAsync(id, context.Parameters.Manifest ?? "", new Access.Actor(context.Operation.Actor), context.Operation.Reason, context.Operation.Id, cancellationToken);
        try
        {
            await pipelines.MoveAsync(id, to, cancellationToken);
        }
        catch (AlreadyRegisteredException e)
        {
            throw new OperationFailedException($"Someone registered {to} meanwhile. It runs, with the state of {context.Operation.Pipeline.Name}, which is stopped and kept: its savepoint is {SharedSteps.StoppedPath(context)}. Delete one of the two.", e);
        }
        return StepResult.Done($"Revision {revision.Number}; the pipeline is {to.Namespace}/{to.Name} from now on.");
    }

    private static StepResult Conclude(StepContext context)
    {
        var name = New(context).Pipeline.Name;
        if (FailureOf(context) is { } failure)
            throw new OperationFailedException($"The new version did not start: {failure} It was taken away again. The old one was never stopped and runs on; nothing else changed. Correct the new version, then ask again.");
        return StepResult.Done($"{name} runs from {Savepoint(context)}, in the place of {context.Operation.Pipeline.Name}. {context.Operation.Steps.First(s => s.Name == SharedSteps.AwaitStopped).Message}");
    }

    /// <summary>Takes the new version away, and the request to stop the old one back, as long as the old one runs.</summary>
    private static async Task<string> CallOffAsync(StepContext context, CancellationToken cancellationToken)
    {
        var old = await context.ReadAsync(cancellationToken);
        if (old?.Runs != true) throw new StepGaveUpException($"{context.Operation.Pipeline.Name} does not run any more, so {New(context).Pipeline.Name} is not taken away. Retry goes on with it.");
        if (!old.WantsRunning) await context.PatchAsync(old, new JsonObject { ["spec"] = new JsonObject { ["job"] = new JsonObject { ["state"] = "running" } } }, cancellationToken);
        if (await New(context).ReadAsync(cancellationToken) is { } seen && seen.WrittenBy(context.Operation.Id)) await DeleteOperation.DeleteAsync(New(context), seen.Uid, cancellationToken);
        return "Called off. The new version is taken away; the old one runs on.";
    }
}
