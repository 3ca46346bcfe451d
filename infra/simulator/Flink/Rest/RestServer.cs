using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>An answer of a JobManager.</summary>
internal sealed record RestAnswer(int Code, JsonNode? Body, string? Text = null)
{
    public static RestAnswer Ok(JsonNode body) => new(200, body);

    public static RestAnswer Error(int code, params string[] messages) => new(code, new JsonObject { ["errors"] = new JsonArray([.. messages.Select(m => (JsonNode)m)]) });

    public static RestAnswer NoFile(string path) => Error(404, $"Unable to load requested file {path}.");

    public static RestAnswer NoJob(string id) => Error(404, $"org.apache.flink.runtime.rest.NotFoundException: Job {id} not found\n\tat org.apache.flink.runtime.rest.handler.job.AbstractExecutionGraphHandler.lambda$handleRequest$1(AbstractExecutionGraphHandler.java:99)\n");

    public static RestAnswer Internal(string exception) => Error(500, "Internal server error.", $"<Exception on server side:\n{exception}\n\nEnd of exception on server side>");
}

/// <summary>What a request asks of a JobManager.</summary>
internal sealed record RestRequest(string Method, string[] Path, IQueryCollection Query, JsonObject? Body)
{
    public string? this[string key] => Query[key] is { Count: > 0 } values ? values[0] : null;

    public IReadOnlyList<string>? Names => this["get"]?.Split(',', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The JobManagers behind the services of a cluster.</summary>
internal sealed class RestServer(FlinkWorld world) : IServiceProxy
{
    public async Task<bool> TryHandleAsync(HttpContext http, string ns, string service, string path)
    {
        if (!service.EndsWith("-rest", StringComparison.Ordinal)) return false;
        var body = await ReadAsync(http);
        RestAnswer? answer;
        lock (world.Store.Gate)
        {
            if (world.Ask(ns, service[..^"-rest".Length]) is not { RestUp: true } process) return false;
            answer = Answer(new RestApi(world, process), http, path, body);
        }
        if (answer.Text is not null) await JsonAnswer.BytesAsync(http, answer.Code, "text/plain", System.Text.Encoding.UTF8.GetBytes(answer.Text));
        else await JsonAnswer.BytesAsync(http, answer.Code, "application/json; charset=UTF-8", JsonSerializer.SerializeToUtf8Bytes(answer.Body));
        return true;
    }

    private static RestAnswer Answer(RestApi api, HttpContext http, string path, JsonObject? body)
    {
        var steps = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        if (steps is ["v1", ..]) steps = steps[1..];
        return api.Answer(new RestRequest(http.Request.Method, steps, http.Request.Query, body), path);
    }

    private static async Task<JsonObject?> ReadAsync(HttpContext http)
    {
        if (http.Request.Method == "GET") return null;
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        if (buffer.Length == 0) return null;
        try { return JsonNode.Parse(buffer.ToArray()) as JsonObject; }
        catch (JsonException) { return null; }
    }
}
