using System.Text.Json;
using System.Text.Json.Serialization;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>A request's own values, as they are kept with the operation.</summary>
public sealed record OperationParameters
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Deploy and upgrade: the custom resource as YAML.</summary>
    public string? Manifest { get; init; }

    /// <summary>Deploy: the owning team.</summary>
    public string? Team { get; init; }

    /// <summary>Deploy: what the pipeline is.</summary>
    public PipelineKind PipelineKind { get; init; }

    /// <summary>Deploy: the tier of the new pipeline.</summary>
    public PipelineTier Tier { get; init; }

    /// <summary>Upgrade: the generation of the spec that is replaced. The resource version would also change with each status that the operator writes.</summary>
    public long? Generation { get; init; }

    /// <summary>Delete: stop with a savepoint first. The plan says whether that is possible.</summary>
    public bool SavepointBeforeDelete { get; init; }

    /// <summary>Redeploy and rollback: the snapshot to start from. Dispose: the one to remove.</summary>
    public string? SnapshotPath { get; init; }

    /// <summary>Redeploy and rollback: state that the version has no operator for may be dropped.</summary>
    public bool AllowNonRestoredState { get; init; }

    /// <summary>Rollback: the revision to go back to.</summary>
    public int? Revision { get; init; }

    /// <summary>Upgrade, scale and go live: go back by itself where the new version does not start.</summary>
    public bool RollBackOnFailure { get; init; }

    /// <summary>Cancel: the state may go.</summary>
    public bool DiscardState { get; init; }

    /// <summary>Scale: what, and to how much.</summary>
    public ScaleTarget? Scale { get; init; }

    /// <summary>Fork: the pipeline that it begins from, as <c>cluster/namespace/name</c>; it is of the same kind as the new one.</summary>
    public string? Source { get; init; }

    /// <summary>Side by side: the name of the new deployment.</summary>
    public string? Beside { get; init; }

    /// <summary>Go live: when.</summary>
    public GoLiveWhen? GoLive { get; init; }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static OperationParameters Read(string json) => JsonSerializer.Deserialize<OperationParameters>(json, Json) ?? new OperationParameters();

    /// <summary>The pipeline that a fork begins from; null for other kinds.</summary>
    public static PipelineKey? SourceOf(Operation operation) =>
        operation.Kind == OperationKind.Fork && Read(operation.Parameters).Source?.Split('/') is [var cluster, var ns, var name] ? new PipelineKey(cluster, ns, name, operation.Pipeline.Resource) : null;

    /// <summary>The address that a side-by-side upgrade moves the pipeline to; null for other kinds.</summary>
    public static PipelineKey? BesideOf(Operation operation) =>
        operation.Kind == OperationKind.SideBySide && Read(operation.Parameters).Beside is { } name ? operation.Pipeline with { Name = name } : null;

    /// <summary>The values as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The values of a request.</summary>
    public static OperationParameters Of(OperationRequest request) => new()
    {
        Manifest = request.Manifest,
        Team = request.Team,
        PipelineKind = request.PipelineKind,
        Tier = request.Tier,
        Generation = request.Generation,
        SavepointBeforeDelete = request.Kind == OperationKind.Delete && request.SavepointBeforeDelete,
        SnapshotPath = request.Kind is OperationKind.Redeploy or OperationKind.Rollback or OperationKind.Fork or OperationKind.DisposeSnapshot ? request.ChosenSnapshot : null,
        AllowNonRestoredState = request.AllowNonRestoredState,
        Revision = request.Revision,
        RollBackOnFailure = request.Kind is OperationKind.Upgrade or OperationKind.Scale or OperationKind.GoLive && request.RollBackOnFailure,
        DiscardState = request.Kind == OperationKind.Cancel && request.DiscardState,
        Source = request is { Kind: OperationKind.Fork, Source: { } source } ? $"{source.Cluster}/{source.Namespace}/{source.Name}" : null,
        Scale = request.Kind == OperationKind.Scale ? request.Scale : null,
        Beside = request.Kind == OperationKind.SideBySide ? request.Beside : null,
        GoLive = request.Kind == OperationKind.GoLive ? request.GoLive ?? new GoLiveWhen() : null,
    };
}
