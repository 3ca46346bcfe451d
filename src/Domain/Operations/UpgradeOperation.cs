using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>Rolls out a new revision: stop with savepoint, start the new version from it, and prove that it did.</summary>
public sealed class UpgradeOperation(OperationTiming timing) : IOperationKind
{
    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Upgrade;

    /// <inheritdoc/>
    public bool ChangesSpec => true;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        .. RolloutSteps.UntilApplied(timing, (context, seen) => Desired(Manifest(context), seen), Patch),
        .. parameters.RollBackOnFailure ? FailedUpgrade.StepsWithReturn(timing) : [RolloutSteps.AwaitRunningStep(timing), RolloutSteps.VerifyStep(timing)],
        SharedSteps.PutBackModeStep(timing),
        .. parameters.RollBackOnFailure ? [FailedUpgrade.ConcludeStep(timing)] : Array.Empty<StepDefinition>(),
    ];

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Resource is { } seen && ManifestPlan.Read(context.Request, []) is { } manifest ? new PlannedWrite(Desired(manifest, seen)) : null);

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
            var planned = RolloutSteps.WithSpec(seen, spec);
            change = UnifiedDiff.Between(ManifestYaml.ToText(RolloutSteps.Shown(seen.Spec)), ManifestYaml.ToText(RolloutSteps.Shown(spec)));
            restart = RolloutSteps.HasToStart(seen, spec);
            if (restart && Drained.IsOf(seen)) problems.Add(Drained.Problem);
            if (seen.WantsRunning && !planned.WantsRunning) problems.Add("The manifest says state: suspended. Suspend the pipeline by that action, not by an upgrade.");
            if (seen.Record.HasJob != planned.Record.HasJob) problems.Add("A session cluster cannot become an application, nor the other way round.");
            if (planned.Record.HasJob && restart) PlanTexts.SavepointDirectory(planned, problems);
            if (change.Length == 0) problems.Add("The manifest is the same as what is deployed.");
            if (seen.Record.DrainsOnStop) cautions.Add(PlanTexts.DrainSwitch);
            if (restart && seen.Record.HasJob) from = RolloutSteps.RestoresFrom(seen, cautions);
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

    internal static void RefuseForeignChange(StepContext context, FlinkObject seen)
    {
        if (!seen.WrittenBy(context.Operation.Id) && context.Parameters.Generation is { } generation && generation != seen.Generation)
            throw new OperationFailedException("Someone changed the deployment's spec after this upgrade was asked for. Nothing was changed. Load it again and repeat the upgrade.");
    }

    internal static bool IsForeign(OperationRequest request, FlinkObject seen) => request.Generation is { } generation
        ? generation != seen.Generation
        : request.ResourceVersion is { } version && version != seen.ResourceVersion;

    internal static async Task<StepResult> RecordRevisionAsync(StepContext context, CancellationToken cancellationToken)
    {
        var pipeline = await SharedSteps.PipelineAsync(context, cancellationToken);
        var pipelines = context.Environment.Pipelines;
        var revision = (await pipelines.RevisionsAsync(pipeline.Id, cancellationToken)).FirstOrDefault(r => r.OperationId == context.Operation.Id)
            ?? await pipelines.AddRevisionAsync(pipeline.Id, context.Parameters.Manifest ?? "", new Actor(context.Operation.Actor), context.Operation.Reason, context.Operation.Id, cancellationToken);
        return StepResult.Done($"Revision {revision.Number}.");
    }

    internal static JsonObject Manifest(StepContext context) => ManifestYaml.Parse(context.Parameters.Manifest ?? "").Root;

    internal static string? OwnMode(JsonObject manifest) => (string?)manifest["spec"]?["job"]?["upgradeMode"];

    /// <summary>The spec to send: the manifest's, with upgrade mode savepoint, so that no upgrade drops state in silence.</summary>
    internal static JsonObject Desired(JsonObject manifest, FlinkObject seen)
    {
        var spec = SpecPatch.Prepare(seen.Spec, manifest["spec"] as JsonObject ?? []);
        if (spec["job"] is not JsonObject job) return spec;
        job["upgradeMode"] = "savepoint";
        // What other operations wrote to trigger something once is not part of a revision; taking it away is no change either.
        foreach (var nonce in new[] { "savepointTriggerNonce", "checkpointTriggerNonce", "savepointRedeployNonce", "initialSavepointPath" })
            if (!job.ContainsKey(nonce) && seen.Spec["job"]?[nonce] is { } value) job[nonce] = value.DeepClone();
        if (!spec.ContainsKey("restartNonce") && seen.Spec["restartNonce"] is { } restart) spec["restartNonce"] = restart.DeepClone();
        return spec;
    }

    internal static JsonObject Patch(StepContext context, FlinkObject seen)
    {
        var manifest = Manifest(context);
        var metadata = manifest["spec"]?["job"] is JsonObject ? SharedSteps.KeepMode(OwnMode(manifest)) : [];
        if (manifest["metadata"]?["labels"] is JsonObject labels) metadata["labels"] = labels.DeepClone();
        return new JsonObject { ["metadata"] = metadata, ["spec"] = SpecPatch.Between(seen.Spec, Desired(manifest, seen)) };
    }
}
