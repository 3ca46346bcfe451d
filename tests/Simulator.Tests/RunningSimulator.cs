using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Sluice.Simulator.Tests;

/// <summary>A simulator that serves over HTTP, for the tests of a class.</summary>
public sealed class RunningSimulator : IAsyncLifetime
{
    private readonly SimulatorHost _host = new(new SimulatorOptions { Fleet = "demo", Seed = 7, Speed = 20, Tls = false }, TimeProvider.System, NullLoggerFactory.Instance);
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(20) };

    public async ValueTask InitializeAsync() => await _host.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    public string Token(string cluster, bool viewer = false) =>
        _host.Clusters.First(c => c.Options.Name == cluster).Tokens is var tokens && viewer ? tokens.Viewer : tokens.Admin;

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string type = "application/json", string cluster = "eu-west", string? token = null, bool headersOnly = false)
    {
        var at = _host.Clusters.First(c => c.Options.Name == cluster).Url;
        var request = new HttpRequestMessage(method, new Uri(at, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Token(cluster));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }
        return _client.SendAsync(request, headersOnly ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead);
    }

    public async Task<(HttpStatusCode Code, JsonNode Body)> AskAsync(HttpMethod method, string path, string? body = null, string type = "application/json", string cluster = "eu-west", string? token = null)
    {
        using var response = await SendAsync(method, path, body, type, cluster, token);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    public Task<(HttpStatusCode Code, JsonNode Body)> GetAsync(string path, string cluster = "eu-west") => AskAsync(HttpMethod.Get, path, cluster: cluster);

    public async Task<HttpStatusCode> ControlAsync(string scenario, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(new Uri($"{_host.Control.Url}/scenarios/{scenario}"), content);
        return response.StatusCode;
    }
}
