using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>What of a custom resource is a person's, and when two say the same.</summary>
public static class PipelineManifest
{
    private static readonly string[] ServerSet =
        ["managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"];

    /// <summary>A copy without what the API server and the operator write: status, managed fields, uid, versions, times and the operator's finalizers.</summary>
    public static JsonObject Clean(JsonObject manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var clean = manifest.DeepClone().AsObject();
        clean.Remove("status");
        if (clean["metadata"] is not JsonObject metadata) return clean;
        foreach (var key in ServerSet) metadata.Remove(key);
        if (metadata["annotations"] is JsonObject annotations && annotations.Remove("kubectl.kubernetes.io/last-applied-configuration") && annotations.Count == 0) metadata.Remove("annotations");
        if (metadata["finalizers"] is JsonArray finalizers)
        {
            for (var i = finalizers.Count - 1; i >= 0; i--)
                if (finalizers[i].Text() is { } name && name.EndsWith(".flink.apache.org/finalizer", StringComparison.Ordinal)) finalizers.RemoveAt(i);
            if (finalizers.Count == 0) metadata.Remove("finalizers");
        }
        return clean;
    }

    /// <summary>
    /// True where both ask for the same: server-set fields do not count, nor whether <c>flinkConfiguration</c> is flat or nested or its numbers are quoted,
    /// nor whether a field is null or left out, nor the order of keys.
    /// </summary>
    public static bool SemanticEquals(JsonObject a, JsonObject b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Same(Normal(a), Normal(b));
    }

    private static JsonObject Normal(JsonObject manifest)
    {
        var normal = Clean(manifest);
        foreach (var spec in new[] { normal.Map("spec"), normal.Map("spec").Map("template").Map("spec") })
            if (spec?["flinkConfiguration"] is JsonObject configuration)
                spec["flinkConfiguration"] = FlinkConfiguration.ToJson(FlinkConfiguration.Flatten(configuration));
        return normal;
    }

    private static bool Same(JsonNode? a, JsonNode? b) => (a, b) switch
    {
        (JsonObject x, JsonObject y) => x.Select(e => e.Key).Union(y.Select(e => e.Key)).All(key => Same(x[key], y[key])),
        (JsonArray x, JsonArray y) => x.Count == y.Count && x.Zip(y).All(e => Same(e.First, e.Second)),
        _ => SpecJson.SameScalar(a, b),
    };
}
