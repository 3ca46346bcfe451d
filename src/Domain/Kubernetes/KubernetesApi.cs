using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

/// <summary>One API server over HTTP.</summary>
public sealed partial class KubernetesApi : IKubernetesApi, IDisposable
{
    // The server's own limit is 60 s; a little more lets its answer arrive.
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(65);
    private const int MaxBody = 64 * 1024 * 1024;
    private const int MaxErrorBody = 64 * 1024;
    private const int PageSize = 500;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 128, AllowDuplicateProperties = false };
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
        using var limit = new Limit(_time, RequestLimit, cancellationToken);
        return await limit.RunAsync(token => _transport.SendAsync(new KubernetesRequest(method, path) { Content = again, Accept = "*/*" }, token), $"reach service {ns}/{service} through cluster {Cluster}").ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    internal TimeProvider Time => _time;

    internal string What(string verb, KubernetesResource resource, string? ns, string? name) =>
        $"{verb} {resource.Kind}{(ns is null && name is null ? "" : " ")}{ns}{(ns is not null && name is not null ? "/" : "")}{(name is null ? "" : KubernetesText.Clean(name, 253))} on cluster {Cluster}";

    private static string Query(string path, KubernetesWrite write, bool apply) => KubernetesPath.Query(
        path,
        ("dryRun", write.DryRun ? "All" : null),
        ("fieldManager", write.FieldManager),
        ("fieldValidation", write.Strict ? "Strict" : null),
        ("force", apply && write.Force ? "true" : null));

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    private async Task<JsonObject> ObjectAsync(KubernetesRequest request, string what, CancellationToken cancellationToken)
    {
        var body = await SendAsync(request, what, cancellationToken).ConfigureAwait(false);
        try
        {
            return JsonNode.Parse(body, documentOptions: Strict) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw BadAnswer(what, body.Length == 0 ? "the answer is empty" : "the answer is cut or is not JSON", e);
        }
    }

    private async Task<byte[]> SendAsync(KubernetesRequest request, string what, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var limit = new Limit(_time, RequestLimit, cancellationToken);
            try
            {
                return await limit.RunAsync(token => SendOnceAsync(request, what, token), what).ConfigureAwait(false);
            }
            catch (KubernetesException e) when (attempt <= MaxRetries && RetryDelay(request, e) is { } delay)
            {
                await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private const int MaxRetries = 4;

    // Only where the server said when; a write only where it said that it was not carried out.
    private static TimeSpan? RetryDelay(KubernetesRequest request, KubernetesException e)
    {
        if (e.RetryAfter is not { } wait || wait > TimeSpan.FromSeconds(30)) return null;
        var again = e.StatusCode == 429 || (request.IsRead && e.StatusCode >= 500 && e.Causes.All(static c => !c.Message.Contains("resource version", StringComparison.OrdinalIgnoreCase)));
        return again ? (wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait) : null;
    }

    private async Task<byte[]> SendOnceAsync(KubernetesRequest request, string what, CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode) throw await FailureAsync(response, what, cancellationToken).ConfigureAwait(false);
        return await ReadBodyAsync(response, MaxBody, what, cancellationToken).ConfigureAwait(false);
    }

    private async Task<KubernetesException> FailureAsync(HttpResponseMessage response, string what, CancellationToken cancellationToken)
    {
        byte[] body;
        try
        {
            body = await ReadBodyAsync(response, MaxErrorBody, what, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesException)
        {
            // The code alone says enough; the reason got lost with the connection.
            body = [];
        }

        return KubernetesAnswer.Failure(response.StatusCode, response.Content.Headers.ContentType?.MediaType, body, RetryAfter(response), what, _transport.Redact);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > _time.GetUtcNow() ? date - _time.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int limit, string what, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using var _ = stream.ConfigureAwait(false);
            using var kept = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (kept.Length + read > limit)
                {
                    if (!response.IsSuccessStatusCode) break;
                    throw BadAnswer(what, $"the answer is larger than {limit / 1024 / 1024} MiB", null);
                }

                kept.Write(buffer, 0, read);
            }

            return kept.ToArray();
        }
        catch (Exception e) when (ConnectionFailure.Is(e))
        {
            throw BadAnswer(what, "the connection broke in the middle of the answer", e);
        }
    }

    private static KubernetesException BadAnswer(string what, string why, Exception? inner) =>
        new(KubernetesError.BadAnswer, $"Could not {what}: {why}. If this was a change, look whether it was made before repeating it.", inner: inner);

    /// <summary>A time limit on one request, the reading of its body included, which HttpClient's own limit leaves out.</summary>
    private sealed class Limit : IDisposable
    {
        private readonly CancellationTokenSource _timer;
        private readonly CancellationTokenSource _both;
        private readonly CancellationToken _caller;

        public Limit(TimeProvider time, TimeSpan limit, CancellationToken caller)
        {
            _caller = caller;
            _timer = new CancellationTokenSource(limit, time);
            _both = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, caller);
        }

        public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> send, string what)
        {
            try
            {
                return await send(_both.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (_timer.IsCancellationRequested && !_caller.IsCancellationRequested)
            {
                throw new KubernetesException(KubernetesError.Timeout, $"Could not {what}: no answer within {RequestLimit.TotalSeconds:0} s. A change may have been made all the same; look before repeating it.", inner: e);
            }
        }

        public void Dispose()
        {
            _both.Dispose();
            _timer.Dispose();
        }
    }
}
