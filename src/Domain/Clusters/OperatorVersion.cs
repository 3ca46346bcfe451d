using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>Finds the version of the Flink operator by the labels that its Helm chart sets.</summary>
internal static class OperatorVersion
{
    private static readonly KubernetesListQuery Query = new("app.kubernetes.io/name=flink-kubernetes-operator");

    /// <returns>Null where the operator cannot be seen: no permission, or it runs outside the cluster.</returns>
    public static async Task<string?> FindAsync(KubernetesApi api, IReadOnlyList<string>? namespaces, CancellationToken cancellationToken)
    {
        foreach (var ns in namespaces is { Count: > 0 } ? namespaces.Cast<string?>() : [null])
        {
            try
            {
                var list = await api.ListAsync(KubernetesResource.Deployments, ns, Query, cancellationToken).ConfigureAwait(false);
                if (list.Items.Select(Version).FirstOrDefault(static v => v is not null) is { } version) return version;
            }
            catch (KubernetesException e) when (e.Error is KubernetesError.Forbidden or KubernetesError.NotServed or KubernetesError.NotFound)
            {
                // Then it stays unknown, which the clusters page says.
            }
        }

        return null;
    }

    private static string? Version(JsonObject deployment)
    {
        if (Text((deployment["metadata"] as JsonObject)?["labels"] as JsonObject, "app.kubernetes.io/version") is { } label) return label;
        var containers = (((deployment["spec"] as JsonObject)?["template"] as JsonObject)?["spec"] as JsonObject)?["containers"] as JsonArray;
        foreach (var container in containers?.OfType<JsonObject>() ?? [])
            if (Text(container, "image") is { } image && image.Contains("flink-kubernetes-operator", StringComparison.Ordinal) && image.LastIndexOf(':') is > 0 and var colon && colon > image.LastIndexOf('/'))
                return image[(colon + 1)..].Split('@')[0];
        return null;
    }

    private static string? Text(JsonObject? parent, string name) => parent?[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
