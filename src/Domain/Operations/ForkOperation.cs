using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>
/// Deploys a new pipeline that begins with the state of another one: from a savepoint taken for it, or from a chosen snapshot. The first one runs on all the time.
/// The operation belongs to the new pipeline; the first one is held only until its savepoint is there.
/// </summary>
public sealed class ForkOperation(OperationTiming timing) : IOperationKind
{
    private const string CheckSource = "check-source";

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Fork;

    /// <inheritdoc/>
    public bool Creates => true;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
    [
        DeployOperation.DryRunStep(timing, Body),
        .. parameters.SnapshotPath is null ? SavepointSteps() : [],
        DeployOperation.RegisterStep(timing),
        DeployOperation.CreateStep(timing, Body),
        SharedSteps.AwaitRunningStep(timing, SharedSteps.Create),
        new("verify", "Check which snapshot the new pipeline was restored from", timing.Verify, (context, token) => RestoredState.VerifyAsync(context, SnapshotOf(context), token)),
        SnapshotStart.TidyStep(timing),
    ];

    /// <inheritdoc/>
    public async Task<OperationRequest> CompleteAsync(OperationRequest request, IPipelineStore pipelines, CancellationToken cancellationToken)
    {
        if (request.Source is not { } source || await pipelines.FindAsync(source, cancellationToken) is not { } first) return request;
        request = request with
        {
            Team = string.IsNullOrWhiteSpace(request.Team) ? first.Team : request.Team,
            PipelineKind = request.PipelineKind == PipelineKind.Unknown ? first.Kind : request.PipelineKind,
        };
        if (!string.IsNullOrWhiteSpace(request.Manifest)) return request;
        var revisions = await pipelines.RevisionsAsync(first.Id, cancellationToken);
        var revision = request.Revision is { } number ? revisions.FirstOrDefault(r => r.Number == number) : revisions.MaxBy(r => r.Number);
        return request with { Manifest = revision is null ? null : ForkManifest.Of(revision.Manifest, request.Pipeline) };
    }

    /// <inheritdoc/>
    public async Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        if (context.Resource is not null || ManifestPlan.Read(request, []) is not { } manifest || await SourceAsync(context, cancellationToken) is not { } source) return null;
        var spec = ForkManifest.StartingFrom(manifest, request.ChosenSnapshot ?? "", request.AllowNonRestoredState)["spec"] as JsonObject;
        return new PlannedWrite(spec) { Creates = true, Snapshot = request.ChosenSnapshot, AllowNonRestored = request.AllowNonRestoredState, Source = source };
    }

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var (request, problems, cautions, lost) = (context.Request, new List<string>(), new List<string>(), new List<string>());
        var (path, change) = (request.ChosenSnapshot, "");
        var source = await SourceAsync(context, cancellationToken);
        ForkRules.AddProblems(context, source, problems);
        if (request.Manifest is null && request.Source is not null && problems.Count == 0)
            problems.Add(request.Revision is { } number ? $"{request.Source} has no revision {number} that can be read." : $"{request.Source} is not registered, so it has no revision to begin with. Adopt it first, or give a manifest.");
        else if (problems.Count == 0 && ManifestPlan.Read(request, problems) is { } manifest)
        {
            var body = ForkManifest.StartingFrom(manifest, path ?? "<the new savepoint>", request.AllowNonRestoredState);
            change = UnifiedDiff.Between("", ManifestYaml.ToText(body));
            if (source is not null) cautions.AddRange(SharedOutside.Between(source.Spec, (JsonObject)manifest["spec"]!));
            if (path is not null && RestoredState.Same(source?.Annotation(OperationNames.DrainedAnnotation), path))
                cautions.Add("That savepoint was taken by a drain: its watermark is at the end of time, and what comes is dropped as late.");
            if (request.AllowNonRestoredState) lost.Add("For the new pipeline: state in the snapshot that none of its operators takes up. The first one keeps all of its own.");
            if (problems.Count == 0)
                await ManifestPlan.DryRunAsync(() => context.Api.CreateAsync(request.Pipeline.KubernetesResource, request.Pipeline.Namespace, body, new KubernetesWrite(DryRun: true), cancellationToken), problems);
        }
        var first = request.Source is { } key ? $"{key.Namespace}/{key.Name}" : "another pipeline";
        return new OperationPlan(
            $"Deploy {request.Pipeline.Namespace}/{request.Pipeline.Name} as a new pipeline with the state of {first}, which runs on.", PlanTexts.Titles(this, request), change,
            path is null ? $"A new savepoint of {first}." : $"{path}: you chose it.", false, lost, problems, cautions);
    }

    private IEnumerable<StepDefinition> SavepointSteps() =>
    [
        new(CheckSource, "Check that the first pipeline runs", timing.Quick, async (context, cancellationToken) =>
        {
            var source = context.On(Source(context));
            var seen = await source.RequireAsync(cancellationToken);
            if (!seen.Runs) throw new OperationFailedException($"{PlanTexts.NotRunning(seen)} Nothing was changed. Fork from a snapshot that is there instead.");
            await context.RememberAsync("snapshots", (await source.CapabilitiesAsync(cancellationToken)).HasSnapshots, cancellationToken);
            return StepResult.Done($"{source.Pipeline.Name} runs.");
        }) { CancelAsync = SharedSteps.NothingChanged },
        new(SavepointOperation.Trigger, "Ask for a savepoint of the first pipeline", timing.Quick,
            (context, token) => SavepointOperation.TriggerAsync(context.On(Source(context)), (bool?)context.DataOf(CheckSource)["snapshots"] == true, token)) { CancelAsync = SharedSteps.NothingChanged },
        new(SharedSteps.AwaitSavepoint, "Wait until the savepoint is complete", timing.Savepoint, (context, token) => SavepointOperation.AwaitAsync(context.On(Source(context)), token))
        {
            CancelAsync = (_, _) => Task.FromResult("Called off. Nothing was deployed. The savepoint may still complete; the first pipeline runs on either way."),
        },
    ];

    private static PipelineKey Source(StepContext context) => OperationParameters.SourceOf(context.Operation) ?? throw new OperationFailedException("The operation does not say which pipeline it begins from. Nothing was changed.");

    private static string? SnapshotOf(StepContext context) => context.Parameters.SnapshotPath ?? context.TextOf(SharedSteps.AwaitSavepoint, "path");

    // Before there is a savepoint, the dry run is about everything else.
    private static JsonObject Body(StepContext context)
    {
        var body = ForkManifest.StartingFrom(DeployOperation.Body(context), SnapshotOf(context) ?? "", context.Parameters.AllowNonRestoredState);
        body["metadata"]!["annotations"]![OperationNames.ForkedFromAnnotation] = Source(context).ToString();
        return body;
    }

    private static async Task<FlinkObject?> SourceAsync(PlanContext context, CancellationToken cancellationToken) =>
        context.Request.Source is { } key && key.Cluster == context.Request.Pipeline.Cluster ? await FlinkObject.FindAsync(context.Api, key, cancellationToken) : null;
}
