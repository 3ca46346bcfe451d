using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Testing;
using Sluice.Testing.Processes;

namespace Sluice.Contract.Tests.Portal;

/// <summary>The portal's HTTP API as a program uses it.</summary>
internal sealed class PortalApi(PortalProcess portal, string token = PortalProcess.Token) : IDisposable
{
    private readonly HttpClient _client = portal.Client(token);

    /// <summary>Reads JSON; fails with the answer's own words.</summary>
    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await _client.GetAsync("api/v1" + path);
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue($"GET {path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Reads text.</summary>
    public Task<string> TextAsync(string path) => _client.GetStringAsync("api/v1" + path);

    /// <summary>The row of a pipeline, or what is below it; null where there is none, or while the portal does not answer.</summary>
    public async Task<JsonNode?> FindAsync(string pipeline)
    {
        try
        {
            using var answer = await _client.GetAsync("api/v1/pipelines/" + pipeline);
            return answer.IsSuccessStatusCode ? JsonNode.Parse(await answer.Content.ReadAsStringAsync()) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Sends JSON and returns the answer; fails with its words.</summary>
    public async Task<JsonNode> PostAsync(string path, object body)
    {
        using var answer = await _client.PostAsJsonAsync("api/v1" + path, body);
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue($"POST {path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Starts an operation and returns its id.</summary>
    public async Task<string> StartAsync(string kind, string pipeline, object? more = null)
    {
        var body = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(more ?? new { }))!.AsObject();
        body["kind"] = kind;
        body["pipeline"] = pipeline;
        return (string)(await PostAsync("/operations", body))["id"]!;
    }

    /// <summary>Waits until the operation needs no more waiting for; returns its record.</summary>
    public async Task<JsonNode> EndedAsync(string id, TimeSpan? limit = null)
    {
        JsonNode? operation = null;
        await Until.TrueAsync(async () =>
        {
            await Task.Delay(100);
            operation = await GetAsync("/operations/" + id);
            return (string)operation["state"]! is not ("pending" or "running" or "queued");
        }, () => $"operation {id} to end: {operation?.ToJsonString()}", limit ?? TimeSpan.FromMinutes(2));
        return operation!;
    }

    /// <summary>Waits until the operation succeeded; returns its record.</summary>
    public async Task<JsonNode> SucceededAsync(string id, TimeSpan? limit = null)
    {
        var operation = await EndedAsync(id, limit);
        ((string)operation["state"]!).ToLowerInvariant().ShouldBe("succeeded", operation.ToJsonString());
        return operation;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
