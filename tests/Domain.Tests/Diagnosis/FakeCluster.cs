using System.Text.Json.Nodes;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Tests.Diagnosis;

/// <summary>A cluster directory with one cluster, whose API server holds what a test puts into it.</summary>
internal sealed class FakeCluster(ClusterSettings settings) : IClusterDirectory, IKubernetesApi
{
    public List<JsonObject> Pods { get; } = [];

    public List<JsonObject> Events { get; } = [];

    public string Log { get; set; } = "";

    public KubernetesException? Fails { get; set; }

    public List<(string Service, int Port, string Target)> Proxied { get; } = [];

    public Func<string, HttpResponseMessage> Proxy { get; set; } = static _ => throw new KubernetesException(KubernetesError.NotFound, "no such service", 404);

    public string Cluster => settings.Name;

    public IReadOnlyList<ClusterStatus> All => [new(settings, new ReflectorState(ReflectorPhase.Synced, null), null, null)];

    public event Action<string>? Changed
    {
        add { }
        remove { }
    }

    public IKubernetesApi? Api(string cluster) => cluster == settings.Name ? this : null;

    public IResourceFeed<FlinkResourceRecord>? Deployments(string cluster) => null;

    public IResourceFeed<FlinkResourceRecord>? SessionJobs(string cluster) => null;

    public IResourceFeed<StateSnapshotRecord>? Snapshots(string cluster) => null;

    public Task SetAsync(ClusterSettings settings, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveAsync(string cluster, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ClusterTest> TestAsync(ClusterSettings settings, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<KubernetesList> ListAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, CancellationToken cancellationToken)
    {
        if (Fails is not null && resource == KubernetesResource.Events) throw Fails;
        var items = resource == KubernetesResource.Pods
            ? Pods.Where(p => ns is not null ? query.LabelSelector!.StartsWith($"app={p["metadata"]!["labels"]!["app"]},", StringComparison.Ordinal) : p["metadata"]!["labels"]!["app.kubernetes.io/name"] is not null)
            : Events.Where(e => query.FieldSelector == "type=Warning" ? (string?)e["type"] == "Warning" : query.FieldSelector == $"involvedObject.name={e["involvedObject"]!["name"]}");
        return Task.FromResult(new KubernetesList([.. items.Select(static i => (JsonObject)i.DeepClone())], "1"));
    }

    public Task<JsonObject> GetAsync(KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken) =>
        Task.FromResult(JsonNode.Parse("""{"metadata":{"finalizers":["flinkdeployments.flink.apache.org/finalizer"]}}""")!.AsObject());

    public async IAsyncEnumerable<KubernetesLogLine> ReadLogAsync(string ns, string pod, KubernetesLogQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var line in query.Previous ? Log.Split('\n') : []) yield return new KubernetesLogLine(null, line);
    }

    public Task<HttpResponseMessage> ProxyServiceAsync(HttpMethod method, string ns, string service, int port, string pathAndQuery, HttpContent? content, CancellationToken cancellationToken)
    {
        lock (Proxied) Proxied.Add((service, port, pathAndQuery));
        return Task.FromResult(Proxy(pathAndQuery));
    }

    public Task<JsonObject> CreateAsync(KubernetesResource resource, string? ns, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<JsonObject> PatchAsync(KubernetesResource resource, string? ns, string name, KubernetesPatch patch, KubernetesWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(KubernetesResource resource, string? ns, string name, string? uid, KubernetesWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ClusterCapabilities> DiscoverAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
