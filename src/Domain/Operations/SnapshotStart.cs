using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>
/// Starts a job anew from a chosen snapshot, whatever it does now. Newer operators have a nonce for it; with older ones, and for session jobs, the resource is deleted and created again,
/// because there a snapshot counts at the first deployment only.
/// </summary>
internal static class SnapshotStart
{
    private const string RedeployNonce = "savepointRedeployNonce";
    private const string Body = "body";

    /// <summary>The steps; <paramref name="desired"/> gives the spec that is to run.</summary>
    public static IReadOnlyList<StepDefinition> Steps(OperationTiming timing, Func<StepContext, FlinkObject, JsonObject> desired) =>
    [
        new(RolloutSteps.Apply, "Ask for a start from the snapshot", timing.Quick, (context, token) => ApplyAsync(context, desired, token)) { CancelAsync = SharedSteps.NothingChanged },
        OnlyWhereRecreated(DeleteOperation.DeleteStep(timing)),
        OnlyWhereRecreated(DeleteOperation.AwaitGoneStep(timing)),
        OnlyWhereRecreated(new(SharedSteps.Create, "Create the custom resource again", timing.Quick, CreateAsync)),
        SharedSteps.AwaitRunningStep(timing, RolloutSteps.Apply),
        new("verify", "Check which snapshot the job was restored from", timing.Verify,
            (context, token) => RestoredState.VerifyAsync(context, context.Parameters.SnapshotPath, token)),
        TidyStep(timing),
        SharedSteps.PutBackModeStep(timing),
    ];

    /// <summary>Writes a spec that starts from the snapshot; null where the operator has no nonce for it and nothing was written.</summary>
    public static async Task<FlinkObject?> TryPutAsync(StepContext context, JsonObject spec, string path, CancellationToken cancellationToken)
    {
        var seen = await context.RequireAsync(cancellationToken);
        var nonce = OperationNames.Nonce(context.Operation.Id, RetryPoint.AttemptOf(context.Step.Data));
        if (seen.Record.Resource != FlinkResource.Deployment || !await KnowsNonceAsync(context, seen, Patch(seen, spec, path, false, nonce), cancellationToken)) return null;
        return await SharedSteps.WriteOnceAsync(context, o => (long?)o.Spec["job"]?[RedeployNonce] == nonce, o => Patch(o, spec, path, false, nonce), cancellationToken);
    }

    /// <summary>Dropped state is accepted for one start only.</summary>
    public static StepDefinition TidyStep(OperationTiming timing) => new("tidy", "Stop accepting dropped state", timing.Quick, TidyAsync);

    /// <summary>What stands against a path, or null. Whether a snapshot is there and whole cannot be seen from here.</summary>
    public static string? Doubt(string? path) => path switch
    {
        null or "" => "No snapshot is named. Give the path of a savepoint or a retained checkpoint, for example s3://bucket/savepoints/savepoint-1a2b3c.",
        { Length: > 1024 } => "The snapshot's path is longer than 1024 characters.",
        _ when path.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) => "The snapshot's path holds a blank or a line break.",
        _ when !path.StartsWith('/') && path.IndexOf(":/", StringComparison.Ordinal) < 1 => $"{path} is no path: it begins with a scheme, such as s3:// or file://, or with a slash.",
        _ => null,
    };

    private static bool IsRecreated(StepContext context) => context.DataOf(RolloutSteps.Apply)[Body] is JsonObject;

    private static StepDefinition OnlyWhereRecreated(StepDefinition step) => step with
    {
        RunAsync = (context, token) => IsRecreated(context) ? step.RunAsync(context, token) : Task.FromResult(StepResult.Skipped("Not needed: this operator starts from a chosen snapshot by itself.")),
    };

    private static async Task<StepResult> ApplyAsync(StepContext context, Func<StepContext, FlinkObject, JsonObject> desired, CancellationToken cancellationToken)
    {
        var seen = await context.RequireAsync(cancellationToken);
        var (path, allow) = (context.Parameters.SnapshotPath!, context.Parameters.AllowNonRestoredState);
        var nonce = OperationNames.Nonce(context.Operation.Id, RetryPoint.AttemptOf(context.Step.Data));
        if (context.Data[Body] is null && (long?)seen.Spec["job"]?[RedeployNonce] != nonce)
        {
            var spec = desired(context, seen);
            var byNonce = seen.Record.Resource == FlinkResource.Deployment
                && await KnowsNonceAsync(context, seen, Patch(seen, spec, path, allow, nonce), cancellationToken);
            if (!byNonce)
            {
                await context.RememberAsync("at", context.Now, cancellationToken);
                await context.RememberAsync(Body, NewBody(context, seen, spec, path, allow), cancellationToken);
            }
        }
        if (context.Data[Body] is not null) return StepResult.Done("This operator has no such request: the resource is deleted and created again from the snapshot.");
        var written = await SharedSteps.WriteOnceAsync(context, o => (long?)o.Spec["job"]?[RedeployNonce] == nonce, o => Patch(o, desired(context, o), path, allow, nonce), cancellationToken);
        return StepResult.Done($"Asked for in generation {written.Generation}.");
    }

    /// <summary>An API server refuses fields that its schema does not have, or, before 1.25, leaves them out of its answer.</summary>
    private static Task<bool> KnowsNonceAsync(StepContext context, FlinkObject seen, JsonObject patch, CancellationToken cancellationToken) =>
        KnowsNonceAsync(() => context.PatchAsync(seen, patch, cancellationToken, dryRun: true));

    private static async Task<bool> KnowsNonceAsync(Func<Task<FlinkObject>> tried)
    {
        try
        {
            return (await tried()).Spec["job"]?[RedeployNonce] is not null;
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.Invalid && e.Message.Contains($"unknown field \"spec.job.{RedeployNonce}\"", StringComparison.Ordinal))
        {
            return false;
        }
    }

    /// <summary>What a start from the request's snapshot will write, for a plan: the cluster is asked whether its operator has a request for that.</summary>
    public static async Task<PlannedWrite?> WriteAsync(PlanContext context, FlinkObject seen, JsonObject desired, CancellationToken cancellationToken)
    {
        var (request, path) = (context.Request, context.Request.ChosenSnapshot);
        if (Doubt(path) is not null) return null;
        var spec = Whole(seen, desired, path!, request.AllowNonRestoredState, ((long?)seen.Spec["job"]?[RedeployNonce] ?? 0) + 1);
        var patch = new JsonObject { ["spec"] = SpecPatch.Between(seen.Spec, spec) };
        var byNonce = seen.Record.Resource == FlinkResource.Deployment && await KnowsNonceAsync(async () => new FlinkObject(await context.Api.PatchAsync(
            request.Pipeline.KubernetesResource, request.Pipeline.Namespace, request.Pipeline.Name, new KubernetesPatch(KubernetesPatchType.Merge, patch), new KubernetesWrite(DryRun: true), cancellationToken)));
        return new PlannedWrite(spec) { Snapshot = path, AllowNonRestored = request.AllowNonRestoredState, Deletes = !byNonce, Creates = !byNonce };
    }

    private static JsonObject Whole(FlinkObject seen, JsonObject desired, string path, bool allowNonRestored, long? nonce)
    {
        var spec = SpecPatch.Prepare(seen.Spec, desired);
        var job = Job(spec, path, allowNonRestored);
        job["upgradeMode"] = "savepoint";
        if (nonce is not null) job[RedeployNonce] = nonce;
        return spec;
    }

    private static JsonObject Patch(FlinkObject seen, JsonObject desired, string path, bool allowNonRestored, long? nonce)
    {
        var mode = (string?)(desired["job"] as JsonObject)?["upgradeMode"];
        var change = SpecPatch.Between(seen.Spec, Whole(seen, desired, path, allowNonRestored, nonce));
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject { [OperationNames.UpgradeModeAnnotation] = mode == "savepoint" ? null : mode ?? "", [OperationNames.DrainedAnnotation] = null },
            },
            ["spec"] = change,
        };
    }

    private static JsonObject Job(JsonObject spec, string path, bool allowNonRestored)
    {
        var job = spec["job"] as JsonObject ?? throw new OperationFailedException("The spec has no job, so nothing can start from a snapshot. Nothing was changed.");
        job["state"] = "running";
        job["initialSavepointPath"] = path;
        if (allowNonRestored) job["allowNonRestoredState"] = true;
        return job;
    }

    internal static JsonObject NewBody(StepContext context, FlinkObject seen, JsonObject desired, string path, bool allowNonRestored)
    {
        var spec = SpecPatch.Prepare([], desired);
        Job(spec, path, allowNonRestored);
        var annotations = seen.Json["metadata"]?["annotations"]?.DeepClone() as JsonObject ?? [];
        foreach (var gone in new[] { "kubectl.kubernetes.io/last-applied-configuration", OperationNames.DrainedAnnotation, OperationNames.UpgradeModeAnnotation }) annotations.Remove(gone);
        annotations[OperationNames.OperationAnnotation] = context.Operation.Id.ToString();
        var metadata = new JsonObject { ["name"] = context.Pipeline.Name, ["namespace"] = context.Pipeline.Namespace, ["annotations"] = annotations };
        if (seen.Json["metadata"]?["labels"]?.DeepClone() is JsonObject labels) metadata["labels"] = labels;
        return new JsonObject { ["apiVersion"] = "flink.apache.org/v1beta1", ["kind"] = context.Pipeline.KubernetesResource.Kind, ["metadata"] = metadata, ["spec"] = spec };
    }

    private static async Task<StepResult> CreateAsync(StepContext context, CancellationToken cancellationToken)
    {
        var body = (JsonObject)context.DataOf(RolloutSteps.Apply)[Body]!.DeepClone();
        if (await SharedSteps.PostAsync(context, context.Pipeline.KubernetesResource, body, cancellationToken) is { } exists)
        {
            if (await context.ReadAsync(cancellationToken) is { } seen && !seen.WrittenBy(context.Operation.Id))
                throw new OperationFailedException($"{context.Pipeline} was created by someone else after it was deleted for this redeployment. That one stands; this operation changed nothing about it. Redeploy again if it does not run from {context.Parameters.SnapshotPath}.", exists);
            await SharedSteps.NoteEarlierAttemptAsync(context, cancellationToken);
        }
        return StepResult.Done("Created.");
    }

    private static async Task<StepResult> TidyAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (!context.Parameters.AllowNonRestoredState) return StepResult.Skipped("It was not accepted.");
        var seen = await context.RequireAsync(cancellationToken);
        if (seen.Spec["job"]?["allowNonRestoredState"]?.ToString() != "true") return StepResult.Skipped("It is off.");
        // It would hold for every later start, too.
        await context.PatchAsync(seen, new JsonObject { ["spec"] = new JsonObject { ["job"] = new JsonObject { ["allowNonRestoredState"] = false } } }, cancellationToken);
        return StepResult.Done("");
    }
}
