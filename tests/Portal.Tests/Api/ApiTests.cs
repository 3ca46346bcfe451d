using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Domain.Pipelines;
using Xunit;

namespace Sluice.Portal.Tests.Api;

/// <summary>The shape of the API on the real host, without a cluster.</summary>
public sealed class ApiTests(SharedHost shared) : IClassFixture<SharedHost>
{
    [Fact]
    public async Task OpenApi_Always_NamesEveryRoute()
    {
        var host = shared.Host;
        using var client = host.WithToken();

        var document = await client.GetFromJsonAsync<JsonObject>("/api/v1/openapi.json", Token);

        var described = document!["paths"]!.AsObject().Select(p => p.Key.TrimEnd('/')).ToHashSet();
        var routes = host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(e => "/" + e.RoutePattern.RawText!.Trim('/'))
            .Where(r => r.StartsWith("/api/v1/", StringComparison.Ordinal) && !r.Contains("openapi", StringComparison.Ordinal) && !r.Contains('*'))
            .Select(r => System.Text.RegularExpressions.Regex.Replace(r, ":[a-z]+}", "}")).Distinct().ToList();
        routes.Count.ShouldBeGreaterThan(20);
        routes.ShouldAllBe(r => described.Contains(r));
    }

    [Theory]
    [InlineData("GET", "/api/v1/nothing", null, 404, "not-found")]
    [InlineData("GET", "/api/v1/pipelines/a/b/c", null, 404, "not-found")]
    [InlineData("GET", "/api/v1/pipelines/a/b/c?resource=pod", null, 400, "bad-request")]
    [InlineData("GET", "/api/v1/pipelines?limit=0", null, 400, "bad-request")]
    [InlineData("GET", "/api/v1/pipelines?limit=many", null, 400, "bad-request")]
    [InlineData("GET", "/api/v1/operations/00000000-0000-0000-0000-000000000001", null, 404, "not-found")]
    [InlineData("GET", "/api/v1/operations?pipeline=abc", null, 400, "bad-request")]
    [InlineData("GET", "/api/v1/drafts/none", null, 404, "not-found")]
    [InlineData("POST", "/api/v1/operations", "{", 400, "bad-request")]
    [InlineData("POST", "/api/v1/operations", "{\"kind\":\"nope\",\"pipeline\":\"a/b/c\"}", 400, "bad-request")]
    [InlineData("POST", "/api/v1/operations", "{\"kind\":\"savepoint\",\"pipeline\":\"a/b/c\",\"misspelt\":1}", 400, "bad-request")]
    [InlineData("POST", "/api/v1/pipelines/validate", "{\"cluster\":\"x\",\"manifest\":\"a: [b\"}", 422, "invalid-yaml")]
    public async Task Failure_Always_IsAProblemThatSaysWhatToDo(string method, string path, string? body, int expected, string type)
    {
        var host = shared.Host;
        using var client = host.WithToken();
        using var request = new HttpRequestMessage(new(method), path) { Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json") };

        using var answer = await client.SendAsync(request, Token);

        ((int)answer.StatusCode).ShouldBe(expected);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = (await answer.Content.ReadFromJsonAsync<JsonObject>(Token))!;
        ((string?)problem["type"]).ShouldBe("urn:sluice:problem:" + type);
        ((string?)problem["title"]).ShouldNotBeNullOrEmpty();
        ((string?)problem["detail"]).ShouldNotBeNullOrEmpty();
        problem.ToJsonString().ShouldNotContain("Sluice.Portal");
    }

    [Fact]
    public async Task Write_NotJson_IsRefused()
    {
        var host = shared.Host;
        using var client = host.WithToken();

        using var answer = await client.PutAsync("/api/v1/drafts/register", new StringContent("{\"content\":\"x\"}", System.Text.Encoding.UTF8, "text/plain"), Token);

        answer.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    public async Task Write_WithoutTokenFromAnotherSite_IsRefused(string? origin)
    {
        var host = shared.Host;
        using var client = host.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/v1/drafts/register") { Content = JsonContent.Create(new { content = "x" }) };
        if (origin is not null) request.Headers.TryAddWithoutValidation("Origin", origin);

        using var answer = await client.SendAsync(request, Token);

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync(Token)).ShouldContain("cross-site");
    }

    [Fact]
    public async Task Draft_SavedAndDeleted_IsTheCallersOwn()
    {
        var host = shared.Host;
        using var client = host.WithToken();

        using var saved = await client.PutAsJsonAsync("/api/v1/drafts/register", new { content = "kind: FlinkDeployment" }, Token);
        saved.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var drafts = host.Services.GetRequiredService<IDraftStore>();
        (await drafts.FindAsync("token:demo", "register", Token))!.Content.ShouldBe("kind: FlinkDeployment");
        (await drafts.FindAsync("demo", "register", Token)).ShouldBeNull();
        using var deleted = await client.DeleteAsync("/api/v1/drafts/register", Token);

        (await drafts.FindAsync("token:demo", "register", Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Pipelines_NoCluster_IsAnEmptyPage()
    {
        var host = shared.Host;
        using var client = host.WithToken();

        var page = (await client.GetFromJsonAsync<JsonObject>("/api/v1/pipelines?q=orders&sort=-restarts", Token))!;

        page["items"]!.AsArray().Count.ShouldBe(0);
        ((int?)page["total"]).ShouldBe(0);
    }

    [Fact]
    public async Task Stream_FirstConnect_BeginsWithTheNewestState()
    {
        var host = shared.Host;
        using var client = host.WithToken();
        using var answer = await client.GetAsync("/api/v1/stream", HttpCompletionOption.ResponseHeadersRead, Token);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));

        (await reader.ReadLineAsync(Token)).ShouldBe("event: reset");
        var data = (await reader.ReadLineAsync(Token))!;

        JsonDocument.Parse(data["data: ".Length..]).RootElement.GetProperty("total").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Stream_ResumedWhereNothingWasMissed_GoesOnWithoutAReset()
    {
        using var client = shared.Host.WithToken();
        var events = await ReadAsync(client, null, until: "upto");
        events[0].Event.ShouldBe("reset");

        // A first cluster may still come up in between, which is a change; then the newer id is the one to resume from.
        for (var i = 0; i < 20; i++)
        {
            var again = await ReadAsync(client, events[^1].Id, until: "upto");
            if (again[0].Event == "upto")
            {
                again[0].Id.ShouldBe(events[^1].Id);
                return;
            }

            events = again;
        }

        Assert.Fail("The fleet of a host without clusters never came to rest.");
    }

    [Fact]
    public async Task Stream_AnyConnect_SaysAfterHowLongToComeBack()
    {
        using var client = shared.Host.WithToken();
        using var answer = await client.GetAsync("/api/v1/stream", HttpCompletionOption.ResponseHeadersRead, Token);
        var parser = System.Net.ServerSentEvents.SseParser.Create(await answer.Content.ReadAsStreamAsync(Token));

        await foreach (var item in parser.EnumerateAsync(Token))
        {
            item.EventType.ShouldBe("reset");
            break;
        }

        parser.ReconnectionInterval.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Stream_ResumedFromAnotherProcess_BeginsAnew()
    {
        using var client = shared.Host.WithToken();

        (await ReadAsync(client, "0123abcd-1", until: "upto"))[0].Event.ShouldBe("reset");
    }

    private static async Task<List<(string Event, string? Id)>> ReadAsync(HttpClient client, string? lastId, string until)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/stream");
        if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        List<(string Event, string? Id)> events = [];
        await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(await answer.Content.ReadAsStreamAsync(Token)).EnumerateAsync(Token))
        {
            events.Add((item.EventType, item.EventId));
            if (item.EventType == until) break;
        }

        return events;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
