using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>
/// Goes back to an earlier revision: with the state of now, carried by a savepoint as in an upgrade, or from a chosen snapshot, which takes the state back as well.
/// The revision's manifest becomes the newest revision again.
/// </summary>
public sealed class RollbackOperation(OperationTiming timing) : IOperationKind
{
    private readonly UpgradeOperation _upgrade = new(timing);

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Rollback;

    /// <inheritdoc/>
    public bool ChangesSpec => true;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) => parameters.SnapshotPath is null
        ? _upgrade.Steps(parameters)
        :
        [
            SharedSteps.CheckStep(timing, UpgradeOperation.RefuseForeignChange),
            new("record-revision", "Record the revision as the newest", timing.Quick, UpgradeOperation.RecordRevisionAsync) { CancelAsync = SharedSteps.NothingChanged },
            .. SnapshotStart.Steps(timing, (context, _) => Spec(UpgradeOperation.Manifest(context))),
        ];

    /// <inheritdoc/>
    public async Task<OperationRequest> CompleteAsync(OperationRequest request, IPipelineStore pipelines, CancellationToken cancellationToken)
    {
        if (request.Revision is not { } number || await pipelines.FindAsync(request.Pipeline, cancellationToken) is not { } pipeline) return request with { Manifest = null };
        var revision = (await pipelines.RevisionsAsync(pipeline.Id, cancellationToken)).FirstOrDefault(r => r.Number == number);
        return request with { Manifest = revision?.Manifest };
    }

    /// <inheritdoc/>
    public async Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken)
    {
        if (context.Request.ChosenSnapshot is null) return await _upgrade.WriteAsync(context, cancellationToken);
        return context.Resource is { } seen && ManifestPlan.Read(context.Request, []) is { } manifest ? await SnapshotStart.WriteAsync(context, seen, Spec(manifest), cancellationToken) : null;
    }

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var path = request.ChosenSnapshot;
        if (await RevisionProblemAsync(context, cancellationToken) is { } missing)
            return new OperationPlan($"Take {context.Name} back to an earlier revision.", [], "", null, false, [], [missing, .. context.ExistingProblems()], []);
        var plan = await _upgrade.PlanAsync(context, cancellationToken);
        var number = request.Revision!.Value.ToString(CultureInfo.InvariantCulture);
        if (path is null)
        {
            return plan with
            {
                Sentence = $"Take {context.Name} back to revision {number}, with its state of now.",
                Steps = PlanTexts.Titles(this, request),
                Cautions = [.. plan.Cautions, .. plan.Restart ? ["The older version has to read the state that the newer one wrote. Whether it can shows when it starts; choose a snapshot from its own time if it cannot."] : Array.Empty<string>()],
            };
        }
        var (cautions, lost) = (new List<string>(), new List<string>());
        // A start from a snapshot makes sense for an unchanged spec as well, and needs no savepoint of the job that runs.
        var problems = context.ExistingProblems();
        if (SnapshotStart.Doubt(path) is { } doubt) problems.Add(doubt);
        if (context.Resource is { } seen) SnapshotTexts.Add(seen, path, request.AllowNonRestoredState, cautions, lost);
        return new OperationPlan(
            $"Take {context.Name} back to revision {number} and its state back to a chosen snapshot.", PlanTexts.Titles(this, request), plan.Change,
            $"{path}: you chose it.", true, lost, problems, cautions);
    }

    private static async Task<string?> RevisionProblemAsync(PlanContext context, CancellationToken cancellationToken)
    {
        if (context.Pipeline is not { } pipeline) return "Nobody has registered this deployment, so it has no revisions. Adopt it first.";
        var revisions = await context.Environment.Pipelines.RevisionsAsync(pipeline.Id, cancellationToken);
        if (context.Request.Revision is not { } number) return $"No revision is named. It has revisions 1 to {revisions.Count}.";
        var found = revisions.FirstOrDefault(r => r.Number == number);
        if (found is null) return string.Create(CultureInfo.InvariantCulture, $"There is no revision {number}. It has revisions 1 to {revisions.Count}.");
        return ManifestYaml.TryParse(found.Manifest, out _, out var error) ? null : $"Revision {number} cannot be read any more: {error.Message}";
    }

    private static JsonObject Spec(JsonObject manifest) => (JsonObject)(manifest["spec"]?.DeepClone() ?? new JsonObject());
}
