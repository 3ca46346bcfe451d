using System.Text.Json.Nodes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>Makes a new pipeline's manifest of another one's.</summary>
internal static class ForkManifest
{
    private static readonly string[] OnceOnly = ["savepointTriggerNonce", "checkpointTriggerNonce", "savepointRedeployNonce", "initialSavepointPath", "autoscalerResetNonce"];

    /// <summary>The manifest under another name, as a revision keeps it; null where it cannot be read.</summary>
    public static string? Of(string manifest, PipelineKey key)
    {
        if (!ManifestYaml.TryParse(manifest, out var document, out _)) return null;
        var root = (JsonObject)document.Root.DeepClone();
        var metadata = root["metadata"] as JsonObject ?? [];
        if (metadata.Parent is null) root["metadata"] = metadata;
        (metadata["name"], metadata["namespace"]) = (key.Name, key.Namespace);
        if (metadata["annotations"] is JsonObject annotations)
        {
            // What Sluice wrote there is about the other one.
            foreach (var own in annotations.Select(a => a.Key).Where(k => k.StartsWith("sluice.dev/", StringComparison.Ordinal)).ToList()) annotations.Remove(own);
            if (annotations.Count == 0) metadata.Remove("annotations");
        }
        if (root["spec"]?["job"] is JsonObject job)
        {
            foreach (var nonce in OnceOnly) job.Remove(nonce);
            if (job["state"] is not null) job["state"] = "running";
        }
        (root["spec"] as JsonObject)?.Remove("restartNonce");
        return ManifestEditor.Apply(manifest, root);
    }

    /// <summary>The same as it is created: the operator reads the path at the first deployment, and only then.</summary>
    public static JsonObject StartingFrom(JsonObject manifest, string path, bool allowNonRestored)
    {
        var body = (JsonObject)manifest.DeepClone();
        if (body["spec"]?["job"] is not JsonObject job) return body;
        if (path.Length > 0) job["initialSavepointPath"] = path;
        if (allowNonRestored) job["allowNonRestoredState"] = true;
        return body;
    }
}
