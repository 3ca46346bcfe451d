using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>Checks a manifest for a plan: every problem is collected, none is thrown.</summary>
internal static class ManifestPlan
{
    /// <summary>The manifest of a request, or null with the problem added.</summary>
    public static JsonObject? Read(OperationRequest request, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(request.Manifest))
        {
            problems.Add("There is no manifest.");
            return null;
        }
        if (!ManifestYaml.TryParse(request.Manifest, out var document, out var error))
        {
            problems.Add(error.Message);
            return null;
        }
        var root = document.Root;
        var kind = request.Pipeline.KubernetesResource.Kind;
        if (Text(root["kind"]) != kind) problems.Add($"The manifest's kind is {Text(root["kind"]) ?? "missing"}; it has to be {kind}.");
        if (root["spec"] is not JsonObject) problems.Add("The manifest has no spec.");
        var metadata = root["metadata"] as JsonObject;
        if (Text(metadata?["name"]) is { } name && name != request.Pipeline.Name) problems.Add($"The manifest's name is {name}, the pipeline's is {request.Pipeline.Name}. A name cannot change.");
        if (Text(metadata?["namespace"]) is { } ns && ns != request.Pipeline.Namespace) problems.Add($"The manifest's namespace is {ns}, the pipeline's is {request.Pipeline.Namespace}. A namespace cannot change.");
        return root["spec"] is JsonObject ? root : null;
    }

    /// <summary>Adds what the cluster has against a write.</summary>
    public static async Task DryRunAsync(Func<Task> write, List<string> problems)
    {
        try
        {
            await write();
        }
        catch (KubernetesException e)
        {
            if (e.Causes.Count == 0) problems.Add(e.Message);
            else problems.AddRange(e.Causes.Select(c => c.Field.Length == 0 ? c.Message : $"{c.Field}: {c.Message}"));
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
