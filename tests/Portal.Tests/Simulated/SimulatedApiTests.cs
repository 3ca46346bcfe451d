using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Testing;
using Xunit;

namespace Sluice.Portal.Tests.Simulated;

/// <summary>The API on clusters, operators and JobManagers that speak the real protocols.</summary>
[Collection(nameof(SimulatedClusters))]
public sealed class SimulatedApiTests(SimulatedClusters simulated)
{
    private const string Failing = "/api/v1/pipelines/eu-west/payments/iban-checks";
    private const string Running = "/api/v1/pipelines/eu-west/payments/fraud-scores";

    private const string New = """
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkDeployment
        metadata: {name: api-made, namespace: payments}
        spec:
          # kept
          image: flink:1.20
          flinkVersion: v1_20
          jobManager: {resource: {memory: 1g, cpu: 1}}
          taskManager: {resource: {memory: 1g, cpu: 1}}
          job: {jarURI: local:///opt/job.jar, parallelism: 1, upgradeMode: stateless}
        """;

    [Fact]
    public async Task Clusters_Connected_SayWhatTheyAre()
    {
        using var client = simulated.Host.WithToken();

        var clusters = (await client.GetFromJsonAsync<JsonArray>("/api/v1/clusters", Token))!;

        clusters.Select(c => (string?)c!["name"]).ShouldBe(["eu-west", "us-east"]);
        clusters[0]!["flinkKinds"]!.AsArray().Select(k => (string?)k).ShouldContain("FlinkStateSnapshot");
        clusters[1]!["flinkKinds"]!.AsArray().Select(k => (string?)k).ShouldNotContain("FlinkStateSnapshot");
    }

    [Fact]
    public async Task Teams_OfLabelledNamespaces_AreTheLabels()
    {
        using var client = simulated.Host.WithToken();

        await Until.TrueAsync(async () =>
        {
            var teams = (await client.GetFromJsonAsync<JsonArray>("/api/v1/teams", Token))!;
            return teams.FirstOrDefault(t => (string?)t!["name"] == "payments")?["namespaces"]!.AsArray().Count == 2;
        }, "team payments to own its namespace on both clusters");
    }

    [Fact]
    public async Task Verdict_OfAnImageThatIsNotThere_NamesTheImage()
    {
        using var client = simulated.Host.WithToken();

        await Until.TrueAsync(async () => (await client.GetStringAsync(Failing + "/verdict", Token)).Contains("iban-checks:2.4.1-does-not-exist", StringComparison.Ordinal), "the verdict to name the image");
    }

    [Fact]
    public async Task Log_Followed_SendsLinesAsTheyCome()
    {
        using var client = simulated.Host.WithToken();
        var pods = (await client.GetFromJsonAsync<JsonArray>(Running + "/pods", Token))!;
        var pod = (string)pods.First(p => (string?)p!["component"] == "jobmanager")!["name"]!;

        using var answer = await client.GetAsync($"{Running}/pods/{pod}/log?follow=true&tail=5", HttpCompletionOption.ResponseHeadersRead, Token);

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync(Token)).EnumerateAsync(Token))
        {
            item.EventType.ShouldBe("line");
            ((string?)JsonNode.Parse(item.Data)!["text"]).ShouldNotBeNullOrEmpty();
            break;
        }
    }

    [Fact]
    public async Task Stop_WithStreamsOpen_TakesLessThanFiveSeconds()
    {
        var portal = await simulated.StartReplicaAsync();
        using var client = portal.Client();
        using var stream = await client.GetAsync("api/v1/stream", HttpCompletionOption.ResponseHeadersRead, Token);
        var begun = System.Diagnostics.Stopwatch.StartNew();

        await portal.DisposeAsync();

        begun.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Validate_New_IsFilledWithTheDefaultsAndSaysWhoseTheyAre()
    {
        using var client = simulated.Host.WithToken();

        var answer = await PostAsync(client, "/api/v1/pipelines/validate", new { cluster = "eu-west", manifest = New });

        ((bool)answer["schemaKnown"]!).ShouldBeTrue();
        ((string)answer["manifest"]!).ShouldContain("# kept");
        ((string)answer["manifest"]!).ShouldContain("serviceAccount: flink");
        ((string?)answer["values"]!.AsArray().Single(v => (string?)v!["path"] == "spec.serviceAccount")!["origin"]).ShouldBe("organisation");
        ((string?)answer["values"]!.AsArray().Single(v => (string?)v!["path"] == "spec.image")!["origin"]).ShouldBe("you");
    }

    [Fact]
    public async Task DryRun_RefusedByTheOperatorsWebhook_IsAnAnswerThatSaysSo()
    {
        using var client = simulated.Host.WithToken();

        var good = await PostAsync(client, "/api/v1/pipelines/dry-run", new { cluster = "eu-west", manifest = New });
        var bad = await PostAsync(client, "/api/v1/pipelines/dry-run", new { cluster = "eu-west", manifest = New.Replace("parallelism: 1", "parallelism: many", StringComparison.Ordinal) });

        ((bool)good["acceptedByServer"]!).ShouldBeTrue(good.ToJsonString());
        ((bool)bad["refused"]!).ShouldBeTrue();
        bad["problems"]!.AsArray().Select(p => (string?)p!["path"]).ShouldContain("spec.job.parallelism");
    }

    [Fact]
    public async Task Plan_OfARestart_SaysWhatTheOperatorWillDoAndWhatItCosts()
    {
        using var client = simulated.Host.WithToken();
        (await PostAsync(client, "/api/v1/pipelines/eu-west/payments/fraud-scores/adopt", new { team = "payments" })).ShouldNotBeNull();

        var plan = await PostAsync(client, "/api/v1/operations?plan=true", new { kind = "restart", pipeline = "eu-west/payments/fraud-scores" });

        plan["problems"]!.AsArray().ShouldBeEmpty(plan.ToJsonString());
        ((string?)plan["classification"]!["class"]).ShouldBe("upgrade");
        ((string?)plan["classification"]!["effect"]).ShouldBe("restarts");
        ((string?)plan["classification"]!["operatorTerm"]).ShouldBe("UPGRADE");
        ((string?)plan["classification"]!["mode"]).ShouldBe("savepoint");
        plan["classification"]!["reasons"]!.AsArray().Select(r => (string?)r!["path"]).ShouldContain("restartNonce");
        ((string?)plan["state"]!["source"]).ShouldBe("newSavepoint");
        plan["state"]!["checks"]!.AsArray().Select(c => (string?)c!["result"]).ShouldContain("holds");
        ((double?)plan["prediction"]!["replayed"]!["value"]).ShouldBe(0);
        ((double?)plan["prediction"]!["inputRate"]).ShouldNotBeNull(plan.ToJsonString()).ShouldBeGreaterThan(0);
        ((string?)plan["prediction"]!["pauseWhy"]).ShouldNotBeNullOrEmpty();
    }

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
