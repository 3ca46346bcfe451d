using System.Text;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

/// <summary>One API server over HTTP.</summary>
public sealed partial class KubernetesApi : IKubernetesApi, IDisposable
{
    private readonly KubernetesTransport _transport;
    private readonly KubernetesTarget _target;
    private readonly TimeProvider _time;

    /// <summary>Makes a connection; nothing is sent before the first call.</summary>
    /// <param name="cluster">The name under which Sluice knows the cluster.</param>
    /// <param name="target">Where it is; see <see cref="Kubeconfig"/>.</param>
    /// <param name="time">The clock.</param>
    public KubernetesApi(string cluster, KubernetesTarget target, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(target);
        Cluster = cluster;
        _target = target;
        _time = time;
        _transport = new KubernetesTransport(cluster, target, time);
    }

    /// <inheritdoc/>
    public string Cluster { get; }

    /// <summary>Where the connection goes.</summary>
    public KubernetesTarget Target => _target;

    /// <inheritdoc/>
    public Task<JsonObject> GetAsync(KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken) =>
        ObjectAsync(new KubernetesRequest(HttpMethod.Get, KubernetesPath.Of(resource, ns, name)), What("read", resource, ns, name), cancellationToken);

    /// <inheritdoc/>
    public Task<JsonObject> CreateAsync(KubernetesResource resource, string? ns, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(body);
        var path = KubernetesPath.Of(resource, ns);
        if (resource.Namespaced && ns is null) throw new KubernetesException(KubernetesError.Invalid, $"A {resource.Kind} needs a namespace.");
        var name = (body["metadata"] as JsonObject)?["name"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        return ObjectAsync(new KubernetesRequest(HttpMethod.Post, Query(path, write, apply: false)) { Body = Bytes(body) }, What("create", resource, ns, name), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<JsonObject> PatchAsync(KubernetesResource resource, string? ns, string name, KubernetesPatch patch, KubernetesWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(patch);
        var request = new KubernetesRequest(HttpMethod.Patch, Query(KubernetesPath.Of(resource, ns, name), write, patch.Type == KubernetesPatchType.Apply))
        {
            Body = Bytes(patch.Body),
            ContentType = patch.Type switch
            {
                KubernetesPatchType.Merge => "application/merge-patch+json",
                KubernetesPatchType.Json => "application/json-patch+json",
                _ => "application/apply-patch+yaml",
            },
        };
        return ObjectAsync(request, What("change", resource, ns, name), cancellationToken);
    }

    /// <summary>Replaces an object as a whole; its body must carry the version that it is based on.</summary>
    public Task<JsonObject> ReplaceAsync(KubernetesResource resource, string? ns, string name, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken) =>
        ObjectAsync(new KubernetesRequest(HttpMethod.Put, Query(KubernetesPath.Of(resource, ns, name), write, apply: false)) { Body = Bytes(body) }, What("change", resource, ns, name), cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteAsync(KubernetesResource resource, string? ns, string name, string? uid, KubernetesWrite write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        var options = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions", ["propagationPolicy"] = "Background" };
        if (uid is not null) options["preconditions"] = new JsonObject { ["uid"] = uid };
        var path = KubernetesPath.Query(KubernetesPath.Of(resource, ns, name), ("dryRun", write.DryRun ? "All" : null));
        await SendAsync(new KubernetesRequest(HttpMethod.Delete, path) { Body = Bytes(options) }, What("delete", resource, ns, name), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<KubernetesList> ListAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var items = new List<JsonObject>();
        var version = await ListPagesAsync(resource, ns, query, null, items.Clear, element =>
        {
            if (JsonObject.Create(element.Clone()) is not { } item) return;
            // Lists of the server's own kinds leave these out of their items.
            item["kind"] ??= resource.Kind;
            item["apiVersion"] ??= resource.Group.Length == 0 ? resource.Version : $"{resource.Group}/{resource.Version}";
            items.Add(item);
        }, cancellationToken).ConfigureAwait(false);
        return new KubernetesList(items, version);
    }

    /// <inheritdoc/>
    public async Task<HttpResponseMessage> ProxyServiceAsync(HttpMethod method, string ns, string service, int port, string pathAndQuery, HttpContent? content, CancellationToken cancellationToken)
    {
        var path = KubernetesPath.ServiceProxy(ns, service, port, pathAndQuery);
        // A content can be sent once only; read it so that a second try after a 401 has the same bytes.
        var body = content is null ? null : await content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        Func<HttpContent?>? again = body is null ? null : () =>
        {
            var copy = new ByteArrayContent(body);
            foreach (var header in content!.Headers) copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
            return copy;
        };
        using var limit = new CallLimit(_time, RequestLimit, cancellationToken) { Changes = method != HttpMethod.Get };
        return await limit.RunAsync(token => _transport.SendAsync(new KubernetesRequest(method, path) { Content = again, Accept = "*/*", Unpaced = true, PassedOn = true }, token), $"reach service {ns}/{service} through cluster {Cluster}").ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    internal TimeProvider Time => _time;

    /// <summary>How the server answered in the last minutes.</summary>
    public ApiFigures Figures => _transport.Meter.Read();

    internal string What(string verb, KubernetesResource resource, string? ns, string? name) =>
        $"{verb} {resource.Kind}{(ns is null && name is null ? "" : " ")}{ns}{(ns is not null && name is not null ? "/" : "")}{(name is null ? "" : KubernetesText.Clean(name, 253))} on cluster {Cluster}";

    private static string Query(string path, KubernetesWrite write, bool apply) => KubernetesPath.Query(
        path,
        ("dryRun", write.DryRun ? "All" : null),
        ("fieldManager", write.FieldManager),
        ("fieldValidation", write.Strict ? "Strict" : null),
        ("force", apply && write.Force ? "true" : null));

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());
}
