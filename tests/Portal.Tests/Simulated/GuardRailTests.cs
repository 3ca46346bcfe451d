using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Xunit;

namespace Sluice.Portal.Tests.Simulated;

/// <summary>Guard rails over the API, with two persons.</summary>
public sealed class GuardRailTests(SimulatedClusters simulated) : IClassFixture<SimulatedClusters>
{
    [Fact]
    public async Task Approval_OfACriticalPipeline_TakesTwoPersons()
    {
        const string name = "eu-west/payments/fraud-scores";
        using var demo = simulated.Host.WithToken();
        using var ada = Ada();
        await RegisterAsync(demo, name, "payments");
        (await SendAsync(demo, HttpMethod.Put, $"/api/v1/pipelines/{name}/tier", new { tier = "critical" }))["tier"]!.GetValue<string>().ShouldBe("critical");
        await Until.TrueAsync(async () => (string?)(await demo.GetFromJsonAsync<JsonObject>($"/api/v1/pipelines/{name}", Token))!["tier"] == "critical", "the list to tell the tier");

        var plan = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations?plan=true", new { kind = "restart", pipeline = name });
        ((string)plan["guards"]!["approval"]!).ShouldContain("critical");
        var unsaid = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", new { kind = "restart", pipeline = name }, HttpStatusCode.Conflict);
        ((string?)unsaid["type"]).ShouldBe("urn:sluice:problem:needs-approval");
        ((string?)unsaid["errors"]![0]!["field"]).ShouldBe("reason");

        var asked = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", new { kind = "restart", pipeline = name, reason = "a leak" }, HttpStatusCode.Created);
        var id = (string)asked["id"]!;
        ((string?)asked["state"]).ShouldBe("awaitingApproval");
        (await demo.GetFromJsonAsync<JsonArray>($"/api/v1/operations/held?pipeline={name}", Token))!.ShouldHaveSingleItem();
        ((string)(await SendAsync(demo, HttpMethod.Post, $"/api/v1/operations/{id}/approve", new { }, HttpStatusCode.Conflict))["detail"]!).ShouldContain("Somebody else has to decide");

        await SendAsync(ada, HttpMethod.Post, $"/api/v1/operations/{id}/approve", new { comment = "seen" });

        await Until.TrueAsync(async () => (string?)(await demo.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{id}", Token))!["state"] is "running" or "succeeded", "the approved operation to begin");
        var begun = (await demo.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{id}", Token))!;
        ((string?)begun["guards"]!["approval"]!["by"]).ShouldBe("token:ada");
        begun["request"].ShouldBeNull();
    }

    [Fact]
    public async Task Queue_OfASecondOperation_WaitsAndCanBeTakenBack()
    {
        const string name = "eu-west/search/click-sessions";
        using var demo = simulated.Host.WithToken();
        var all = (await demo.GetFromJsonAsync<JsonObject>("/api/v1/pipelines?health=healthy&limit=1000", Token))!["items"]!.AsArray();
        var free = all.Select(p => $"{(string?)p!["cluster"]}/{(string?)p["namespace"]}/{(string?)p["name"]}").Where(p => p != "eu-west/payments/fraud-scores").ToList();
        var chosen = free.Contains(name) ? name : free[0];
        await RegisterAsync(demo, chosen, null);
        var first = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", new { kind = "savepoint", pipeline = chosen }, HttpStatusCode.Created);

        var refused = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", new { kind = "savepoint", pipeline = chosen }, HttpStatusCode.Conflict);
        ((string?)refused["activeOperation"]).ShouldBe((string?)first["id"]);
        ((string?)refused["errors"]![0]!["field"]).ShouldBe("queue");
        var second = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", new { kind = "savepoint", pipeline = chosen, queue = true }, HttpStatusCode.Created);
        var third = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", new { kind = "savepoint", pipeline = chosen, queue = true }, HttpStatusCode.Created);
        ((string?)second["state"]).ShouldBe("queued");
        (await demo.PostAsync($"/api/v1/operations/{(string?)third["id"]}/cancel", null, Token)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        ((string?)(await demo.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{(string?)third["id"]}", Token))!["state"]).ShouldBe("notStarted");

        await Until.TrueAsync(async () => (string?)(await demo.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{(string?)second["id"]}", Token))!["state"] == "succeeded", "the queued savepoint to be taken", TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task GoLive_SomebodySaysNow_IsRecordedAndNotWaitedForAnyLonger()
    {
        using var demo = simulated.Host.WithToken();
        using var ada = Ada();
        // The others are for the other tests.
        var name = (await demo.GetFromJsonAsync<JsonObject>("/api/v1/pipelines?health=healthy&limit=1000", Token))!["items"]!.AsArray()
            .Where(p => (string?)p!["resource"] == "deployment").Select(p => $"{(string?)p!["cluster"]}/{(string?)p["namespace"]}/{(string?)p["name"]}").Last(p => p is not ("eu-west/payments/fraud-scores" or "eu-west/search/click-sessions" or "eu-west/growth/signup-funnel"));
        await RegisterAsync(demo, name, null);
        var manifest = (string)(await demo.GetFromJsonAsync<JsonObject>($"/api/v1/pipelines/{name}/revisions/1", Token))!["manifest"]!;
        var steady = System.Text.RegularExpressions.Regex.Replace(manifest, @"(?m)^(\s+parallelism: )(\d+)$", m => m.Groups[1].Value + (int.Parse(m.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture) + 1));
        var body = new { kind = "goLive", pipeline = name, manifest = steady };
        var plan = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations?plan=true", body);
        ((string?)plan["wait"]!["for"]).ShouldBe("somebody says so");

        var id = (string)(await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", body, HttpStatusCode.Created))["id"]!;
        async Task<JsonNode> FirstStepAsync() => (await demo.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{id}", Token))!["steps"]![0]!;
        await Until.TrueAsync(async () => (string?)(await FirstStepAsync())["message"] == "It waits for somebody to say so.", "the operation to wait", TimeSpan.FromSeconds(60));
        var said = await SendAsync(ada, HttpMethod.Post, $"/api/v1/operations/{id}/go-live", new { comment = "the numbers agree" });
        ((string?)said["guards"]!["goAhead"]!["by"]).ShouldBe("token:ada");

        await Until.TrueAsync(async () => (string?)(await FirstStepAsync())["state"] == "done", "the operation to go on", TimeSpan.FromSeconds(60));
        ((string?)(await FirstStepAsync())["message"]).ShouldBe("ada says: now.");
        ((string?)(await demo.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{id}", Token))!["guards"]!["goAhead"]!["comment"]).ShouldBe("the numbers agree");
        ((string)(await SendAsync(ada, HttpMethod.Post, $"/api/v1/operations/{id}/go-live", new { }, HttpStatusCode.Conflict))["detail"]!).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Freeze_EveryWeek_RefusesUntilItIsPassedOverOrEnded()
    {
        const string name = "eu-west/payments/fraud-scores";
        using var demo = simulated.Host.WithToken();
        var (yesterday, tomorrow) = (DateTime.UtcNow.AddDays(-1).DayOfWeek, DateTime.UtcNow.AddDays(2).DayOfWeek);
        var wrong = await SendAsync(demo, HttpMethod.Post, "/api/v1/freezes", new { name = "x", times = new { zone = "Nowhere", fromDay = "friday" }, cluster = "north" }, HttpStatusCode.UnprocessableEntity);
        wrong["errors"]!.AsArray().Select(e => (string?)e!["field"]).ShouldBe(["times.zone", "times.fromTime", "times.untilDay", "times.untilTime", "cluster"]);
        var made = await SendAsync(demo, HttpMethod.Post, "/api/v1/freezes", new
        {
            name = "Experiments rest",
            reason = "an exam",
            times = new { zone = "Europe/Berlin", fromDay = yesterday.ToString().ToLowerInvariant(), fromTime = "16:00:00", untilDay = tomorrow.ToString().ToLowerInvariant(), untilTime = "08:00:00" },
            tier = "experimental",
            mayLift = "the platform team",
            mayPass = true,
        }, HttpStatusCode.Created);
        var id = (string)made["window"]!["id"]!;
        made["now"].ShouldNotBeNull();
        (await demo.GetFromJsonAsync<JsonArray>("/api/v1/freezes", Token))!.Select(w => (string?)w!["window"]!["name"]).ShouldContain("Experiments rest");

        var other = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations?plan=true", new { kind = "suspend", pipeline = name });
        other["problems"]!.AsArray().Select(p => (string)p!).ShouldNotContain(p => p.Contains("Experiments rest", StringComparison.Ordinal));
        var free = (await demo.GetFromJsonAsync<JsonObject>("/api/v1/pipelines?health=healthy&cluster=us-east&limit=1000", Token))!["items"]!.AsArray().First(p => (string?)p!["kind"] != "sessionCluster")!;
        var frozen = $"us-east/{(string?)free["namespace"]}/{(string?)free["name"]}";
        await RegisterAsync(demo, frozen, null);
        await SendAsync(demo, HttpMethod.Put, $"/api/v1/pipelines/{frozen}/tier", new { tier = "experimental" });
        await Until.TrueAsync(async () => (await demo.GetFromJsonAsync<JsonArray>($"/api/v1/pipelines/{frozen}/freezes", Token))!.Count == 1, "the window to apply to the pipeline");

        var refused = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", new { kind = "suspend", pipeline = frozen }, HttpStatusCode.Conflict);
        ((string?)refused["type"]).ShouldBe("urn:sluice:problem:frozen");
        ((string)refused["detail"]!).ShouldContain("the platform team");
        ((string?)refused["errors"]![0]!["field"]).ShouldBe("freezeOverride");
        var plan = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations?plan=true", new { kind = "suspend", pipeline = frozen, freezeOverride = "an outage" });
        plan["problems"]!.AsArray().ShouldBeEmpty();

        (await SendAsync(demo, HttpMethod.Put, $"/api/v1/freezes/{id}", new { version = 7, window = made["window"] is JsonObject w ? new { name = "Other", times = w["times"]!.DeepClone() } : null }, HttpStatusCode.Conflict)).ShouldNotBeNull();
        await SendAsync(demo, HttpMethod.Post, $"/api/v1/freezes/{id}/end", new { why = "passed" });
        (await SendAsync(demo, HttpMethod.Post, "/api/v1/operations?plan=true", new { kind = "suspend", pipeline = frozen }))["guards"]!["freezes"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Git_ThenAForeignEdit_IsPatchedAndTakenOver()
    {
        const string name = "eu-west/growth/signup-funnel";
        using var demo = simulated.Host.WithToken();
        await RegisterAsync(demo, name, "growth");
        ((string?)(await SendAsync(demo, HttpMethod.Put, $"/api/v1/pipelines/{name}/git", new { repository = " ", path = "x" }, HttpStatusCode.UnprocessableEntity))["errors"]![0]!["field"]).ShouldBe("repository");
        await SendAsync(demo, HttpMethod.Put, $"/api/v1/pipelines/{name}/git", new { repository = "https://git.example.org/jobs", path = "growth/signup-funnel.yaml" });
        var manifest = (await demo.GetStringAsync($"/api/v1/pipelines/{name}/manifest", Token)).Replace("2.5.3", "2.5.4", StringComparison.Ordinal);

        var upgrade = new { kind = "upgrade", pipeline = name, manifest };
        var refused = await SendAsync(demo, HttpMethod.Post, "/api/v1/operations", upgrade, HttpStatusCode.Conflict);
        ((string?)refused["type"]).ShouldBe("urn:sluice:problem:managed-in-git");
        using (var diff = await demo.PostAsJsonAsync("/api/v1/operations/patch", upgrade, Token))
            (await diff.Content.ReadAsStringAsync(Token)).ShouldStartWith("--- a/growth/signup-funnel.yaml");
        using (var yaml = await demo.PostAsJsonAsync("/api/v1/operations/patch?format=yaml", upgrade, Token))
            (await yaml.Content.ReadAsStringAsync(Token)).ShouldContain("2.5.4");

        var key = new PipelineKey("eu-west", "growth", "signup-funnel");
        await simulated.Host.Services.GetRequiredService<IClusterDirectory>().Api("eu-west")!.PatchAsync(key.KubernetesResource, key.Namespace, key.Name,
            new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["flinkConfiguration"] = new JsonObject { ["taskmanager.numberOfTaskSlots"] = "3" } } }), new KubernetesWrite(), Token);
        var drift = (await demo.GetFromJsonAsync<JsonObject>($"/api/v1/pipelines/{name}/revisions/drift", Token))!;
        drift["differences"]!.AsArray().ShouldNotBeEmpty();
        var back = await SendAsync(demo, HttpMethod.Post, $"/api/v1/pipelines/{name}/revisions/put-back?plan=true", new { });
        back["problems"]!.AsArray().Select(p => (string)p!).ShouldContain(p => p.Contains("managed in Git", StringComparison.Ordinal));
        ((string?)(await SendAsync(demo, HttpMethod.Post, $"/api/v1/pipelines/{name}/revisions/take-over", new { }, HttpStatusCode.UnprocessableEntity))["errors"]![0]!["field"]).ShouldBe("reason");
        var taken = await SendAsync(demo, HttpMethod.Post, $"/api/v1/pipelines/{name}/revisions/take-over", new { reason = "as in Git", generation = (long)drift["generation"]! }, HttpStatusCode.Created);
        ((int)taken["number"]!).ShouldBe(2);
        (await demo.GetFromJsonAsync<JsonObject>($"/api/v1/pipelines/{name}/revisions/drift", Token))!["differences"]!.AsArray().ShouldBeEmpty();
        using var gone = await demo.DeleteAsync($"/api/v1/pipelines/{name}/git", Token);
        JsonNode.Parse(await gone.Content.ReadAsStringAsync(Token))!["git"].ShouldBeNull();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private HttpClient Ada()
    {
        var client = simulated.Host.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SimulatedClusters.AdasToken);
        return client;
    }

    private static async Task RegisterAsync(HttpClient client, string pipeline, string? team)
    {
        var row = (await client.GetFromJsonAsync<JsonObject>($"/api/v1/pipelines/{pipeline}", Token))!;
        if ((bool)row["registered"]!) return;
        // Teams come from the labels of namespaces, which are read soon after the start.
        await Until.TrueAsync(async () =>
        {
            using var answer = await client.PostAsJsonAsync($"/api/v1/pipelines/{pipeline}/adopt", new { team = team ?? (string?)row["team"] }, Token);
            return answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict;
        }, $"{pipeline} to be adopted");
    }

    private static async Task<JsonObject> SendAsync(HttpClient client, HttpMethod method, string path, object body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var message = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var answer = await client.SendAsync(message, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        answer.StatusCode.ShouldBe(expected, text);
        return (JsonObject)JsonNode.Parse(text)!;
    }
}
