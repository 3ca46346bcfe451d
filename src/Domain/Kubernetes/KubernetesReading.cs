using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

/// <summary>Reading what may not be there.</summary>
public static class KubernetesReading
{
    /// <summary>One object, or null where there is none of that name.</summary>
    /// <exception cref="KubernetesException">The server did not answer, or refused.</exception>
    public static async Task<JsonObject?> FindAsync(this IKubernetesApi api, KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await api.GetAsync(resource, ns, name, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            return null;
        }
    }
}
