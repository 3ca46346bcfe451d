using System.Text.Json.Nodes;
using Sluice.Domain.Clusters;
using Sluice.Domain.Operations;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Portal.Api;

/// <summary>Registering a pipeline: check, let the cluster check, create.</summary>
public static class RegisterEndpoints
{
    public static void MapRegister(this RouteGroupBuilder api)
    {
        var pipelines = api.MapGroup("/pipelines").WithTags("Pipelines");
        pipelines.MapPost("/validate", ValidateAsync).WithName("ValidateManifest").WithSummary("Checks a manifest against the installed schema, the operator's rules and Sluice's advice. Nothing is sent to the cluster but reads.");
        pipelines.MapPost("/dry-run", DryRunAsync).WithName("DryRunManifest").WithSummary("Lets the cluster validate and admit the manifest; nothing is stored.").Produces<string>(200, "application/yaml").ProducesProblem(422);
        pipelines.MapPost("/", RegisterAsync).WithName("RegisterPipeline").WithSummary("Creates the pipeline; answers with the operation that does it.").Produces<Operation>(201).ProducesProblem(409).ProducesProblem(422);
    }

    private static async Task<Checked> ValidateAsync(ManifestRequest body, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        var document = ManifestYaml.Parse(body.Manifest);
        var status = clusters.All.FirstOrDefault(c => c.Name == body.Cluster) ?? throw new NoSuchPipelineException($"No cluster named {body.Cluster} is configured.");
        var schema = (string?)document.Root["kind"] is { } kind ? status.Capabilities?.Schemas.GetValueOrDefault(kind) : null;
        var problems = SpecValidator.Validate(new(document.Root)
        {
            Schema = schema,
            Ambiguous = document.Ambiguous,
            Previous = await PreviousAsync(clusters, body.Cluster, document.Root, cancellationToken),
        });
        return new(problems.All(p => p.Severity != ProblemSeverity.Error), schema is not null,
            [.. problems.Select(p => new ProblemView(p.Path, document.Lines.LineOf(p.Path), p.Severity, p.Message, p.Fix, p.Source))]);
    }

    private static async Task<JsonObject?> PreviousAsync(IClusterDirectory clusters, string cluster, JsonObject manifest, CancellationToken cancellationToken)
    {
        if (!TryKey(cluster, manifest, out var key) || clusters.Api(cluster) is not { } api) return null;
        try
        {
            return await api.GetAsync(key.KubernetesResource, key.Namespace, key.Name, cancellationToken);
        }
        catch (KubernetesException)
        {
            // Not there, or not to be read now: then it is checked as a new one. The dry-run says what the cluster thinks.
            return null;
        }
    }

    private static async Task<IResult> DryRunAsync(ManifestRequest body, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        var manifest = ManifestYaml.Parse(body.Manifest).Root;
        var key = Key(body.Cluster, manifest);
        var admitted = await clusters.Connected(body.Cluster).CreateAsync(key.KubernetesResource, key.Namespace, manifest, new(DryRun: true), cancellationToken);
        (admitted["metadata"] as JsonObject)?.Remove("managedFields");
        return TypedResults.Text(ManifestYaml.ToText(admitted), "application/yaml");
    }

    private static async Task<IResult> RegisterAsync(RegisterRequest body, HttpContext context, IOperationService service, OperationKeys keys, CancellationToken cancellationToken)
    {
        var key = Key(body.Cluster, ManifestYaml.Parse(body.Manifest).Root);
        var request = new OperationRequest(OperationKind.Deploy, key, body.Reason ?? "", body.Manifest, body.Team, body.Kind);
        var operation = await keys.StartAsync(request, context, service, cancellationToken);
        return TypedResults.Created($"/api/v1/operations/{operation.Id}", operation);
    }

    private static PipelineKey Key(string cluster, JsonObject manifest) => TryKey(cluster, manifest, out var key)
        ? key
        : throw new BadHttpRequestException("The manifest needs kind (FlinkDeployment or FlinkSessionJob), metadata.namespace and metadata.name.", StatusCodes.Status422UnprocessableEntity);

    private static bool TryKey(string cluster, JsonObject manifest, out PipelineKey key)
    {
        var metadata = manifest["metadata"] as JsonObject;
        FlinkResource? resource = Text(manifest, "kind") switch { "FlinkDeployment" => FlinkResource.Deployment, "FlinkSessionJob" => FlinkResource.SessionJob, _ => null };
        key = new(cluster, Text(metadata, "namespace") ?? "", Text(metadata, "name") ?? "", resource ?? FlinkResource.Deployment);
        return resource is not null && key.Namespace.Length > 0 && key.Name.Length > 0;
    }

    private static string? Text(JsonObject? of, string name) => of?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <param name="Manifest">The custom resource as YAML or JSON.</param>
    public sealed record ManifestRequest(string Cluster, string Manifest);

    /// <param name="Manifest">The custom resource as YAML or JSON.</param>
    public sealed record RegisterRequest(string Cluster, string Manifest, string Team, PipelineKind Kind, string? Reason = null);

    /// <param name="Valid">True where nothing would be refused, as far as could be checked.</param>
    /// <param name="SchemaKnown">False where the cluster's schema could not be read: then only rules were checked.</param>
    public sealed record Checked(bool Valid, bool SchemaKnown, IReadOnlyList<ProblemView> Problems);

    public sealed record ProblemView(string Path, int Line, ProblemSeverity Severity, string Message, string Fix, string Source);
}
