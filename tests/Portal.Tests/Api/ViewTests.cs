using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Sluice.Portal.Tests.Api;

/// <summary>Saved views over the API.</summary>
public sealed class ViewTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private const string Views = "/api/v1/views";

    [Fact]
    public async Task View_SavedChangedAndDeleted_IsListedAsItIs()
    {
        using var client = shared.Host.WithToken();
        await client.PutAsJsonAsync("/api/v1/teams/viewers", new { displayName = "Viewers" }, Token);

        using var made = await client.PostAsJsonAsync(Views, new { name = "Orders that fail", query = "?health=failed&q=orders", team = "viewers" }, Token);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var view = (await made.Content.ReadFromJsonAsync<JsonObject>(Token))!;
        made.Headers.Location!.ToString().ShouldBe($"{Views}/{view["id"]}");
        ((string?)view["query"]).ShouldBe("q=orders&health=failed");

        using var changed = await client.PutAsJsonAsync($"{Views}/{view["id"]}", new { name = "Failing orders", version = 1 }, Token);
        changed.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ProblemAsync(await client.PutAsJsonAsync($"{Views}/{view["id"]}", new { name = "Late", version = 1 }, Token), HttpStatusCode.Conflict)).ShouldBe("conflict version");
        (await client.PutAsJsonAsync($"{Views}/default", new { id = (string?)view["id"] }, Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var list = (await client.GetFromJsonAsync<JsonObject>(Views, Token))!;
        ((string?)list["defaultId"]).ShouldBe((string?)view["id"]);
        list["views"]!.AsArray().Single(v => (string?)v!["id"] == (string?)view["id"])!["name"]!.GetValue<string>().ShouldBe("Failing orders");

        (await client.DeleteAsync($"{Views}/{view["id"]}", Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ProblemAsync(await client.DeleteAsync($"{Views}/{view["id"]}", Token), HttpStatusCode.NotFound)).ShouldBe("not-found ");
    }

    [Fact]
    public async Task Create_WithWhatCannotBe_NamesTheField()
    {
        using var client = shared.Host.WithToken();

        (await PostAsync(client, new { name = " ", query = "" }, HttpStatusCode.UnprocessableEntity)).ShouldBe("invalid name");
        (await PostAsync(client, new { name = "a\nb" }, HttpStatusCode.UnprocessableEntity)).ShouldBe("invalid name");
        (await PostAsync(client, new { name = "x", query = "helth=failed" }, HttpStatusCode.UnprocessableEntity)).ShouldBe("invalid query");
        (await PostAsync(client, new { name = "x", query = "q=" + new string('x', 3000) }, HttpStatusCode.UnprocessableEntity)).ShouldBe("invalid query");
        (await PostAsync(client, new { name = "x", team = "nobody" }, HttpStatusCode.UnprocessableEntity)).ShouldBe("invalid team");
        (await client.PostAsJsonAsync(Views, new { name = "twice" }, Token)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await PostAsync(client, new { name = "Twice" }, HttpStatusCode.Conflict)).ShouldBe("taken name");
        (await ProblemAsync(await client.PutAsJsonAsync($"{Views}/default", new { id = Guid.NewGuid() }, Token), HttpStatusCode.NotFound)).ShouldBe("not-found ");
    }

    [Fact]
    public async Task Start_WithAFirstView_LeadsToItAndLinksStayAsTheyAre()
    {
        using var client = shared.Host.WithToken();
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        using var made = await client.PostAsJsonAsync(Views, new { name = "First", query = "health=failed" }, Token);
        var id = (string?)(await made.Content.ReadFromJsonAsync<JsonObject>(Token))!["id"];
        await client.PutAsJsonAsync($"{Views}/default", new { id }, Token);

        using var start = await client.GetAsync("/", Token);
        using var link = await client.GetAsync("/?health=degraded", Token);

        start.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        start.Headers.Location!.ToString().ShouldBe($"/?health=failed&view={id}");
        link.StatusCode.ShouldBe(HttpStatusCode.OK);
        await client.PutAsJsonAsync($"{Views}/default", new { id = (string?)null }, Token);
        using var bare = await client.GetAsync("/", Token);
        bare.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<string> PostAsync(HttpClient client, object body, HttpStatusCode expected) => await ProblemAsync(await client.PostAsJsonAsync(Views, body, Token), expected);

    private static async Task<string> ProblemAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        answer.StatusCode.ShouldBe(expected);
        var problem = (await answer.Content.ReadFromJsonAsync<JsonObject>(Token))!;
        answer.Dispose();
        return $"{((string)problem["type"]!).Split(':')[^1]} {problem["errors"]?[0]?["field"]}";
    }
}
