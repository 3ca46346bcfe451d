using System.Net;
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

/// <summary>Somebody changes a spec beside Sluice; over the API it is put back, and what is changed again is taken over.</summary>
[Collection(nameof(SimulatedClusters))]
public sealed class DriftTests(SimulatedClusters simulated)
{
    private const string Name = "eu-west/growth/signup-funnel";
    private static readonly PipelineKey Key = new("eu-west", "growth", "signup-funnel");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Drift_OfAChangeByHand_IsPutBackAndTheNextOneTakenOver()
    {
        using var client = simulated.Host.WithToken();
        await Until.TrueAsync(async () =>
        {
            using var adopted = await client.PostAsJsonAsync($"/api/v1/pipelines/{Name}/adopt", new { team = "growth" }, Token);
            return adopted.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict;
        }, "the pipeline to be adopted");
        (await DriftAsync(client))["differences"]!.AsArray().ShouldBeEmpty();

        await EditAsync("3");
        var drift = await DriftAsync(client);
        var difference = drift["differences"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)difference["path"], (string?)difference["actual"]).ShouldBe(("flinkConfiguration.taskmanager.numberOfTaskSlots", "3"));
        var generation = (long)drift["generation"]!;
        var plan = await SendAsync(client, "put-back?plan=true", new { generation });
        plan["problems"]!.AsArray().ShouldBeEmpty();
        ((string)plan["change"]!).ShouldContain("-    taskmanager.numberOfTaskSlots: \"3\"");

        var operation = await SendAsync(client, "put-back", new { generation, reason = "only Sluice changes it" }, HttpStatusCode.Created);
        ((string?)operation["kind"]).ShouldBe("upgrade");
        JsonObject? ended = null;
        await Until.TrueAsync(async () => (string?)(ended = await client.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{(string?)operation["id"]}", Token))!["state"] is not ("pending" or "running"),
            () => $"it to be put back: {ended?["message"]}", TimeSpan.FromSeconds(90));
        ((string?)ended!["state"]).ShouldBe("succeeded", ended.ToJsonString());
        (await DriftAsync(client))["differences"]!.AsArray().ShouldBeEmpty();
        ((int)(await DriftAsync(client))["revision"]!).ShouldBe(2);

        await EditAsync("4");
        drift = await DriftAsync(client);
        (await SendAsync(client, "put-back?plan=true", new { generation }))["problems"]!.AsArray().Select(p => (string)p!).ShouldContain(p => p.Contains("changed the deployment", StringComparison.Ordinal), "what was looked at is old");
        var taken = await SendAsync(client, "take-over", new { reason = "it is right", generation = (long)drift["generation"]! }, HttpStatusCode.Created);
        ((int)taken["number"]!).ShouldBe(3);
        ((string)taken["manifest"]!).ShouldContain("taskmanager.numberOfTaskSlots: \"4\"");
        (await DriftAsync(client))["differences"]!.AsArray().ShouldBeEmpty();
    }

    private static async Task<JsonObject> DriftAsync(HttpClient client) => (await client.GetFromJsonAsync<JsonObject>($"/api/v1/pipelines/{Name}/revisions/drift", Token))!;

    private Task<JsonObject> EditAsync(string slots) => simulated.Host.Services.GetRequiredService<IClusterDirectory>().Api("eu-west")!.PatchAsync(Key.KubernetesResource, Key.Namespace, Key.Name,
        new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["flinkConfiguration"] = new JsonObject { ["taskmanager.numberOfTaskSlots"] = slots } } }), new KubernetesWrite(), Token);

    private static async Task<JsonObject> SendAsync(HttpClient client, string path, object body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await client.PostAsJsonAsync($"/api/v1/pipelines/{Name}/revisions/{path}", body, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        answer.StatusCode.ShouldBe(expected, text);
        return (JsonObject)JsonNode.Parse(text)!;
    }
}
