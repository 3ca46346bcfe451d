using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>Rolls out a new revision: stop with savepoint, start the new version from it, and prove that it did.</summary>
public sealed class UpgradeOperation(OperationTiming timing) : IOperationKind
{
    private const string Apply = "apply";
    private const string Restarts = "restarts";

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Upgrade;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, RefuseForeignChange),
        new("dry-run", "Let the cluster check the new spec", timing.Quick, async (context, cancellationToken) =>
        {
            var seen = await context.RequireAsync(cancellationToken);
            if (!seen.WrittenBy(context.Operation.Id)) await context.PatchAsync(seen, Patch(context, seen), cancellationToken, dryRun: true);
            return StepResult.Done("The cluster accepts it.");
        }) { CancelAsync = SharedSteps.NothingChanged },
        new("record-revision", "Record the new revision", timing.Quick, RecordRevisionAsync) { CancelAsync = SharedSteps.NothingChanged },
        new(Apply, "Apply the new spec", timing.Quick, ApplyAsync)
        {
            CancelAsync = (_, _) => Task.FromResult("Called off. The revision is recorded; the deployment was not changed."),
        },
        OnlyWhereItRestarts(new(SharedSteps.AwaitStopped, "Wait until the old version is stopped with a savepoint", timing.Savepoint, AwaitStoppedAsync), SharedSteps.WasRunning),
        OnlyWhereItRestarts(SharedSteps.AwaitRunningStep(timing, Apply), _ => true),
        OnlyWhereItRestarts(
            new("verify", "Check which snapshot the new version was restored from", timing.Verify,
                (context, cancellationToken) => RestoredState.VerifyAsync(context, Expected(context), cancellationToken)),
            context => SharedSteps.StartBeforeOf(context) is not null),
        SharedSteps.PutBackModeStep(timing),
    ];

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var cautions = new List<string>();
        var (change, restart) = ("", false);
        string? from = null;
        if (ManifestPlan.Read(context.Request, problems) is { } manifest && context.Resource is { } seen)
        {
            if (IsForeign(context.Request, seen)) problems.Add("Someone changed the deployment since you began to edit. Load it again and repeat your change.");
            var spec = Desired(manifest, seen);
            var planned = WithSpec(seen, spec);
            change = UnifiedDiff.Between(ManifestYaml.ToText(Shown(seen.Spec)), ManifestYaml.ToText(Shown(spec)));
            restart = Differs(seen, planned);
            if (seen.WantsRunning && !planned.WantsRunning) problems.Add("The manifest says state: suspended. Suspend the pipeline by that action, not by an upgrade.");
            if (seen.Record.HasJob != planned.Record.HasJob) problems.Add("A session cluster cannot become an application, nor the other way round.");
            if (planned.Record.HasJob && restart) PlanTexts.SavepointDirectory(planned, problems);
            if (change.Length == 0) problems.Add("The manifest is the same as what is deployed.");
            if (seen.Record.DrainsOnStop) cautions.Add("The drain switch is on: the stop ends all windows early. Turn it off by an upgrade of that key alone first if you do not want that.");
            if (restart && seen.Record.HasJob) from = RestoresFrom(seen, cautions);
            if (OwnMode(manifest) is var mode and not "savepoint" && planned.Record.HasJob)
                cautions.Add($"The manifest's upgrade mode is {mode ?? "stateless (the default)"}. This upgrade carries the state by a savepoint all the same and puts that mode back at the end.");
            if (problems.Count == 0)
                await ManifestPlan.DryRunAsync(() => context.Api.PatchAsync(context.Request.Pipeline.KubernetesResource, context.Request.Pipeline.Namespace, context.Name,
                    new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = SpecPatch.Between(seen.Spec, spec) }), new KubernetesWrite(DryRun: true), cancellationToken), problems);
        }
        return new OperationPlan(
            restart ? $"Roll out a new revision of {context.Name}: the job stops with a savepoint and the new version starts from it." : $"Change {context.Name} without a restart.",
            PlanTexts.Titles(this, context.Request), change, from, restart, [], problems, cautions);
    }

    private static string RestoresFrom(FlinkObject seen, List<string> cautions)
    {
        if (seen.Runs) return "A savepoint that the operator takes when it stops the running version.";
        if (seen.IsSuspended && seen.SavepointPath is { } path && seen.ReconciledUpgradeMode == "savepoint") return $"{path}: the savepoint of the suspension.";
        if (seen.Record.JobStartedAt is null) return "Nothing: it has never run.";
        cautions.Add($"The job is {seen.Record.JobState ?? "not running"}, so no savepoint can be taken. The operator falls back to the last checkpoint where the high-availability metadata has one; otherwise it waits.");
        return "The last checkpoint, from the high-availability metadata.";
    }

    private static void RefuseForeignChange(StepContext context, FlinkObject seen)
    {
        if (!seen.WrittenBy(context.Operation.Id) && context.Parameters.Generation is { } generation && generation != seen.Generation)
            throw new OperationFailedException("Someone changed the deployment's spec after this upgrade was asked for. Nothing was changed. Load it again and repeat the upgrade.");
    }

    private static bool IsForeign(OperationRequest request, FlinkObject seen) => request.Generation is { } generation
        ? generation != seen.Generation
        : request.ResourceVersion is { } version && version != seen.ResourceVersion;

    private static async Task<StepResult> RecordRevisionAsync(StepContext context, CancellationToken cancellationToken)
    {
        var pipeline = await SharedSteps.PipelineAsync(context, cancellationToken);
        var pipelines = context.Environment.Pipelines;
        var revision = (await pipelines.RevisionsAsync(pipeline.Id, cancellationToken)).FirstOrDefault(r => r.OperationId == context.Operation.Id)
            ?? await pipelines.AddRevisionAsync(pipeline.Id, context.Parameters.Manifest ?? "", new Actor(context.Operation.Actor), context.Operation.Reason, context.Operation.Id, cancellationToken);
        return StepResult.Done($"Revision {revision.Number}.");
    }

    private static async Task<StepResult> ApplyAsync(StepContext context, CancellationToken cancellationToken)
    {
        var seen = await context.RequireAsync(cancellationToken);
        if (!seen.WrittenBy(context.Operation.Id))
        {
            RefuseForeignChange(context, seen);
            await context.RememberAsync(Restarts, Differs(seen, WithSpec(seen, Desired(Manifest(context), seen))), cancellationToken);
        }
        var written = await SharedSteps.WriteOnceAsync(context, _ => true, o => Patch(context, o), cancellationToken);
        return StepResult.Done($"Applied as generation {written.Generation}.");
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

    private static StepDefinition OnlyWhereItRestarts(StepDefinition step, Func<StepContext, bool> needed) => step with
    {
        RunAsync = (context, cancellationToken) => (bool?)context.DataOf(Apply)[Restarts] == true && needed(context)
            ? step.RunAsync(context, cancellationToken)
            : Task.FromResult(StepResult.Skipped("Not needed: the job does not restart, or has no state to carry.")),
    };

    private static string? Expected(StepContext context) => SharedSteps.WasRunning(context)
        ? SharedSteps.StoppedPath(context)
        : context.TextOf(SharedSteps.Check, "restoreMode") == "savepoint" ? SharedSteps.PathBeforeOf(context) : null;

    private static JsonObject Manifest(StepContext context) => ManifestYaml.Parse(context.Parameters.Manifest ?? "").Root;

    private static string? OwnMode(JsonObject manifest) => (string?)manifest["spec"]?["job"]?["upgradeMode"];

    /// <summary>The spec to send: the manifest's, with upgrade mode savepoint, so that no upgrade drops state in silence.</summary>
    private static JsonObject Desired(JsonObject manifest, FlinkObject seen)
    {
        var spec = SpecPatch.Prepare(seen.Spec, manifest["spec"] as JsonObject ?? []);
        if (spec["job"] is not JsonObject job) return spec;
        job["upgradeMode"] = "savepoint";
        // What other operations wrote to trigger something once is not part of a revision; taking it away is no change either.
        foreach (var nonce in new[] { "savepointTriggerNonce", "checkpointTriggerNonce" })
            if (!job.ContainsKey(nonce) && seen.Spec["job"]?[nonce] is { } value) job[nonce] = value.DeepClone();
        return spec;
    }

    private static JsonObject Patch(StepContext context, FlinkObject seen)
    {
        var manifest = Manifest(context);
        var metadata = manifest["spec"]?["job"] is JsonObject ? SharedSteps.KeepMode(OwnMode(manifest)) : [];
        if (manifest["metadata"]?["labels"] is JsonObject labels) metadata["labels"] = labels.DeepClone();
        return new JsonObject { ["metadata"] = metadata, ["spec"] = SpecPatch.Between(seen.Spec, Desired(manifest, seen)) };
    }

    private static FlinkObject WithSpec(FlinkObject seen, JsonObject spec)
    {
        var json = (JsonObject)seen.Json.DeepClone();
        json["spec"] = spec.DeepClone();
        return new FlinkObject(json);
    }

    private static bool Differs(FlinkObject a, FlinkObject b) =>
        a.Record.RolloutFingerprint != b.Record.RolloutFingerprint || a.Record.ScaleFingerprint != b.Record.ScaleFingerprint;

    private static JsonObject Shown(JsonObject spec)
    {
        var shown = (JsonObject)spec.DeepClone();
        if (shown["flinkConfiguration"] is JsonObject configuration) shown["flinkConfiguration"] = SpecPatch.Flatten(configuration);
        return new JsonObject { ["spec"] = shown };
    }
}
