using Sluice.Domain.Clusters;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Portal.Api;

/// <summary>Registering a pipeline: check, let the cluster check, create.</summary>
public static class RegisterEndpoints
{
    public static void MapRegister(this RouteGroupBuilder api)
    {
        var pipelines = api.MapGroup("/pipelines").WithTags("Pipelines");
        pipelines.MapPost("/validate", ValidateAsync).WithName("ValidateManifest").WithSummary("Fills a manifest with the organisation's defaults and checks it against the installed schema, the operator's rules and Sluice's advice. Nothing is sent to the cluster but reads.").ProducesProblem(404).ProducesProblem(422);
        pipelines.MapPost("/dry-run", DryRunAsync).WithName("DryRunManifest").WithSummary("Lets the cluster validate and admit the filled manifest, as a change where it is there already; nothing is stored. A refusal is an answer too: see refused.").ProducesProblem(404).ProducesProblem(422);
        pipelines.MapPost("/", RegisterAsync).WithName("RegisterPipeline").WithSummary("Creates the pipeline from the filled manifest; answers with the operation that does it. /pipelines/validate says beforehand what is filled in.").Produces<Operation>(201).ProducesProblem(409).ProducesProblem(422);
    }

    private static async Task<Checked> ValidateAsync(ManifestRequest body, ManifestFilling filling, CancellationToken cancellationToken)
    {
        var filled = await filling.FillAsync(body.Cluster, body.Team, body.Manifest, cancellationToken);
        List<SpecProblem> problems = [.. SpecValidator.Validate(filled.Input).Concat(filled.Effective.Problems).OrderByDescending(p => p.Severity)];
        return new(problems.All(p => p.Severity != ProblemSeverity.Error), filled.Input.Schema is not null, View(filled, problems), filled.EffectiveText, filled.Effective.Values);
    }

    private static async Task<DryRun> DryRunAsync(ManifestRequest body, ManifestFilling filling, RegistrationCheck check, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        var filled = await filling.FillAsync(body.Cluster, body.Team, body.Manifest, cancellationToken);
        var report = await check.RunAsync(filled.Input, clusters.Connected(body.Cluster), filled.OperatorVersion, cancellationToken);
        return new(report.Refused, report.AcceptedByServer, report.Cluster, report.At, report.Took, report.Rows, View(filled, report.Problems), filled.EffectiveText, filled.Effective.Values);
    }

    private static async Task<IResult> RegisterAsync(RegisterRequest body, HttpContext context, ManifestFilling filling, IOperationService service, OperationKeys keys, CancellationToken cancellationToken)
    {
        var filled = await filling.FillNewAsync(body.Cluster, body.Team, body.Manifest, cancellationToken);
        var key = ManifestFilling.TryKey(body.Cluster, filled.Document.Root, out var found)
            ? found
            : throw new BadHttpRequestException("The manifest needs kind (FlinkDeployment or FlinkSessionJob), metadata.namespace and metadata.name.", StatusCodes.Status422UnprocessableEntity);
        var request = new OperationRequest(OperationKind.Deploy, key, body.Reason ?? "", filled.EffectiveText, body.Team, body.Kind) { Tier = body.Tier };
        var operation = await keys.StartAsync(request, context, service, cancellationToken);
        return TypedResults.Created($"/api/v1/operations/{operation.Id}", operation);
    }

    private static IReadOnlyList<ProblemView> View(FilledManifest filled, IEnumerable<SpecProblem> problems) =>
        [.. problems.Select(p => new ProblemView(p.Path, filled.Document.Lines.LineOf(p.Path), p.Severity, p.Message, p.Fix, p.Source))];

    /// <param name="Manifest">The custom resource as YAML or JSON.</param>
    /// <param name="Team">Whose defaults count; when left out, those of the team that owns the namespace.</param>
    public sealed record ManifestRequest(string Cluster, string Manifest, string? Team = null);

    /// <param name="Manifest">The custom resource as YAML or JSON.</param>
    public sealed record RegisterRequest(string Cluster, string Manifest, string Team, PipelineKind Kind, string? Reason = null, PipelineTier Tier = PipelineTier.Standard);

    /// <param name="Valid">True where nothing would be refused, as far as could be checked.</param>
    /// <param name="SchemaKnown">False where the cluster's schema could not be read: then only rules were checked.</param>
    /// <param name="Manifest">What would be sent: the manifest with the organisation's defaults.</param>
    /// <param name="Values">Every value of the effective spec and where it comes from.</param>
    public sealed record Checked(bool Valid, bool SchemaKnown, IReadOnlyList<ProblemView> Problems, string Manifest, IReadOnlyList<EffectiveValue> Values);

    /// <param name="Refused">True where it cannot be registered or changed as it is.</param>
    /// <param name="AcceptedByServer">True where the API server itself took it.</param>
    /// <param name="Rows">Each check, and who says so.</param>
    /// <param name="Manifest">What was tried: the manifest with the organisation's defaults.</param>
    /// <param name="Values">Every value of the effective spec and where it comes from.</param>
    public sealed record DryRun(
        bool Refused, bool AcceptedByServer, string Cluster, DateTimeOffset At, TimeSpan Took, IReadOnlyList<RegistrationRow> Rows, IReadOnlyList<ProblemView> Problems, string Manifest, IReadOnlyList<EffectiveValue> Values);

    /// <param name="Line">The line of the manifest that was sent: of the field, or of what it would stand in.</param>
    public sealed record ProblemView(string Path, int Line, ProblemSeverity Severity, string Message, string Fix, string Source);
}
