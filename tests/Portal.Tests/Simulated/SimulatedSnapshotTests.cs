using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Domain.Snapshots;
using Sluice.Testing;
using Xunit;

namespace Sluice.Portal.Tests.Simulated;

/// <summary>The catalogue over the API, on an operator of each generation: taken, catalogued, kept, put into quarantine, brought back, disposed of.</summary>
[Collection(nameof(SimulatedClusters))]
public sealed class SimulatedSnapshotTests(SimulatedClusters simulated)
{
    [Fact]
    public Task Life_OfSavepoints_IsInTheCatalogue() => Task.WhenAll(LiveAsync("eu-west", "payments", "chargeback-alerts"), LiveAsync("us-east", "search", "query-logs"));

    private async Task LiveAsync(string cluster, string ns, string name)
    {
        using var client = simulated.Host.WithToken();
        var at = $"/api/v1/pipelines/{cluster}/{ns}/{name}";
        await Until.TrueAsync(async () => (await client.PostAsJsonAsync(at + "/adopt", new { team = ns }, Token)).StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.Conflict, "it to be adopted");
        var paths = new List<string>();
        for (var i = 0; i < 2; i++) paths.Add(await SavepointAsync(client, $"{cluster}/{ns}/{name}"));

        // By the worker, not by asking.
        await Until.TrueAsync(async () => (await ListAsync(client, at)).Count(s => paths.Contains(Path(s)) && (string?)s["snapshot"]!["origin"] == "operation") == 2, "both to be catalogued with their origin", TimeSpan.FromSeconds(60));
        await Until.TrueAsync(async () => (await ListAsync(client, at, look: true)).Any(s => paths.Contains(Path(s)) && s["snapshot"]!["size"] is not null), "the size of the newest to be known", TimeSpan.FromSeconds(60));
        var rows = await ListAsync(client, at);
        var (old, newest) = (rows.Single(s => Path(s) == paths[0]), rows.Single(s => Path(s) == paths[1]));
        ((string?)newest["inUse"]).ShouldNotBeNull();
        ((string?)newest["obstacle"])!.ShouldContain("in use");

        // Refusals.
        (await StatusAsync(client.PostAsJsonAsync($"{at}/snapshots/{Id(newest)}/dispose", new { }, Token))).ShouldBe(HttpStatusCode.Conflict);
        (await StatusAsync(client.PostAsJsonAsync($"{at}/snapshots/{Guid.NewGuid()}/dispose", new { }, Token))).ShouldBe(HttpStatusCode.NotFound);
        (await StatusAsync(client.PostAsJsonAsync($"{at}/snapshots/{Id(old)}/undo", new { }, Token))).ShouldBe(HttpStatusCode.Conflict);
        (await StatusAsync(client.PostAsJsonAsync($"{at}/snapshots/{Id(old)}/dispose", new { quarantine = "P100D" }, Token))).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await StatusAsync(client.PostAsJsonAsync("/api/v1/operations", new { kind = "disposeSnapshot", pipeline = $"{cluster}/{ns}/{name}", snapshotPath = paths[0] }, Token))).ShouldBe(HttpStatusCode.Conflict);

        // Quarantine, and back.
        var plan = (await (await client.PostAsJsonAsync($"{at}/snapshots/{Id(old)}/dispose?plan=true", new { }, Token)).Content.ReadFromJsonAsync<JsonObject>(Token))!;
        ((string?)plan["sentence"])!.ShouldContain("goes into quarantine");
        plan["problems"]!.AsArray().ShouldBeEmpty(plan.ToJsonString());
        var quarantined = await (await client.PostAsJsonAsync($"{at}/snapshots/{Id(old)}/dispose", new { reason = "not needed" }, Token)).Content.ReadFromJsonAsync<JsonObject>(Token);
        ((string?)quarantined!["state"]).ShouldBe("quarantined");
        (await StatusAsync(client.PostAsJsonAsync($"{at}/snapshots/{Id(old)}/undo", new { }, Token))).ShouldBe(HttpStatusCode.OK);

        // And away: the worker begins the operation when the quarantine is over.
        (await StatusAsync(client.PostAsJsonAsync($"{at}/snapshots/{Id(old)}/dispose", new { quarantine = "PT0S" }, Token))).ShouldBe(HttpStatusCode.OK);
        var seen = "";
        await Until.TrueAsync(async () =>
        {
            var entry = (await ListAsync(client, at)).Single(s => Path(s) == paths[0]);
            seen = entry.ToJsonString();
            return (string?)entry["snapshot"]!["state"] == "disposed";
        }, () => $"it to be disposed of; last seen as {seen}", TimeSpan.FromSeconds(90));
        // The catalogue is its last step, not its end.
        await Until.TrueAsync(async () => await DisposalsAsync("succeeded") == 1, "the disposal to have ended", TimeSpan.FromSeconds(60));
        (await DisposalsAsync(null)).ShouldBe(1);

        async Task<int> DisposalsAsync(string? state) => (await client.GetFromJsonAsync<JsonArray>($"/api/v1/operations?pipeline={cluster}/{ns}/{name}", Token))!
            .Count(o => (string?)o!["kind"] == "disposeSnapshot" && (state is null || (string?)o["state"] == state));
    }

    [Fact]
    public async Task Policies_SetAndPreviewed_AreKeptAndFollowed()
    {
        using var client = simulated.Host.WithToken();
        const string at = "/api/v1/pipelines/eu-west/payments/card-velocity";
        (await StatusAsync(client.GetAsync(at + "/snapshots", Token))).ShouldBe(HttpStatusCode.NotFound);
        await Until.TrueAsync(async () => (await client.PostAsJsonAsync(at + "/adopt", new { team = "payments" }, Token)).IsSuccessStatusCode, "it to be adopted");

        var preview = await (await client.PutAsJsonAsync(at + "/snapshots/schedule?preview=true", new { schedule = new { cron = "0 2 * * *", zone = "Europe/Berlin", jitter = "PT10M" } }, Token)).Content.ReadFromJsonAsync<JsonArray>(Token);
        preview!.Count.ShouldBe(5);
        using var wrong = await client.PutAsJsonAsync(at + "/snapshots/schedule", new { schedule = new { cron = "61 2 * * *" } }, Token);
        wrong.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await wrong.Content.ReadAsStringAsync(Token)).ShouldSatisfyAllConditions(t => t.ShouldContain("minute: 0 to 59"), t => t.ShouldContain("schedule.cron"));
        (await StatusAsync(client.PutAsJsonAsync(at + "/snapshots/retention", new { rule = new { keepNewest = 0 } }, Token))).ShouldBe(HttpStatusCode.UnprocessableEntity);

        var set = await (await client.PutAsJsonAsync(at + "/snapshots/schedule", new { schedule = new { cron = "0 2 * * *" } }, Token)).Content.ReadFromJsonAsync<JsonObject>(Token);
        ((int?)set!["version"]).ShouldBe(1);
        (await StatusAsync(client.PutAsJsonAsync(at + "/snapshots/retention", new { rule = new { keepNewest = 1, keepFor = "P7D" }, version = 0 }, Token))).ShouldBe(HttpStatusCode.Conflict);
        (await StatusAsync(client.PutAsJsonAsync(at + "/snapshots/retention", new { rule = new { keepNewest = 1, quarantine = "P2D" }, version = 1 }, Token))).ShouldBe(HttpStatusCode.OK);

        // As if it were two o'clock.
        var now = DateTimeOffset.UtcNow;
        await simulated.Host.Services.GetRequiredService<ISnapshotStore>().ChangePolicyAsync(Guid.Parse((string)set["pipelineId"]!), p => p with { Next = new SnapshotTurn(now, now) }, Token);
        await Until.TrueAsync(async () => (await ListAsync(client, at)).Any(s => (string?)s["snapshot"]!["origin"] == "schedule"), "a savepoint by the timetable", TimeSpan.FromSeconds(90));
        var catalogue = (await client.GetFromJsonAsync<JsonObject>(at + "/snapshots", Token))!;
        catalogue["policy"]!["lastRun"]!["started"]!.GetValue<bool>().ShouldBeTrue(catalogue.ToJsonString());
        catalogue["nextTurns"]!.AsArray().Count.ShouldBe(5);
        (await StatusAsync(client.PutAsJsonAsync(at + "/snapshots/schedule", new { schedule = (object?)null }, Token))).ShouldBe(HttpStatusCode.OK);
        (await client.GetFromJsonAsync<JsonObject>(at + "/snapshots", Token))!["nextTurns"]!.AsArray().ShouldBeEmpty();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Path(JsonNode entry) => (string)entry["snapshot"]!["path"]!;

    private static string Id(JsonNode entry) => (string)entry["snapshot"]!["id"]!;

    private static async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        return answer.StatusCode;
    }

    private static async Task<IReadOnlyList<JsonNode>> ListAsync(HttpClient client, string at, bool look = false) =>
        [.. (await client.GetFromJsonAsync<JsonObject>($"{at}/snapshots{(look ? "?look=true" : "")}", Token))!["snapshots"]!.AsArray().OfType<JsonNode>()];

    private static async Task<string> SavepointAsync(HttpClient client, string pipeline)
    {
        JsonObject? operation = null;
        await Until.TrueAsync(async () =>
        {
            using var started = await client.PostAsJsonAsync("/api/v1/operations", new { kind = "savepoint", pipeline }, Token);
            if (started.StatusCode != HttpStatusCode.Created) return false;
            operation = await started.Content.ReadFromJsonAsync<JsonObject>(Token);
            return true;
        }, "the savepoint to be accepted", TimeSpan.FromSeconds(60));
        var id = (string)operation!["id"]!;
        await Until.TrueAsync(async () => (string?)(operation = await client.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{id}", Token))!["state"] is "succeeded" or "failed" or "waiting", "the savepoint to end", TimeSpan.FromSeconds(90));
        ((string?)operation!["state"]).ShouldBe("succeeded", operation.ToJsonString());
        return ((string)operation["message"]!)["Savepoint ".Length..];
    }
}
