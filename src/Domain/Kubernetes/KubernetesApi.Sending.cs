using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Kubernetes;

public sealed partial class KubernetesApi
{
    // The server's own limit is 60 s; a little more lets its answer arrive.
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(65);
    private const int MaxBody = 64 * 1024 * 1024;
    private const int MaxErrorBody = 64 * 1024;
    private const int MaxRetries = 4;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 128, AllowDuplicateProperties = false };

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
            using var limit = new CallLimit(_time, RequestLimit, cancellationToken) { Changes = !request.IsRead, Meter = _transport.Meter };
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

        var failure = KubernetesAnswer.Failure(response.StatusCode, response.Content.Headers.ContentType?.MediaType, body, RetryAfter(response), what, _transport.Redact);
        // A 404, 409 or 422 is an answer like any other; these say that something is wrong with the server or with what Sluice may do.
        if ((int)response.StatusCode is 401 or 403 or 429 or >= 500) _transport.Meter.Failed(failure.Message);
        return failure;
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
}
