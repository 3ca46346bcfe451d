using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// One API server. Every method throws <see cref="KubernetesException"/>, whose message a person can act on; names are checked before a URL is built.
/// Bodies are whole objects as JSON: list views use <see cref="Reflector{T}"/>, which keeps small typed records instead.
/// </summary>
public interface IKubernetesApi
{
    /// <summary>The name under which Sluice knows the cluster.</summary>
    string Cluster { get; }

    /// <summary>Reads one object.</summary>
    /// <exception cref="KubernetesException">With <see cref="KubernetesError.NotFound"/> where it does not exist.</exception>
    Task<JsonObject> GetAsync(KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken);

    /// <summary>Lists all objects (all pages). Use a selector for pods and events.</summary>
    Task<KubernetesList> ListAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, CancellationToken cancellationToken);

    /// <summary>Creates an object; with <see cref="KubernetesWrite.DryRun"/> it is only validated and admitted.</summary>
    Task<JsonObject> CreateAsync(KubernetesResource resource, string? ns, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken);

    /// <summary>Changes an object by merge patch, JSON patch or server-side apply.</summary>
    Task<JsonObject> PatchAsync(KubernetesResource resource, string? ns, string name, KubernetesPatch patch, KubernetesWrite write, CancellationToken cancellationToken);

    /// <summary>Deletes an object; with a uid only that very object.</summary>
    Task DeleteAsync(KubernetesResource resource, string? ns, string name, string? uid, KubernetesWrite write, CancellationToken cancellationToken);

    /// <summary>The log of a container, line by line; with <see cref="KubernetesLogQuery.Follow"/> until the container ends or the caller cancels.</summary>
    IAsyncEnumerable<KubernetesLogLine> ReadLogAsync(string ns, string pod, KubernetesLogQuery query, CancellationToken cancellationToken);

    /// <summary>Sends a GET (or another verb) to a service through the API server. The caller disposes the answer; its status is the service's own.</summary>
    Task<HttpResponseMessage> ProxyServiceAsync(HttpMethod method, string ns, string service, int port, string pathAndQuery, HttpContent? content, CancellationToken cancellationToken);

    /// <summary>What the server is and which of the operator's kinds it serves.</summary>
    Task<ClusterCapabilities> DiscoverAsync(CancellationToken cancellationToken);
}

/// <summary>A complete list.</summary>
/// <param name="Items">The objects, with their <c>kind</c> and <c>apiVersion</c> filled in.</param>
/// <param name="ResourceVersion">The version of the list.</param>
public sealed record KubernetesList(IReadOnlyList<JsonObject> Items, string ResourceVersion);

/// <summary>Which objects a list holds.</summary>
/// <param name="LabelSelector">A Kubernetes label selector, or null.</param>
/// <param name="FieldSelector">A Kubernetes field selector, or null.</param>
public sealed record KubernetesListQuery(string? LabelSelector = null, string? FieldSelector = null);

/// <summary>How a write is sent.</summary>
/// <param name="DryRun">Validate and admit, store nothing.</param>
/// <param name="Strict">Ask the server to refuse unknown fields (servers before 1.25 ignore this).</param>
/// <param name="FieldManager">The manager name that server-side apply needs and that others see in <c>managedFields</c>.</param>
/// <param name="Force">Take over fields of other managers; only with server-side apply.</param>
public sealed record KubernetesWrite(bool DryRun = false, bool Strict = true, string FieldManager = "sluice", bool Force = false);

/// <summary>A change to one object.</summary>
/// <param name="Type">How the body is to be understood.</param>
/// <param name="Body">An object for merge patch and apply, an array for JSON patch.</param>
public sealed record KubernetesPatch(KubernetesPatchType Type, JsonNode Body);

/// <summary>The kinds of patch that custom resources accept.</summary>
public enum KubernetesPatchType
{
    /// <summary>RFC 7386; put <c>metadata.resourceVersion</c> in it to be refused when someone else changed the object.</summary>
    Merge,

    /// <summary>RFC 6902.</summary>
    Json,

    /// <summary>Server-side apply.</summary>
    Apply,
}

/// <summary>Which part of a log to read.</summary>
/// <param name="Container">Required where the pod has several containers.</param>
/// <param name="Follow">Keep reading as the container writes.</param>
/// <param name="TailLines">How many of the newest lines to begin with.</param>
/// <param name="Previous">The log of the container's previous run.</param>
public sealed record KubernetesLogQuery(string? Container = null, bool Follow = false, int? TailLines = 500, bool Previous = false);

/// <summary>One line of a container's log.</summary>
/// <param name="At">When the kubelet received it; null where the server sent no time.</param>
/// <param name="Text">The line without control sequences, cut at 64 kB.</param>
public readonly record struct KubernetesLogLine(DateTimeOffset? At, string Text);

/// <summary>What a cluster is and can do, found out by asking rather than by version number.</summary>
/// <param name="KubernetesVersion">For example <c>v1.20.2</c>.</param>
/// <param name="FlinkKinds">The operator's kinds that are installed and served.</param>
/// <param name="Schemas">By kind: the OpenAPI schema of the installed CRD (<c>openAPIV3Schema</c>), where it may be read.</param>
/// <param name="Missing">What Sluice misses, in words for the clusters page; empty when all is there.</param>
public sealed record ClusterCapabilities(
    string KubernetesVersion,
    IReadOnlySet<string> FlinkKinds,
    IReadOnlyDictionary<string, JsonObject> Schemas,
    IReadOnlyList<string> Missing)
{
    /// <summary>By kind of the operator's group: the versions that are served, for example <c>v1beta1</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Served { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>True where savepoints are objects of their own (operator 1.10 and newer).</summary>
    public bool HasSnapshots => FlinkKinds.Contains("FlinkStateSnapshot");
}
