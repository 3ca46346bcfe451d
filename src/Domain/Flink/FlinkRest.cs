using System.Text;
using System.Text.Json;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Flink;

/// <summary>Sends requests to one JobManager, with limits on time and size, and turns whatever goes wrong into <see cref="FlinkException"/>.</summary>
internal sealed class FlinkRest(string deployment, IJobManagerTransport transport)
{
    private const int LargestAnswer = 8 * 1024 * 1024;
    private const int LargestError = 256 * 1024;

    public string Deployment => deployment;

    /// <summary>Until the whole answer is there.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until a whole log file went by.</summary>
    public TimeSpan LogTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An answer as JSON that stands alone.</summary>
    /// <param name="what">What is asked for, in words for messages.</param>
    /// <param name="pathAndQuery">Begins with a slash, escaped.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<JsonElement> GetAsync(string what, string pathAndQuery, CancellationToken cancellationToken) =>
        SendAsync(what, token => transport.GetAsync(pathAndQuery, token), Timeout, (response, token) => JsonAsync(what, response, token), cancellationToken);

    /// <summary>Posts JSON; the answer as JSON that stands alone.</summary>
    /// <param name="what">What is asked for, in words for messages.</param>
    /// <param name="path">Begins with a slash, escaped.</param>
    /// <param name="body">The JSON.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<JsonElement> PostAsync(string what, string path, string body, CancellationToken cancellationToken)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await SendAsync(what, token => transport.PostAsync(path, content, token), Timeout, (response, token) => JsonAsync(what, response, token), cancellationToken);
    }

    /// <summary>The end of a text.</summary>
    public Task<(string Text, bool Cut)> GetTailAsync(string what, string pathAndQuery, int maxBytes, CancellationToken cancellationToken) =>
        SendAsync(what, token => transport.GetAsync(pathAndQuery, token), LogTimeout, async (response, token) =>
        {
            var stream = await response.Content.ReadAsStreamAsync(token);
            return await LogTail.ReadAsync(stream, maxBytes, token);
        }, cancellationToken);

    private async Task<JsonElement> JsonAsync(string what, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(response, LargestAnswer, cancellationToken);
        if (body.Cut) throw Bad(what, response, $"sends more than {LargestAnswer / 1024 / 1024} MB for {what}. That is more than Sluice reads at once");
        return Json(what, response, body.Bytes);
    }

    private async Task<T> SendAsync<T>(string what, Func<CancellationToken, Task<HttpResponseMessage>> send, TimeSpan timeout, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using var response = await send(limit.Token);
            if (!response.IsSuccessStatusCode)
            {
                var body = await ReadAsync(response, LargestError, limit.Token);
                throw FlinkErrors.Of(deployment, what, response, Encoding.UTF8.GetString(body.Bytes));
            }
            return await read(response, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FlinkException(FlinkError.Unreachable, $"The JobManager of {deployment} did not answer within {timeout.TotalSeconds:0} s ({what}; {transport.Where}). It may be starting, overloaded or gone.", null, e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse or HttpRequestError.Unknown && e.InnerException is IOException)
        {
            throw Cut(what, e);
        }
        catch (HttpIOException e)
        {
            throw Cut(what, e);
        }
        catch (HttpRequestException e)
        {
            throw new FlinkException(FlinkError.Unreachable, $"The JobManager of {deployment} cannot be reached at {transport.Where}: {e.Message}. It may not be running yet, or the network does not lead there.", null, e);
        }
        catch (IOException e)
        {
            throw Cut(what, e);
        }
        catch (KubernetesException e)
        {
            throw FlinkErrors.Of(deployment, what, e);
        }
    }

    private FlinkException Cut(string what, Exception inner) =>
        new(FlinkError.BadAnswer, $"The answer of the JobManager of {deployment} broke off ({what}). The connection was lost on the way; try again.", null, inner);

    private FlinkException Bad(string what, HttpResponseMessage response, string problem, Exception? inner = null) =>
        new(FlinkError.BadAnswer, $"What answers for the JobManager of {deployment} at {transport.Where} {problem}.", (int)response.StatusCode, inner);

    private JsonElement Json(string what, HttpResponseMessage response, byte[] bytes)
    {
        var text = bytes.AsSpan().TrimStart(" \t\r\n\uFEFF"u8);
        if (text.Length == 0) throw Bad(what, response, $"sends nothing for {what}. The JobManager may be stopping; try again");
        if (text[0] == (byte)'<') throw Bad(what, response, "sends a web page instead of data. A login page or an error page of a proxy stands in between");
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw Bad(what, response, $"sends an answer for {what} that is cut or no JSON. Try again", e);
        }
    }

    private static async Task<(byte[] Bytes, bool Cut)> ReadAsync(HttpResponseMessage response, int limit, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > limit) return (buffer.ToArray(), true);
            buffer.Write(chunk, 0, read);
        }
        return (buffer.ToArray(), false);
    }
}
