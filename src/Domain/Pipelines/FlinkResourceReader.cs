using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Pipelines;

/// <summary>
/// Makes the trimmed record of a FlinkDeployment or FlinkSessionJob. Never throws on content: many versions of the operator, and people, wrote it.
/// An object without a name gives null, for nothing could be done with it.
/// </summary>
public static class FlinkResourceReader
{
    private const string LastStatePlaceholder = "KUBERNETES_OPERATOR_LAST_STATE";
    private static readonly IReadOnlyDictionary<string, string> Nothing = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Reads a FlinkDeployment.</summary>
    public static FlinkResourceRecord? ReadDeployment(JsonElement item) => Read(item, FlinkResource.Deployment);

    /// <summary>Reads a FlinkSessionJob.</summary>
    public static FlinkResourceRecord? ReadSessionJob(JsonElement item) => Read(item, FlinkResource.SessionJob);

    /// <summary>Reads an object of the given kind.</summary>
    public static FlinkResourceRecord? Read(JsonElement item, FlinkResource resource)
    {
        var metadata = item.Member("metadata");
        if (metadata.Text("name") is not { } name) return null;
        try
        {
            return ReadAll(item, metadata, name, resource);
        }
        catch (InvalidOperationException)
        {
            // System.Text.Json throws this for escapes that are no text ("\ud800"). The row is shown as one that cannot be read: leaving it out would hide a running job.
            return new FlinkResourceRecord
            {
                ObjectKey = new ObjectKey(metadata.SharedText("namespace") ?? "", name),
                Uid = metadata.Text("uid") ?? "",
                ResourceVersion = metadata.Text("resourceVersion") ?? "",
                Resource = resource,
                TooLarge = true,
            };
        }
    }

    private static FlinkResourceRecord ReadAll(JsonElement item, JsonElement metadata, string name, FlinkResource resource)
    {
        var spec = item.Member("spec");
        var job = spec.Member("job");
        if (job.ValueKind != JsonValueKind.Object) job = default;
        var configuration = FlinkConfigurationReader.Flatten(spec.Member("flinkConfiguration"));
        var (kind, beam) = PipelineKindDetector.Detect(resource, job);
        var (rollout, scale) = SpecFingerprint.Of(spec, configuration);

        var record = new FlinkResourceRecord
        {
            ObjectKey = new ObjectKey(metadata.SharedText("namespace") ?? "", StringPool.Share(name)),
            Uid = metadata.Text("uid") ?? "",
            ResourceVersion = metadata.Text("resourceVersion") ?? "",
            Resource = resource,
            Generation = metadata.Whole("generation") ?? 0,
            CreatedAt = metadata.Moment("creationTimestamp"),
            DeletedAt = metadata.Moment("deletionTimestamp"),
            Labels = Texts(metadata.Member("labels"), ""),
            Annotations = Texts(metadata.Member("annotations"), FlinkResourceRecord.AnnotationPrefix),
            Image = spec.SharedText("image"),
            FlinkVersion = spec.SharedText("flinkVersion"),
            DeploymentName = spec.SharedText("deploymentName"),
            HasJob = job.IsThere() || resource == FlinkResource.SessionJob,
            DesiredState = job.SharedText("state"),
            Parallelism = Parallelism(spec, job, configuration),
            UpgradeMode = job.SharedText("upgradeMode"),
            EntryClass = job.SharedText("entryClass"),
            JarUri = job.SharedText("jarURI"),
            LooksLikeBeam = beam,
            DetectedKind = kind,
            DrainsOnStop = configuration.TryGetValue("kubernetes.operator.job.drain-on-savepoint-deletion", out var drain)
                && string.Equals(drain.Text(), "true", StringComparison.OrdinalIgnoreCase),
            RolloutFingerprint = rollout,
            ScaleFingerprint = scale,
            SavepointNonce = job.Whole("savepointTriggerNonce"),
            InitialSavepointPath = job.Text("initialSavepointPath"),
            PeriodicSavepoints = configuration.TryGetValue("kubernetes.operator.periodic.savepoint.interval", out var periodic) && periodic.Text() is { } every && every.Trim() is not ("" or "0" or "0s" or "0 s" or "0 ms") ? StringPool.Share(every.Trim()) : null,
        };
        return ReadStatus(record, item.Member("status"));
    }

    private static FlinkResourceRecord ReadStatus(FlinkResourceRecord record, JsonElement status)
    {
        var reconciliation = status.Member("reconciliationStatus");
        var jobStatus = status.Member("jobStatus");
        var savepoints = jobStatus.Member("savepointInfo");
        var lastReconciled = reconciliation.Member("lastReconciledSpec");
        var lastStable = reconciliation.Member("lastStableSpec");
        var reconciled = ReconciledSpec.Read(lastReconciled, lastStable);
        var upgradePath = jobStatus.Text("upgradeSavepointPath");

        record = record with
        {
            LifecycleState = status.SharedText("lifecycleState"),
            JobManagerStatus = status.SharedText("jobManagerDeploymentStatus"),
            ReconciliationState = reconciliation.SharedText("state"),
            ReconciledAt = reconciliation.Moment("reconciliationTimestamp"),
            ObservedGeneration = status.Whole("observedGeneration") ?? reconciled.Generation,
            HasReconciledSpec = reconciled.Exists,
            ReconciledState = reconciled.JobState,
            FirstDeployment = reconciled.FirstDeployment,
            HasStableSpec = lastStable.Text() is not null,
            ReconciledIsStable = reconciled.IsStable,
            Error = OperatorErrorReader.Read(status.Member("error")),
            JobState = jobStatus.SharedText("state"),
            JobId = jobStatus.Text("jobId"),
            JobName = jobStatus.SharedText("jobName"),
            JobStartedAt = jobStatus.Moment("startTime"),
            JobUpdatedAt = jobStatus.Moment("updateTime"),
            UpgradeSavepointPath = upgradePath == LastStatePlaceholder ? null : upgradePath,
            LastSavepoint = Savepoint(savepoints.Member("lastSavepoint")),
            SavepointTriggerId = savepoints.Text("triggerId"),
        };
        return record with
        {
            HasStatus = record.LifecycleState is not null || record.ReconciliationState is not null || record.JobManagerStatus is not null
                || record.JobState is not null || record.Error is not null || record.HasReconciledSpec,
        };
    }

    private static LegacySavepoint? Savepoint(JsonElement savepoint) =>
        savepoint.Text("location") is { } location
            ? new LegacySavepoint(location, savepoint.Whole("triggerNonce"), savepoint.Moment("timeStamp"), savepoint.SharedText("triggerType"))
            : null;

    /// <summary>TaskManager replicas, where set, go before the job's own number.</summary>
    private static int? Parallelism(JsonElement spec, JsonElement job, IReadOnlyDictionary<string, JsonElement> configuration)
    {
        if (job.IsThere() && spec.Member("taskManager").Count("replicas") is > 0 and var replicas)
        {
            var slots = configuration.TryGetValue("taskmanager.numberOfTaskSlots", out var value) && value.Whole() is > 0 and < 10_000 and var set ? (int)set : 1;
            return (int)Math.Min((long)replicas * slots, int.MaxValue);
        }
        return job.Count("parallelism");
    }

    private static IReadOnlyDictionary<string, string> Texts(JsonElement map, string prefix)
    {
        if (map.ValueKind != JsonValueKind.Object) return Nothing;
        Dictionary<string, string>? texts = null;
        foreach (var property in map.EnumerateObject())
        {
            if (!property.Name.StartsWith(prefix, StringComparison.Ordinal) || property.Value.ValueKind != JsonValueKind.String) continue;
            (texts ??= new Dictionary<string, string>(StringComparer.Ordinal))[StringPool.Share(property.Name[prefix.Length..])] = property.Value.SharedText() ?? "";
        }
        return texts ?? Nothing;
    }

    /// <summary>What the JSON text <c>lastReconciledSpec</c> says.</summary>
    private readonly record struct ReconciledSpec(bool Exists, bool IsStable, long? Generation, string? JobState, bool FirstDeployment)
    {
        public static ReconciledSpec Read(JsonElement reconciled, JsonElement stable)
        {
            if (reconciled.ValueKind != JsonValueKind.String || reconciled.GetString() is not { Length: > 0 } text) return default;
            var same = stable.ValueKind == JsonValueKind.String && JsonMarshal.GetRawUtf8Value(reconciled).SequenceEqual(JsonMarshal.GetRawUtf8Value(stable));
            try
            {
                using var document = JsonDocument.Parse(text);
                var metadata = document.RootElement.Member("resource_metadata");
                if (!same && stable.ValueKind == JsonValueKind.String) same = Same(document.RootElement, stable.GetString()!);
                return new ReconciledSpec(true, same, metadata.Member("metadata").Whole("generation"),
                    document.RootElement.Member("spec").Member("job").SharedText("state"), metadata.Flag("firstDeployment"));
            }
            catch (JsonException)
            {
                return new ReconciledSpec(true, same, null, null, false);
            }
        }

        private static bool Same(JsonElement reconciled, string stable)
        {
            try
            {
                using var document = JsonDocument.Parse(stable);
                return JsonElement.DeepEquals(reconciled, document.RootElement);
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }
}
