using System.Globalization;
using System.Text.Json;

namespace Sluice.Domain.Kubernetes;

public sealed partial class KubernetesApi
{
    private const int MaxRestarts = 3;
    private const int PageSize = 500;

    /// <summary>
    /// Reads a whole list page by page. Where a page's token has expired, all begins anew (<paramref name="restart"/>): going on from there would mix two
    /// moments. After three of these the list is read in one piece.
    /// </summary>
    /// <returns>The list's version.</returns>
    internal async Task<string> ListPagesAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, string? notOlderThan, Action restart, Action<JsonElement> onItem, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            restart();
            var limit = attempt < MaxRestarts ? PageSize : (int?)null;
            string? token = null;
            try
            {
                while (true)
                {
                    // With a token the server refuses a version; with a limit it takes a bare version for "exactly this one", hence the match.
                    var page = await ListPageAsync(resource, ns, query, token is null ? notOlderThan : null, limit, token, onItem, cancellationToken).ConfigureAwait(false);
                    // A page may be empty and still have a successor; only a missing token ends the list.
                    if (page.Continue is null) return page.Version;
                    token = page.Continue;
                }
            }
            catch (KubernetesException e) when (e.Error == KubernetesError.Expired && token is not null && attempt < MaxRestarts)
            {
                // The loop begins again.
            }
        }
    }

    /// <summary>The version at which the server is now, by the cheapest list there is.</summary>
    internal async Task<string> CurrentVersionAsync(KubernetesResource resource, string? ns, CancellationToken cancellationToken) =>
        (await ListPageAsync(resource, ns, new KubernetesListQuery(), null, 1, null, static _ => { }, cancellationToken).ConfigureAwait(false)).Version;

    private async Task<(string Version, string? Continue)> ListPageAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, string? notOlderThan, int? size, string? token, Action<JsonElement> onItem, CancellationToken cancellationToken)
    {
        var what = What("list", resource, ns, null);
        var path = KubernetesPath.Query(
            KubernetesPath.Of(resource, ns),
            ("limit", size?.ToString(CultureInfo.InvariantCulture)),
            ("continue", token),
            ("labelSelector", query.LabelSelector),
            ("fieldSelector", query.FieldSelector),
            ("resourceVersion", notOlderThan),
            ("resourceVersionMatch", notOlderThan is null ? null : "NotOlderThan"));
        for (var attempt = 1; ; attempt++)
        {
            var begun = false;
            using var limit = new CallLimit(_time, RequestLimit * (size is null ? 5 : 1), cancellationToken) { Meter = _transport.Meter };
            try
            {
                return await limit.RunAsync(async token => await ReadPageAsync(new KubernetesRequest(HttpMethod.Get, path), what, item => { begun = true; onItem(item); }, token).ConfigureAwait(false), what).ConfigureAwait(false);
            }
            catch (KubernetesException e) when (!begun && attempt <= MaxRetries && notOlderThan is null && RetryDelay(new KubernetesRequest(HttpMethod.Get, path), e) is { } delay)
            {
                await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<(string Version, string? Continue)> ReadPageAsync(KubernetesRequest request, string what, Action<JsonElement> onItem, CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode) throw await FailureAsync(response, what, cancellationToken).ConfigureAwait(false);
        var reader = new KubernetesListReader(onItem);
        try
        {
            await reader.ReadAsync(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            throw BadAnswer(what, "the list is cut or is not JSON", e);
        }
        catch (Exception e) when (ConnectionFailure.Is(e))
        {
            throw BadAnswer(what, "the connection broke in the middle of the list", e);
        }

        if (reader.Kind?.EndsWith("List", StringComparison.Ordinal) != true || reader.ResourceVersion is null) throw BadAnswer(what, "the answer is not a list", null);
        return (reader.ResourceVersion, reader.Continue);
    }
}
