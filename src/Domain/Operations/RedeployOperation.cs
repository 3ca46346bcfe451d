using System.Text.Json.Nodes;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>Starts the same version anew from a chosen savepoint or checkpoint, whatever the job does now, and proves that it did.</summary>
public sealed class RedeployOperation(OperationTiming timing) : IOperationKind
{
    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Redeploy;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        SharedSteps.CheckStep(timing, (_, _) => { }),
        .. SnapshotStart.Steps(timing, (_, seen) => SpecOf(seen)),
    ];

    /// <summary>The spec as it stands, with its own upgrade mode: that of a stopped job says how it was stopped.</summary>
    private static JsonObject SpecOf(FlinkObject seen)
    {
        var spec = (JsonObject)seen.Spec.DeepClone();
        if (seen.Annotation(OperationNames.UpgradeModeAnnotation) is not { } mode || spec["job"] is not JsonObject job) return spec;
        job.Remove("upgradeMode");
        if (mode.Length > 0) job["upgradeMode"] = mode;
        return spec;
    }

    /// <inheritdoc/>
    public async Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        context.Resource is { } seen ? await SnapshotStart.WriteAsync(context, seen, SpecOf(seen), cancellationToken) : null;

    /// <inheritdoc/>
    public Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = context.ExistingProblems();
        var (path, cautions, lost) = (context.Request.ChosenSnapshot, new List<string>(), new List<string>());
        if (SnapshotStart.Doubt(path) is { } doubt) problems.Add(doubt);
        else if (context.Resource is { } seen) SnapshotTexts.Add(seen, path!, context.Request.AllowNonRestoredState, cautions, lost);
        return Task.FromResult(new OperationPlan(
            $"Start {context.Name} anew from a chosen snapshot.", PlanTexts.Titles(this, context.Request),
            problems.Count > 0 ? "" : $"+    initialSavepointPath: {path}\n+    state: running\n", path is null ? null : $"{path}: you chose it.", true, lost, problems, cautions));
    }
}

/// <summary>What plans say about a start from a chosen snapshot.</summary>
internal static class SnapshotTexts
{
    public static void Add(FlinkObject seen, string path, bool allowNonRestored, List<string> cautions, List<string> lost)
    {
        if (seen.WantsRunning) lost.Add("What the job did since that snapshot: it is cancelled without a savepoint. Take a savepoint first to be able to come back.");
        cautions.Add("Sluice does not read the directory: whether the snapshot is whole, and fits this version, shows when the job starts. If it does not fit, the job fails and nothing is lost from the snapshot.");
        if (RestoredState.Same(seen.Annotation(OperationNames.DrainedAnnotation), path)) cautions.Add("That savepoint was taken by a drain: its watermark is at the end of time, and what comes is dropped as late.");
        if (allowNonRestored) lost.Add("State in the snapshot that no operator of this version takes up.");
    }
}
