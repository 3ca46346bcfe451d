using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>
/// The connection to a cluster as it is at each call: work that takes minutes goes on over a new connection after somebody changed the cluster's settings, and
/// hears by name that the cluster was disabled.
/// </summary>
internal sealed class CurrentClusterApi(IClusterDirectory clusters, string cluster) : IKubernetesApi
{
    public string Cluster => cluster;

    private IKubernetesApi Now => clusters.Api(cluster) ?? throw new KubernetesException(KubernetesError.Configuration, Absent(cluster));

    /// <summary>What to say where there is no connection.</summary>
    public static string Absent(string cluster) => $"The cluster {cluster} is disabled or was removed, so nothing is sent to it. Enable it under Clusters, then retry.";

    public Task<JsonObject> GetAsync(KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken) => Now.GetAsync(resource, ns, name, cancellationToken);

    public Task<KubernetesList> ListAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, CancellationToken cancellationToken) => Now.ListAsync(resource, ns, query, cancellationToken);

    public Task<JsonObject> CreateAsync(KubernetesResource resource, string? ns, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken) => Now.CreateAsync(resource, ns, body, write, cancellationToken);

    public Task<JsonObject> PatchAsync(KubernetesResource resource, string? ns, string name, KubernetesPatch patch, KubernetesWrite write, CancellationToken cancellationToken) => Now.PatchAsync(resource, ns, name, patch, write, cancellationToken);

    public Task DeleteAsync(KubernetesResource resource, string? ns, string name, string? uid, KubernetesWrite write, CancellationToken cancellationToken) => Now.DeleteAsync(resource, ns, name, uid, write, cancellationToken);

    public IAsyncEnumerable<KubernetesLogLine> ReadLogAsync(string ns, string pod, KubernetesLogQuery query, CancellationToken cancellationToken) => Now.ReadLogAsync(ns, pod, query, cancellationToken);

    public Task<HttpResponseMessage> ProxyServiceAsync(HttpMethod method, string ns, string service, int port, string pathAndQuery, HttpContent? content, CancellationToken cancellationToken) => Now.ProxyServiceAsync(method, ns, service, port, pathAndQuery, content, cancellationToken);

    public Task<ClusterCapabilities> DiscoverAsync(CancellationToken cancellationToken) => Now.DiscoverAsync(cancellationToken);
}
