using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Testing;
using Sluice.Testing.Processes;

namespace Sluice.Contract.Tests.Portal;

/// <summary>A pipeline whose operations wait, on portals that are killed.</summary>
internal sealed class HeldPipeline
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly KillWorld _world;
    private readonly string _cluster;
    private readonly string _name;
    private readonly List<string> _kills = [];
    private int _asked;
    private (int Savepoints, int Revisions) _before;
    private int _operations;

    private HeldPipeline(KillWorld world, string cluster, string name) => (_world, _cluster, _name) = (world, cluster, name);

    private string Path => $"{_cluster}/{KillScript.Namespace}/{_name}";

    public static async Task<HeldPipeline> DeployAsync(KillWorld world, string cluster, string name, string tier)
    {
        var pipeline = new HeldPipeline(world, cluster, name);
        await pipeline.DoneAsync("deploy", new { manifest = KillScript.Manifest(name, "100"), team = "kills", pipelineKind = "flinkJar", tier });
        (pipeline._before, pipeline._operations) = (await world.CountAsync(cluster, name, ""), await pipeline.CountAsync());
        return pipeline;
    }

    /// <summary>Asks for an operation, under one key until it was answered: what a caller does whose connection broke.</summary>
    public async Task<string> AskAsync(string kind, object more, string? state = null)
    {
        using var client = _world.Portal.Client();
        var body = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(more))!.AsObject();
        (body["kind"], body["pipeline"]) = (kind, Path);
        using var message = new HttpRequestMessage(HttpMethod.Post, "api/v1/operations") { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", $"{Path}-{_asked}" } } };
        var operation = await AnswerAsync(client, message);
        _asked++;
        if (state is not null) ((string?)operation["state"]).ShouldBe(state, operation.ToJsonString());
        return (string)operation["id"]!;
    }

    /// <summary>Asks for an operation and waits for its end.</summary>
    public async Task DoneAsync(string kind, object more)
    {
        var id = await AskAsync(kind, more);
        using var api = new PortalApi(_world.Portal);
        await api.SucceededAsync(id, Limit);
    }

    public async Task<string> ApproveAsync(string id)
    {
        using var ada = _world.Portal.Client(PortalProcess.Token + PortalProcess.SecondPerson);
        using var message = new HttpRequestMessage(HttpMethod.Post, $"api/v1/operations/{id}/approve") { Content = JsonContent.Create(new { comment = "seen" }) };
        return (string)(await AnswerAsync(ada, message))["id"]!;
    }

    /// <summary>Holds all of the cluster's critical pipelines for so long.</summary>
    public async Task<string> FreezeAsync(TimeSpan length)
    {
        using var api = new PortalApi(_world.Portal);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return (string)(await api.PostAsync("/freezes", new { name = $"Kept still for {length}", cluster = _cluster, tier = "critical", times = new { zone = "UTC", from = Wall(now.AddDays(-1)), until = Wall(now + length) } }))["window"]!["id"]!;
    }

    public async Task<string> EndFreezeAsync(string id)
    {
        using var api = new PortalApi(_world.Portal);
        await api.PostAsync($"/freezes/{id}/end", new { why = "it is over" });
        return id;
    }

    /// <summary>Something makes the portal kill itself where it was told to; the next one is told another place.</summary>
    public async Task DiesAsync(Func<Task<string>> provoke, string at, string? next)
    {
        try
        {
            await provoke();
        }
        catch (HttpRequestException)
        {
            // It died before it answered.
        }

        await DiesAsync(at, next);
    }

    public async Task DiesAsync(string at, string? next)
    {
        await _world.FollowedAsync(false, next);
        _kills.Add(at);
    }

    /// <summary>Kills the portal; the next one is started when something has happened.</summary>
    public async Task KillAsync(string at, string? next, Func<Task>? meanwhile = null)
    {
        await _world.FollowedAsync(true, next, meanwhile);
        _kills.Add(at);
    }

    public async Task ShouldBeAsync(string id, string state) => ((string?)(await GetAsync(id))["state"]).ShouldBe(state);

    public Task SaysAsync(string id, string words) => Until.TrueAsync(async () => ((string)(await GetAsync(id))["message"]!).Contains(words, StringComparison.Ordinal), $"{id} to say \u201c{words}\u201d", TimeSpan.FromSeconds(60));

    public async Task<string> LastStepAsync(string id) => (string)(await GetAsync(id))["steps"]!.AsArray()[^1]!["name"]!;

    /// <summary>When the job had been started that ran when it was planned. Older operators give each start the same id.</summary>
    public async Task<string?> JobPlannedForAsync(string id) => (string?)(await GetAsync(id))["plan"]!["baseline"]!["jobStartedAt"];

    /// <summary>What became of one that waited: how it ended, and what all operations since the deployment did.</summary>
    public async Task<KilledOperation> EndedAsync(string wait, string id, int savepoints, int revisions = 0, int operations = 1)
    {
        using var api = new PortalApi(_world.Portal);
        var ended = await api.EndedAsync(id, Limit);
        var (after, passed, count) = (await _world.CountAsync(_cluster, _name, ""), _world.Passed(id).ToList(), await CountAsync() - _operations);
        var twice = passed.Where(p => p.EndsWith(":Recorded", StringComparison.Ordinal)).CountBy(p => p).Count(p => p.Value > 1);
        var begun = passed.Count(p => p == "turn:Recorded");
        var once = (string?)ended["state"] == "succeeded" && twice == 0 && begun <= 1 && after.Revisions - _before.Revisions == revisions && count == operations;
        if (!once) KillWorld.Say($"{Path}, {wait}: {count} operations where {operations} were asked for, {after.Revisions - _before.Revisions} revisions, {twice} steps recorded twice, begun {begun} times\n  {ended.ToJsonString()}");
        var kills = _kills.ToList();
        return new KilledOperation(wait, kills, once, after.Savepoints - _before.Savepoints, savepoints, !await _world.RunsAsync(_cluster, _name));
    }

    private async Task<int> CountAsync()
    {
        using var api = new PortalApi(_world.Portal);
        return (await api.GetAsync($"/operations?pipeline={Path}")).AsArray().Count;
    }

    private async Task<JsonNode> GetAsync(string id)
    {
        using var api = new PortalApi(_world.Portal);
        return await api.GetAsync("/operations/" + id);
    }

    private static async Task<JsonNode> AnswerAsync(HttpClient client, HttpRequestMessage message)
    {
        using var answer = await client.SendAsync(message);
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBeOneOf([HttpStatusCode.OK, HttpStatusCode.Created], text);
        return JsonNode.Parse(text)!;
    }

    private static string Wall(DateTime at) => at.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
}
