using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>
/// Changes the parallelism, and proves by the JobManager that it is what runs. Single vertices are scaled while the job runs where the operator can; otherwise the job
/// stops with a savepoint and starts from it, and goes back where it does not start.
/// </summary>
public sealed class ScaleOperation(OperationTiming timing) : IOperationKind
{
    private static readonly string NothingAsked =
        "Nothing is asked for. Give parallelism for the whole job, vertices for single ones, or, for a standalone cluster, taskManagers or slots.";

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Scale;

    /// <inheritdoc/>
    public bool ChangesSpec => true;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        .. RolloutSteps.UntilApplied(timing, (context, seen) => Desired(context.Parameters.Scale!, seen), Patch, ScaledJob.RememberAsync),
        .. parameters.RollBackOnFailure ? FailedUpgrade.StepsWithReturn(timing) : [RolloutSteps.AwaitRunningStep(timing), RolloutSteps.VerifyStep(timing)],
        ScaledJob.VerifyStep(timing),
        SharedSteps.PutBackModeStep(timing),
        .. parameters.RollBackOnFailure ? [FailedUpgrade.ConcludeStep(timing)] : Array.Empty<StepDefinition>(),
    ];

    /// <summary>The revision is the newest one with the new size: what differs on the cluster beside it stays drift, to be decided on by itself.</summary>
    public async Task<OperationRequest> CompleteAsync(OperationRequest request, IPipelineStore pipelines, CancellationToken cancellationToken)
    {
        if (request.Scale is not { IsEmpty: false } target || await pipelines.FindAsync(request.Pipeline, cancellationToken) is not { } pipeline) return request with { Manifest = null };
        var newest = (await pipelines.RevisionsAsync(pipeline.Id, cancellationToken)).MaxBy(r => r.Number);
        if (newest is null || !ManifestYaml.TryParse(newest.Manifest, out var document, out _) || document.Root["spec"] is not JsonObject spec) return request with { Manifest = null };
        var scaled = (JsonObject)document.Root.DeepClone();
        scaled["spec"] = target.ApplyTo(spec);
        return request with { Manifest = ManifestEditor.Apply(newest.Manifest, scaled) };
    }

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context is { Resource: { Record.HasJob: true } seen, Request.Scale: { IsEmpty: false } target } ? new PlannedWrite(Desired(target, seen)) : null);

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var (request, problems, cautions) = (context.Request, context.ExistingProblems(), new List<string>());
        var target = request.Scale ?? new ScaleTarget();
        if (target.IsEmpty) problems.Add(NothingAsked);
        else if (context.Pipeline is not null && request.Manifest is null) problems.Add("The newest revision cannot be read any more, so the new one cannot be made from it. Upgrade to a whole manifest first.");
        if (context.Resource is not { Record.HasJob: true } seen) return new OperationPlan($"Scale {context.Name}.", PlanTexts.Titles(this, request), "", null, false, [], problems, cautions);

        if (UpgradeOperation.IsForeign(request, seen)) problems.Add("Someone changed the deployment since you looked at it. Load it again and repeat the scaling.");
        var spec = Desired(target, seen);
        var change = ChangeClassifier.Classify(seen, spec);
        var facts = await context.FactsAsync(cancellationToken);
        var planner = new ScalePlanner(seen, spec, change, facts, await ScalePlanner.OverviewAsync(context, seen, PlanContext.Patience, cancellationToken));
        var scaling = planner.Make();
        problems.AddRange(ScaleRules.Problems(target, seen, planner.Now, planner.After, scaling));
        var diff = UnifiedDiff.Between(ManifestYaml.ToText(RolloutSteps.Shown(seen.Spec)), ManifestYaml.ToText(RolloutSteps.Shown(spec)));
        if (!target.IsEmpty && JsonNode.DeepEquals(RolloutSteps.Shown(target.ApplyTo(seen.Spec)), RolloutSteps.Shown(seen.Spec))) problems.Add("That is its size already.");
        if (change.Starts)
        {
            if (Drained.IsOf(seen)) problems.Add(Drained.Problem);
            PlanTexts.SavepointDirectory(seen, problems);
        }
        ScaleCautions.Add(target, seen, planner, scaling, facts, problems, cautions);
        var from = !change.Starts ? scaling.Way is ScaleWay.InPlace or ScaleWay.Reactive ? "The job's own last checkpoint." : null : RolloutSteps.RestoresFrom(seen, cautions);
        if (problems.Count == 0)
            await ManifestPlan.DryRunAsync(() => context.Api.PatchAsync(request.Pipeline.KubernetesResource, request.Pipeline.Namespace, context.Name,
                new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = SpecPatch.Between(seen.Spec, spec) }), new KubernetesWrite(DryRun: true), cancellationToken), problems);
        return new OperationPlan(Sentence(context.Name, target, scaling), PlanTexts.Titles(this, request), target.IsEmpty ? "" : diff, from, change.Starts, [], problems, cautions) { Scaling = scaling };
    }

    private static string Sentence(string name, ScaleTarget target, ScalingPlan plan)
    {
        if (target.IsEmpty) return $"Scale {name}: choose what, and to how much.";
        string?[] sizes =
        [
            target.Parallelism is { } p ? $"parallelism {p}" : null,
            target.TaskManagers is { } t ? ScaleRules.Plural(t, "TaskManager") : null,
            target.Slots is { } s ? $"{ScaleRules.Plural(s, "slot")} a TaskManager" : null,
        ];
        var size = string.Join(" and ", sizes.OfType<string>());
        var vertices = target.Vertices.Count switch { 0 => "", 1 => "one vertex of ", var n => $"{n} vertices of " };
        var what = size.Length == 0 ? $"Scale {vertices}{name}" : vertices.Length == 0 ? $"Scale {name} to {size}" : $"Scale {name} to {size}, and {vertices}it";
        return plan.Way switch
        {
            ScaleWay.InPlace => $"{what} while it runs: nothing is redeployed, its tasks restart from the last checkpoint.",
            ScaleWay.Reactive => $"{what} while it runs: TaskManagers come or go, and Flink takes the slots that there are.",
            ScaleWay.NextStart => $"{what}, from its next start on.",
            ScaleWay.None => $"{what}.",
            _ => $"{what}: the job stops with a savepoint and starts anew from it.",
        };
    }

    private static JsonObject Desired(ScaleTarget target, FlinkObject seen)
    {
        var spec = SpecPatch.Prepare(seen.Spec, target.ApplyTo(seen.Spec));
        // The operator falls back to a restart where the JobManager refuses: with this mode that never drops state either.
        if (spec["job"] is JsonObject job) job["upgradeMode"] = "savepoint";
        return spec;
    }

    private static JsonObject Patch(StepContext context, FlinkObject seen) => new()
    {
        ["metadata"] = SharedSteps.KeepMode(seen.Record.UpgradeMode),
        ["spec"] = SpecPatch.Between(seen.Spec, Desired(context.Parameters.Scale!, seen)),
    };
}
