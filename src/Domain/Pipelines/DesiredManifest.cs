using System.Text.Json.Nodes;

namespace Sluice.Domain.Pipelines;

/// <summary>What of a custom resource on a cluster is a design, and not a trace of what was done to it.</summary>
internal static class DesiredManifest
{
    private const string Ours = "sluice.dev/";
    private static readonly string[] OfJob = ["state", "savepointTriggerNonce", "checkpointTriggerNonce", "savepointRedeployNonce", "initialSavepointPath"];

    /// <summary>The resource as a person would have written it; what operations change for a while is as in the given manifest, and absent without one.</summary>
    public static JsonObject Of(JsonObject resource, PipelineKey key, JsonObject? before)
    {
        var manifest = RegistryService.Manifest(resource, key);
        if (manifest["metadata"]?["annotations"] is JsonObject annotations)
        {
            foreach (var name in annotations.Select(a => a.Key).Where(n => n.StartsWith(Ours, StringComparison.Ordinal)).ToList()) annotations.Remove(name);
            if (annotations.Count == 0) ((JsonObject)manifest["metadata"]!).Remove("annotations");
        }
        ClearMomentary(manifest, before);
        return manifest;
    }

    /// <summary>Sets what operations change for a while to what another manifest says, or takes it away.</summary>
    public static void ClearMomentary(JsonObject manifest, JsonObject? before)
    {
        if (manifest["spec"] is not JsonObject spec) return;
        Set(spec, "restartNonce", before?["spec"]?["restartNonce"]);
        if (spec["job"] is not JsonObject job) return;
        foreach (var name in OfJob) Set(job, name, before?["spec"]?["job"]?[name]);
    }

    /// <summary>Sets a value, or takes it away where it is null.</summary>
    public static void Set(JsonObject map, string name, JsonNode? value)
    {
        if (value is null) map.Remove(name);
        else map[name] = value.DeepClone();
    }
}
