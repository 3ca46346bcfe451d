using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>Stands for a cluster whose settings cannot be used yet: every call says why.</summary>
internal sealed class UnconfiguredApi(string cluster, string? problem) : IKubernetesApi
{
    public string Cluster => cluster;

    public Task<JsonObject> GetAsync(KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken) => throw Problem();

    public Task<KubernetesList> ListAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, CancellationToken cancellationToken) => throw Problem();

    public Task<JsonObject> CreateAsync(KubernetesResource resource, string? ns, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken) => throw Problem();

    public Task<JsonObject> PatchAsync(KubernetesResource resource, string? ns, string name, KubernetesPatch patch, KubernetesWrite write, CancellationToken cancellationToken) => throw Problem();

    public Task DeleteAsync(KubernetesResource resource, string? ns, string name, string? uid, KubernetesWrite write, CancellationToken cancellationToken) => throw Problem();

    public IAsyncEnumerable<KubernetesLogLine> ReadLogAsync(string ns, string pod, KubernetesLogQuery query, CancellationToken cancellationToken) => throw Problem();

    public Task<HttpResponseMessage> ProxyServiceAsync(HttpMethod method, string ns, string service, int port, string pathAndQuery, HttpContent? content, CancellationToken cancellationToken) => throw Problem();

    public Task<ClusterCapabilities> DiscoverAsync(CancellationToken cancellationToken) => throw Problem();

    private KubernetesException Problem() => new(KubernetesError.Configuration, problem ?? $"Cluster {cluster} is not connected yet.");
}
