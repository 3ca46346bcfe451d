using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>The order in which people read a manifest. An API server sorts by alphabet, which puts the job's name after its finalizers.</summary>
internal static class ManifestOrder
{
    private static readonly Dictionary<string, string[]> ByPath = new(StringComparer.Ordinal)
    {
        [""] = ["apiVersion", "kind", "metadata", "spec"],
        ["metadata"] = ["name", "generateName", "namespace", "labels", "annotations"],
        ["spec"] =
        [
            "deploymentName", "image", "imagePullPolicy", "flinkVersion", "mode", "serviceAccount", "restartNonce", "flinkConfiguration", "logConfiguration",
            "ingress", "podTemplate", "jobManager", "taskManager", "jobReference", "savepoint", "checkpoint", "job",
        ],
        ["spec.job"] = ["jarURI", "entryClass", "args", "parallelism", "upgradeMode", "state", "initialSavepointPath", "allowNonRestoredState"],
        ["spec.jobManager"] = ["replicas", "resource", "resources", "podTemplate"],
        ["spec.taskManager"] = ["replicas", "resource", "resources", "podTemplate"],
    };

    public static IEnumerable<KeyValuePair<string, JsonNode?>> Sort(string path, JsonObject map)
    {
        if (!ByPath.TryGetValue(path, out var order)) return path.EndsWith(']') ? NameFirst(map) : map;
        var last = path.Length == 0 ? "status" : null;
        return map.OrderBy(e => e.Key == last ? int.MaxValue : Array.IndexOf(order, e.Key) is var i and >= 0 ? i : order.Length);
    }

    // Containers, volumes and their mounts are found by their name.
    private static IEnumerable<KeyValuePair<string, JsonNode?>> NameFirst(JsonObject map) => map.ContainsKey("name") ? map.OrderBy(e => e.Key == "name" ? 0 : e.Key == "image" ? 1 : 2) : map;
}
