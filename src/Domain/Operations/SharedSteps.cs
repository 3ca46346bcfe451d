using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>Steps that several kinds of operation are made of.</summary>
internal static class SharedSteps
{
    public const string Check = "check";
    public const string Stop = "stop";
    public const string AwaitStopped = "await-stopped";
    public const string Start = "start";
    public const string AwaitRunning = "await-running";
    public const string Create = "create";
    public const string AwaitSavepoint = "await-savepoint";
    public const string NoteCheckpoint = "note-checkpoint";
    public const string AwaitReturn = "await-return";
    private const string At = "at";
    private const string Path = "path";
    private const string StartBefore = "startBefore";
    private const string PathBefore = "pathBefore";
    private const string HadSnapshots = "snapshots";

    public static readonly Func<StepContext, CancellationToken, Task<string>> NothingChanged = (_, _) => Task.FromResult("Called off. Nothing was changed.");

    /// <summary>Looks at how things stand and remembers what later steps compare with; the precondition throws where it does not hold.</summary>
    public static StepDefinition CheckStep(OperationTiming timing, Action<StepContext, FlinkObject> precondition) =>
        new(Check, "Check that it can be done", timing.Quick, async (context, cancellationToken) =>
        {
            var seen = await context.RequireAsync(cancellationToken);
            if (seen.Record.DeletedAt is not null && context.Operation.Kind != OperationKind.Delete)
                throw new OperationFailedException("The deployment is being deleted. Nothing was changed.");
            precondition(context, seen);
            context.Data[HadSnapshots] = (await context.CapabilitiesAsync(cancellationToken)).HasSnapshots;
            context.Data[StartBefore] = seen.Record.JobStartedAt;
            context.Data["running"] = seen.Runs;
            context.Data["uid"] = seen.Uid;
            context.Data["error"] = seen.Record.Error?.Message;
            context.Data["restoreMode"] = seen.ReconciledUpgradeMode;
            await context.RememberAsync(PathBefore, seen.SavepointPath, cancellationToken);
            await context.NoteAsync("operator", seen.Words, cancellationToken);
            return StepResult.Done(seen.Runs ? "The job runs." : $"The job is {seen.Record.JobState ?? "not started"}.");
        }) { CancelAsync = NothingChanged };

    public static bool HasSnapshots(StepContext context) => (bool?)context.DataOf(Check)[HadSnapshots] == true;

    public static bool WasRunning(StepContext context) => (bool?)context.DataOf(Check)["running"] == true;

    public static string? ErrorBeforeOf(StepContext context) => context.TextOf(Check, "error");

    public static string? PathBeforeOf(StepContext context) => context.TextOf(Check, PathBefore);

    public static DateTimeOffset? StartBeforeOf(StepContext context) => (DateTimeOffset?)context.DataOf(Check)[StartBefore];

    /// <summary>The snapshot that the stop left behind, or null.</summary>
    public static string? StoppedPath(StepContext context) => context.TextOf(AwaitStopped, Path);

    /// <summary>When the given step wrote; the present where it did not.</summary>
    public static DateTimeOffset WrittenAt(StepContext context, string step) => (DateTimeOffset?)context.DataOf(step)[At] ?? context.Now;

    /// <summary>
    /// Writes once: an object that carries this operation's id and already is as asked was written by an earlier attempt.
    /// The time is remembered before, so that waits after a takeover count from the write.
    /// </summary>
    public static async Task<FlinkObject> WriteOnceAsync(
        StepContext context, Func<FlinkObject, bool> isWritten, Func<FlinkObject, JsonObject> patch, CancellationToken cancellationToken, Func<FlinkObject, Task>? before = null)
    {
        var seen = await context.RequireAsync(cancellationToken);
        if (seen.WrittenBy(context.Operation.Id) && isWritten(seen))
        {
            await context.NoteAsync("Kubernetes", $"written by an earlier attempt, generation {seen.Generation}", cancellationToken);
            return seen;
        }
        if (before is not null) await before(seen);
        if (context.Data[At] is null) await context.RememberAsync(At, context.Now, cancellationToken);
        return await context.PatchAsync(seen, patch(seen), cancellationToken);
    }

    /// <summary>The spec that a stop leaves behind, with a savepoint or by the given mode.</summary>
    public static JsonObject Stopped(FlinkObject seen, string mode = "savepoint") => WithJob(seen, job => (job["state"], job["upgradeMode"]) = ("suspended", mode));

    /// <summary>The spec with a change of its job.</summary>
    public static JsonObject WithJob(FlinkObject seen, Action<JsonObject> change)
    {
        var spec = (JsonObject)seen.Spec.DeepClone();
        if (spec["job"] is JsonObject job) change(job);
        return spec;
    }

    /// <summary>Asks for a stop with savepoint, whatever the spec's own upgrade mode says; that one is kept in an annotation to be put back.</summary>
    public static StepDefinition StopStep(OperationTiming timing) =>
        new(Stop, "Ask the operator to stop the job with a savepoint", timing.Quick, async (context, cancellationToken) =>
        {
            var written = await WriteOnceAsync(context, o => !o.WantsRunning, o => new JsonObject
            {
                ["metadata"] = KeepMode(o.Record.UpgradeMode),
                ["spec"] = new JsonObject { ["job"] = new JsonObject { ["state"] = "suspended", ["upgradeMode"] = "savepoint" } },
            }, cancellationToken);
            return StepResult.Done($"Asked for in generation {written.Generation}.");
        }) { CancelAsync = NothingChanged };

    public static StepDefinition AwaitStoppedStep(OperationTiming timing) =>
        new(AwaitStopped, "Wait until it is stopped and the savepoint is known", timing.Savepoint, async (context, cancellationToken) =>
        {
            var watch = new StopWatch(context, PathBeforeOf(context), WrittenAt(context, Stop));
            var stopped = await context.WaitAsync(async (seen, token) =>
                seen.WantsRunning
                    ? throw new OperationFailedException("Someone set the pipeline back to running meanwhile. It was not suspended.")
                    : await watch.LookAsync(seen, token) is { } found && seen.IsSuspended ? found : null, cancellationToken);
            await context.RememberAsync(Path, stopped.Path, cancellationToken);
            return StepResult.Done(stopped.Words);
        })
        {
            CancelAsync = async (context, cancellationToken) =>
            {
                var seen = await context.RequireAsync(cancellationToken);
                if (!seen.WantsRunning)
                    await context.PatchAsync(seen, new JsonObject { ["spec"] = new JsonObject { ["job"] = new JsonObject { ["state"] = "running" } } }, cancellationToken);
                return "Called off: the pipeline is asked to run again. If the savepoint was taken already, the job starts again from it.";
            },
        };

    /// <summary>Waits for a start that is newer than the one the check saw.</summary>
    public static StepDefinition AwaitRunningStep(OperationTiming timing, string writer) =>
        new(AwaitRunning, "Wait until the job runs", timing.Start, async (context, cancellationToken) =>
        {
            var watch = new StartWatch(context, StartBeforeOf(context), WrittenAt(context, writer));
            return StepResult.Done(await context.WaitAsync(watch.LookAsync, cancellationToken));
        })
        {
            CancelAsync = (_, _) => Task.FromResult("Sluice no longer waits. The new spec stands, and the operator goes on starting it; the pipeline's page shows how far it is."),
        };

    /// <summary>Puts back the upgrade mode that a stop with savepoint had to replace. The operator takes note of it without a restart.</summary>
    public static StepDefinition PutBackModeStep(OperationTiming timing) =>
        new("put-back-mode", "Put the spec's own upgrade mode back", timing.Quick, async (context, cancellationToken) =>
        {
            var seen = await context.RequireAsync(cancellationToken);
            if (seen.Annotation(OperationNames.UpgradeModeAnnotation) is not { } mode) return StepResult.Skipped("It is savepoint.");
            await context.PatchAsync(seen, new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [OperationNames.UpgradeModeAnnotation] = null } },
                ["spec"] = new JsonObject { ["job"] = new JsonObject { ["upgradeMode"] = mode.Length == 0 ? null : mode } },
            }, cancellationToken);
            return StepResult.Done("");
        });

    /// <summary>The annotation that keeps an upgrade mode, or none where it is savepoint already.</summary>
    public static JsonObject KeepMode(string? mode) => mode == "savepoint"
        ? []
        : new JsonObject { ["annotations"] = new JsonObject { [OperationNames.UpgradeModeAnnotation] = mode ?? "" } };

    /// <summary>The job's registered pipeline.</summary>
    public static async Task<Pipeline> PipelineAsync(StepContext context, CancellationToken cancellationToken) =>
        await context.Environment.Pipelines.FindAsync(context.Operation.Pipeline, cancellationToken)
        ?? throw new OperationFailedException("The pipeline is no longer registered. Nothing was changed by this step. Adopt it, then ask again.");

    /// <summary>Creates an object in the pipeline's namespace, with what was sent as evidence.</summary>
    /// <returns>Null where it was created; else the answer that one of that name exists, which may be from an earlier attempt.</returns>
    public static async Task<KubernetesException?> PostAsync(StepContext context, KubernetesResource resource, JsonObject body, CancellationToken cancellationToken)
    {
        await context.NoteAsync("sent", $"POST {resource.Plural} {body.ToJsonString()}", cancellationToken);
        try
        {
            await context.Api.CreateAsync(resource, context.Pipeline.Namespace, body, new KubernetesWrite(), cancellationToken);
            return null;
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.AlreadyExists)
        {
            return e;
        }
    }

    /// <summary>Notes that what was to be created is there, made by this operation before it was interrupted.</summary>
    public static Task NoteEarlierAttemptAsync(StepContext context, CancellationToken cancellationToken) =>
        context.NoteAsync("Kubernetes", "exists already, from an earlier attempt", cancellationToken);
}
