using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sluice.Testing.Processes;

namespace Sluice.Testing.Bulk;

/// <summary>A simulated fleet whose pipelines the portal has adopted, and one upgrade over all of them of which a share cannot start. The portal is a process, so that it can be killed.</summary>
public sealed class BulkScene : IAsyncDisposable
{
    /// <summary>The tag to which everything is upgraded.</summary>
    public const string Tag = "9.9.9";

    private readonly SimulatorProcess _simulator;
    private readonly DataDirectory _data = new();
    private readonly HttpClient _control = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Action<string> _say;
    private HttpClient _client = new();

    private BulkScene(SimulatorProcess simulator, Action<string> say) => (_simulator, _say) = (simulator, say);

    /// <summary>The portal now; another one after a restart, at the same address.</summary>
    public PortalProcess Portal { get; private set; } = null!;

    /// <summary>The pipelines, as <c>cluster/namespace/name</c>.</summary>
    public IReadOnlyList<string> Pipelines { get; private set; } = [];

    /// <summary>Starts so many pipelines on so many clusters, and adopts them.</summary>
    public static async Task<BulkScene> StartAsync(int pipelines, int clusters, double speed, Action<string> say)
    {
        // Some of a large fleet are suspended, or session clusters: a few more than are wanted.
        string[] options = ["--pipelines", Text(pipelines + Math.Max(12, pipelines / 8)), "--clusters", Text(clusters), "--change-rate", "0", "--incidents", "none"];
        var scene = new BulkScene(await SimulatorProcess.StartAsync("scale", speed, 5, options), say);
        try
        {
            await scene.LaunchAsync(null);
            await scene.AdoptAsync(pipelines);
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on so many of a hundred do not survive the new version, always the same ones; 0 heals it.</summary>
    public Task FailAsync(double percent) => ScenarioAsync("start-failures", new { percent, image = ":" + Tag });

    /// <summary>Records and starts the upgrade.</summary>
    public async Task<string> UpgradeAsync(object waves, object halt)
    {
        var answer = await PostAsync("/bulk", new { kind = "upgrade", pipelines = Pipelines, change = new { imageTag = Tag }, reason = "bulk test", waves, halt });
        return (string)answer["run"]!["id"]!;
    }

    /// <summary>SIGKILL in the middle of whatever it does, and a new process on what it left behind.</summary>
    public async Task RestartAsync()
    {
        await Portal.KillAsync();
        var port = Portal.Url.Port;
        await Portal.DisposeAsync();
        var clock = Stopwatch.StartNew();
        await LaunchAsync(port);
        Say($"portal killed, ready again after {clock.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>Waits until the run rests in one of these states; halts are said and counted.</summary>
    public async Task<string> RestsAsync(string id, TimeSpan limit)
    {
        var state = "";
        await Until.TrueAsync(async () => (state = (string)(await GetAsync("/bulk/" + id))["run"]!["state"]!) is "halted" or "finished" or "cancelled", () => $"run {id} to rest, it is {state}", limit);
        return state;
    }

    /// <summary>The account of a run: how many are in which state.</summary>
    public async Task<IReadOnlyDictionary<string, int>> AccountAsync(string id)
    {
        var waves = (await GetAsync("/bulk/" + id))["waves"]!.AsArray();
        return new[] { "pending", "running", "waiting", "succeeded", "failed", "skipped" }.ToDictionary(s => s, s => waves.Sum(w => (int)w![s]!));
    }

    /// <summary>The items of a run.</summary>
    public async Task<IReadOnlyList<JsonNode>> ItemsAsync(string id) => [.. (await GetAsync($"/bulk/{id}/items?limit=5000"))["items"]!.AsArray().Select(i => i!)];

    /// <summary>What the portal's index says of each pipeline, by address.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> RowsAsync()
    {
        var all = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        for (var offset = 0; ; offset += 1000)
        {
            var page = await GetAsync($"/pipelines?limit=1000&offset={Text(offset)}");
            foreach (var row in page["items"]!.AsArray()) if ((string)row!["resource"]! == "deployment") all[Address(row)] = row;
            if (offset + 1000 >= (int)page["matching"]!) return all;
        }
    }

    /// <summary>Reads JSON of the API.</summary>
    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await _client.GetAsync("api/v1" + path);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"GET {path}: {(int)answer.StatusCode} {text}");
    }

    /// <summary>Sends JSON to the API.</summary>
    public async Task<JsonNode> PostAsync(string path, object? body = null)
    {
        using var answer = await _client.PostAsJsonAsync("api/v1" + path, body ?? new { });
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"POST {path}: {(int)answer.StatusCode} {text}");
    }

    /// <summary>A line of the account, with the time since the start.</summary>
    public void Say(string line) => _say(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,7:0.0} s  {line}"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _control.Dispose();
        if (Portal is not null) await Portal.DisposeAsync();
        await _simulator.DisposeAsync();
        _data.Dispose();
    }

    private async Task LaunchAsync(int? port)
    {
        // The simulated world runs faster than the clock, and so do the waits.
        var settings = new Dictionary<string, string?> { ["Sluice__Operations__ErrorPatience"] = "00:00:02", ["Sluice__Operations__Poll"] = "00:00:00.500" };
        Portal = await PortalProcess.StartAsync(_simulator.Kubeconfig, _data.Path, settings, port);
        _client.Dispose();
        _client = Portal.Client();
    }

    private async Task AdoptAsync(int count)
    {
        var healthy = new List<JsonNode>();
        await Until.TrueAsync(async () =>
        {
            healthy = [.. (await RowsAsync()).Values.Where(r => (string)r["health"]! == "healthy" && (string)r["kind"]! != "sessionCluster")];
            return healthy.Count >= count;
        }, () => $"{count} healthy pipelines, there are {healthy.Count}", TimeSpan.FromMinutes(2));
        var chosen = healthy.OrderBy(Address, StringComparer.Ordinal).Take(count).ToList();
        var teams = new Dictionary<string, string>();
        await Until.TrueAsync(async () =>
        {
            foreach (var team in (await GetAsync("/teams")).AsArray())
                foreach (var home in team!["namespaces"]!.AsArray()) teams[$"{home!["cluster"]}/{home["namespace"]}"] = (string)team["name"]!;
            return chosen.All(c => teams.ContainsKey($"{c["cluster"]}/{c["namespace"]}"));
        }, "every namespace to have a team", TimeSpan.FromMinutes(2));
        await Parallel.ForEachAsync(chosen, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (row, _) =>
            await PostAsync($"/pipelines/{Address(row)}/adopt", new { team = teams[$"{row["cluster"]}/{row["namespace"]}"] }));
        Pipelines = [.. chosen.Select(Address)];
        await Until.TrueAsync(async () => await RowsAsync() is var rows && Pipelines.All(p => (bool)rows[p]["registered"]!), "all to be registered", TimeSpan.FromMinutes(1));
        Say($"{Pipelines.Count} pipelines of {chosen.Select(c => (string)c["cluster"]!).Distinct().Count()} clusters and {teams.Values.Distinct().Count()} teams adopted");
    }

    private async Task ScenarioAsync(string name, object body)
    {
        using var answer = await _control.PostAsJsonAsync($"{_simulator.Ready["control"]}/scenarios/{name}", body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{name}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static string Address(JsonNode row) => $"{row["cluster"]}/{row["namespace"]}/{row["name"]}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
