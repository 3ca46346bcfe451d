using System.Text.Json;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>A FlinkStateSnapshot as lists and operations need it. Texts of enumerations are kept as they came.</summary>
public sealed record StateSnapshotRecord : IKubernetesRecord
{
    /// <inheritdoc/>
    public required ObjectKey ObjectKey { get; init; }

    /// <inheritdoc/>
    public required string Uid { get; init; }

    /// <inheritdoc/>
    public required string ResourceVersion { get; init; }

    /// <summary><c>metadata.creationTimestamp</c>.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary><c>metadata.deletionTimestamp</c>.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary><c>metadata.labels</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary><c>spec.jobReference.kind</c>: FlinkDeployment or FlinkSessionJob.</summary>
    public string? JobKind { get; init; }

    /// <summary><c>spec.jobReference.name</c>.</summary>
    public string? JobName { get; init; }

    /// <summary>True for a savepoint, false for a checkpoint.</summary>
    public bool IsSavepoint { get; init; }

    /// <summary><c>spec.savepoint.formatType</c>: CANONICAL or NATIVE.</summary>
    public string? FormatType { get; init; }

    /// <summary>True where deleting the object deletes the data, too: the operator's default for savepoints.</summary>
    public bool DisposeOnDelete { get; init; }

    /// <summary><c>status.state</c>: TRIGGER_PENDING, IN_PROGRESS, COMPLETED, FAILED or ABANDONED; null where the operator has written none yet.</summary>
    public string? State { get; init; }

    /// <summary><c>status.path</c>: where the data is. A completed checkpoint may have none.</summary>
    public string? Path { get; init; }

    /// <summary><c>status.error</c>.</summary>
    public string? Error { get; init; }

    /// <summary><c>status.triggerTimestamp</c>.</summary>
    public DateTimeOffset? TriggeredAt { get; init; }

    /// <summary><c>status.resultTimestamp</c>.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Reads a FlinkStateSnapshot; null where it has no name, uid or version.</summary>
    public static StateSnapshotRecord? Read(JsonElement item)
    {
        if (JsonText.Object(item, "metadata") is not { } metadata) return null;
        if (JsonText.Text(metadata, "name") is not { } name || JsonText.Text(metadata, "uid") is not { } uid || JsonText.Text(metadata, "resourceVersion") is not { } version) return null;
        var spec = JsonText.Object(item, "spec");
        var savepoint = JsonText.Object(spec, "savepoint");
        var job = JsonText.Object(spec, "jobReference");
        var status = JsonText.Object(item, "status");
        return new StateSnapshotRecord
        {
            ObjectKey = new ObjectKey(JsonText.Text(metadata, "namespace") ?? "", name),
            Uid = uid,
            ResourceVersion = version,
            CreatedAt = JsonText.Time(metadata, "creationTimestamp"),
            DeletedAt = JsonText.Time(metadata, "deletionTimestamp"),
            Labels = JsonText.Texts(metadata, "labels"),
            JobKind = JsonText.Text(job, "kind"),
            JobName = JsonText.Text(job, "name"),
            IsSavepoint = savepoint is not null,
            FormatType = JsonText.Text(savepoint, "formatType"),
            DisposeOnDelete = savepoint is { } s && !(s.TryGetProperty("disposeOnDelete", out var dispose) && dispose.ValueKind == JsonValueKind.False),
            State = JsonText.Text(status, "state"),
            Path = JsonText.Text(status, "path"),
            Error = JsonText.Text(status, "error"),
            TriggeredAt = JsonText.Time(status, "triggerTimestamp"),
            FinishedAt = JsonText.Time(status, "resultTimestamp"),
        };
    }
}
