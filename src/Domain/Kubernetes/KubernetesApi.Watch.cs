using System.Globalization;

namespace Sluice.Domain.Kubernetes;

public sealed partial class KubernetesApi
{
    private static readonly TimeSpan WatchHeaders = TimeSpan.FromSeconds(30);

    /// <summary>Lists of reflectors: two at a time, because each costs the server memory in proportion to all objects.</summary>
    internal SemaphoreSlim ListSlots { get; } = new(2, 2);

    /// <summary>Opens a watch that begins after a version. The caller disposes the answer and watches its own deadline.</summary>
    internal async Task<HttpResponseMessage> OpenWatchAsync(KubernetesResource resource, string? ns, string version, TimeSpan duration, CancellationToken cancellationToken)
    {
        var what = What("watch", resource, ns, null);
        var path = KubernetesPath.Query(
            KubernetesPath.Of(resource, ns),
            ("watch", "1"),
            ("resourceVersion", version),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", ((int)duration.TotalSeconds).ToString(CultureInfo.InvariantCulture)));
        using var limit = new CallLimit(_time, WatchHeaders, cancellationToken) { Meter = _transport.Meter };
        var response = await limit.RunAsync(token => _transport.SendAsync(new KubernetesRequest(HttpMethod.Get, path) { Stream = true, Unpaced = true }, token), what).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await limit.RunAsync(token => FailureAsync(response, what, token), what).ConfigureAwait(false);
    }

    internal KubernetesException WatchFailure(System.Text.Json.JsonElement status, KubernetesResource resource, string? ns) =>
        KubernetesAnswer.Failure(status, What("watch", resource, ns, null), _transport.Redact);
}
