using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>A FlinkDeployment or FlinkSessionJob as it was read for an operation: the whole object, with what the operator says about it.</summary>
public sealed class FlinkObject
{
    private static readonly string[] SavepointKeys = ["execution.checkpointing.savepoint-dir", "state.savepoints.dir"];

    /// <summary>Wraps an object as it came from the API server.</summary>
    public FlinkObject(JsonObject json)
    {
        Json = json;
        var resource = (string?)json["kind"] == "FlinkSessionJob" ? FlinkResource.SessionJob : FlinkResource.Deployment;
        using var document = JsonDocument.Parse(json.ToJsonString());
        Record = FlinkResourceReader.Read(document.RootElement.Clone(), resource)
            ?? throw new OperationFailedException("The API server answered with an object without a name. Nothing was changed.");
        ReconciledSpec = ReadReconciledSpec(json);
    }

    /// <summary>The whole object.</summary>
    public JsonObject Json { get; }

    /// <summary>The typed record of it.</summary>
    public FlinkResourceRecord Record { get; }

    /// <summary><c>metadata.resourceVersion</c>.</summary>
    public string ResourceVersion => Record.ResourceVersion;

    /// <summary><c>metadata.uid</c>.</summary>
    public string Uid => Record.Uid;

    /// <summary><c>metadata.generation</c>.</summary>
    public long Generation => Record.Generation;

    /// <summary><c>spec</c>.</summary>
    public JsonObject Spec => Json["spec"] as JsonObject ?? [];

    /// <summary>The FlinkDeployment whose JobManager runs the job.</summary>
    public string DeploymentName => Record.Resource == FlinkResource.SessionJob ? Record.DeploymentName ?? Record.ObjectKey.Name : Record.ObjectKey.Name;

    /// <summary>How the operator really stopped or started it last: <c>upgradeMode</c> inside <c>lastReconciledSpec</c>, which is not what the spec asks for.</summary>
    public string? ReconciledUpgradeMode => ReconciledSpec.Map("job").Text("upgradeMode");

    /// <summary>What the operator last took up (<c>lastReconciledSpec</c>); null where it tells none, or none that can be read.</summary>
    public JsonObject? ReconciledSpec { get; }

    /// <summary>Reads a pipeline's custom resource; null where it does not exist.</summary>
    /// <exception cref="KubernetesException">The server did not answer, or refused.</exception>
    public static async Task<FlinkObject?> FindAsync(IKubernetesApi api, PipelineKey pipeline, CancellationToken cancellationToken) =>
        await api.FindAsync(pipeline.KubernetesResource, pipeline.Namespace, pipeline.Name, cancellationToken) is { } json ? new FlinkObject(json) : null;

    /// <summary>True where the operator has begun to act on the newest spec.</summary>
    public bool TakenUp => Record.ObservedGeneration >= Record.Generation;

    /// <summary>True where the spec asks for a running job.</summary>
    public bool WantsRunning => Record.DesiredState is null or "running";

    /// <summary>True where the job runs, by the newest status.</summary>
    public bool Runs => Record.JobState == "RUNNING" && WantsRunning;

    /// <summary>True where it is suspended. Operators up to 1.16 leave the lifecycle at UPGRADING after a stop by cancellation.</summary>
    public bool IsSuspended => !WantsRunning && TakenUp
        && (Record.LifecycleState == "SUSPENDED"
            || (Record.ReconciledState == "suspended" && Record.JobState is "CANCELED" or "FINISHED" or "FAILED"));

    /// <summary>The savepoint from which it would be resumed.</summary>
    public string? SavepointPath => Record.SavepointPath;

    /// <summary>The finalizers that hold up a deletion.</summary>
    public IReadOnlyList<string> Finalizers => (Json["metadata"]?["finalizers"] as JsonArray)?.Select(f => (string?)f ?? "").ToList() ?? [];

    /// <summary>The annotation, or null.</summary>
    public string? Annotation(string name) => (string?)Json["metadata"]?["annotations"]?[name];

    /// <summary>True where the operation wrote this object's spec last.</summary>
    public bool WrittenBy(Guid operation) => Annotation(OperationNames.OperationAnnotation) == operation.ToString();

    /// <summary>The savepoint directory in the object's own configuration, or null; the operator may still have a default.</summary>
    public string? SavepointDirectory
    {
        get
        {
            var flat = SpecPatch.Flatten(Spec["flinkConfiguration"] as JsonObject);
            return SavepointKeys.Select(k => flat[k]?.ToString()).FirstOrDefault(v => !string.IsNullOrWhiteSpace(v));
        }
    }

    /// <summary>What the operator says, in one line.</summary>
    public string Words
    {
        get
        {
            var r = Record;
            var parts = new List<string>
            {
                $"lifecycle {r.LifecycleState ?? "unknown"}",
                $"job {r.JobState ?? "unknown"}",
            };
            if (r.JobManagerStatus is not null) parts.Add($"JobManager {r.JobManagerStatus}");
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"generation {r.ObservedGeneration?.ToString(CultureInfo.InvariantCulture) ?? "none"} of {r.Generation} taken up"));
            if (SavepointPath is { } path) parts.Add($"savepoint {path}");
            if (r.Error is { } error) parts.Add($"error: {error.Message}");
            return string.Join(", ", parts);
        }
    }

    private static JsonObject? ReadReconciledSpec(JsonObject json)
    {
        try
        {
            return json["status"].Map("reconciliationStatus").Text("lastReconciledSpec") is { Length: > 0 } text ? JsonNode.Parse(text).Map("spec") : null;
        }
        catch (JsonException)
        {
            // Another program wrote it; unknown is then the honest answer.
            return null;
        }
    }
}
