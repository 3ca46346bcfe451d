using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>Registers a new pipeline with its first revision, creates its custom resource and follows it until it runs or the reason why it cannot is known.</summary>
public sealed class DeployOperation(OperationTiming timing) : IOperationKind
{
    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.Deploy;

    /// <inheritdoc/>
    public bool Creates => true;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters) =>
        [DryRunStep(timing, Body), RegisterStep(timing), CreateStep(timing, Body), SharedSteps.AwaitRunningStep(timing, SharedSteps.Create)];

    /// <summary>Lets the cluster check what is to be created.</summary>
    internal static StepDefinition DryRunStep(OperationTiming timing, Func<StepContext, JsonObject> body) =>
        new("dry-run", "Let the cluster check the manifest", timing.Quick, async (context, cancellationToken) =>
        {
            var seen = await context.ReadAsync(cancellationToken);
            if (seen is not null && !seen.WrittenBy(context.Operation.Id))
                throw new OperationFailedException($"{context.Pipeline} exists already and was not created by this operation. Nothing was changed. Adopt it, or choose another name.");
            if (seen is null) await context.Api.CreateAsync(context.Pipeline.KubernetesResource, context.Pipeline.Namespace, body(context), new KubernetesWrite(DryRun: true), cancellationToken);
            return StepResult.Done("The cluster accepts it.");
        }) { CancelAsync = SharedSteps.NothingChanged };

    /// <summary>Registers the pipeline that is about to be created.</summary>
    internal static StepDefinition RegisterStep(OperationTiming timing) =>
        new("register", "Register the pipeline and its first revision", timing.Quick, RegisterAsync) { CancelAsync = SharedSteps.NothingChanged };

    /// <summary>Creates it, once.</summary>
    internal static StepDefinition CreateStep(OperationTiming timing, Func<StepContext, JsonObject> body) =>
        new(SharedSteps.Create, "Create the custom resource", timing.Quick, (context, cancellationToken) => CreateAsync(context, body(context), cancellationToken))
        {
            CancelAsync = (_, _) => Task.FromResult("Called off. The pipeline is registered; nothing was created on the cluster."),
        };

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ManifestYaml.TryParse(context.Request.Manifest ?? "", out var document, out _) && document.Root["spec"] is JsonObject spec && context.Resource is null
            ? new PlannedWrite(spec) { Creates = true } : null);

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var cautions = new List<string>();
        var change = "";
        if (context.Resource is not null) problems.Add($"{context.Request.Pipeline} exists already. Adopt it, or choose another name.");
        else if (context.Pipeline is not null) problems.Add($"{context.Request.Pipeline} is registered already. Delete or upgrade that pipeline.");
        if (string.IsNullOrWhiteSpace(context.Request.Team)) problems.Add("No team is named to own it.");
        if (ManifestPlan.Read(context.Request, problems) is { } manifest)
        {
            change = UnifiedDiff.Between("", ManifestYaml.ToText(manifest));
            if ((string?)manifest["spec"]?["job"]?["upgradeMode"] is null or "stateless" && manifest["spec"]?["job"] is not null)
                cautions.Add("The upgrade mode is stateless: a stop or change made by other means than Sluice drops the job's state.");
            if (problems.Count == 0) await ManifestPlan.DryRunAsync(() => context.Api.CreateAsync(context.Request.Pipeline.KubernetesResource, context.Request.Pipeline.Namespace, (JsonObject)manifest.DeepClone(), new KubernetesWrite(DryRun: true), cancellationToken), problems);
        }
        return new OperationPlan($"Register {context.Name} and deploy it.", PlanTexts.Titles(this, context.Request), change, null, false, [], problems, cautions);
    }

    /// <summary>The manifest with its name and what marks it as made by this operation.</summary>
    internal static JsonObject Body(StepContext context)
    {
        var body = (JsonObject)ManifestYaml.Parse(context.Parameters.Manifest ?? "").Root.DeepClone();
        var metadata = body["metadata"] as JsonObject ?? [];
        var annotations = metadata["annotations"] as JsonObject ?? [];
        annotations[OperationNames.OperationAnnotation] = context.Operation.Id.ToString();
        annotations[OperationNames.PipelineAnnotation] = PipelineId(context).ToString();
        if (annotations.Parent is null) metadata["annotations"] = annotations;
        if (metadata.Parent is null) body["metadata"] = metadata;
        metadata["namespace"] = context.Pipeline.Namespace;
        metadata["name"] = context.Pipeline.Name;
        return body;
    }

    // The first operation of a pipeline gives it its identity: repeated after a crash, it is the same one.
    private static Guid PipelineId(StepContext context) => context.Operation.Id;

    private static async Task<StepResult> RegisterAsync(StepContext context, CancellationToken cancellationToken)
    {
        var operation = context.Operation;
        var pipeline = new Pipeline(PipelineId(context), operation.Pipeline, context.Parameters.Team ?? "", context.Parameters.PipelineKind, false, operation.Actor, operation.CreatedAt) { Tier = context.Parameters.Tier };
        var revision = new Revision(pipeline.Id, 1, context.Parameters.Manifest ?? "", operation.Actor, operation.Reason, operation.CreatedAt, operation.Id);
        try
        {
            await context.Environment.Pipelines.AddAsync(pipeline, revision, cancellationToken);
        }
        catch (AlreadyRegisteredException e)
        {
            var found = await context.Environment.Pipelines.FindAsync(operation.Pipeline, cancellationToken);
            if (found?.Id != pipeline.Id) throw new OperationFailedException($"{e.Message} Nothing was created.", e);
        }
        return StepResult.Done("Registered as revision 1.");
    }

    private static async Task<StepResult> CreateAsync(StepContext context, JsonObject body, CancellationToken cancellationToken)
    {
        if (context.Data["at"] is null) await context.RememberAsync("at", context.Now, cancellationToken);
        if (await SharedSteps.PostAsync(context, context.Pipeline.KubernetesResource, body, cancellationToken) is { } exists)
        {
            var seen = await context.ReadAsync(cancellationToken);
            if (seen?.WrittenBy(context.Operation.Id) == false)
                throw new OperationFailedException($"{context.Pipeline} was created by someone else meanwhile. The pipeline is registered but this manifest was not deployed. Look at the difference on its page and upgrade.", exists);
            await SharedSteps.NoteEarlierAttemptAsync(context, cancellationToken);
        }
        return StepResult.Done("Created.");
    }
}
