using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;
using Sluice.Testing.Processes;

namespace Sluice.Contract.Tests.Portal;

/// <summary>Two portals with one database on the same simulated clusters. Requests go to whichever answers.</summary>
internal sealed class PortalPair : IAsyncDisposable
{
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(5);
    private readonly DataDirectory _data = new();
    private readonly string _log = Path.GetTempFileName();
    private readonly HttpClient _control = new();
    private readonly SimulatorProcess _simulator;
    private readonly PortalProcess?[] _portals = new PortalProcess?[2];

    private PortalPair(SimulatorProcess simulator) => _simulator = simulator;

    public static async Task<PortalPair> StartAsync()
    {
        var pair = new PortalPair(await SimulatorProcess.StartAsync("empty", speed: 60));
        try
        {
            foreach (var cluster in (string[])["eu-west", "us-east"]) await KillWorld.PrepareAsync(pair.Connect(cluster));
            for (var i = 0; i < 2; i++) pair.Launch(i);
            await pair.ReadyAsync();
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }

        return pair;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var portal in _portals)
            if (portal is not null) await portal.DisposeAsync();
        await _simulator.DisposeAsync();
        _control.Dispose();
        _data.Dispose();
        File.Delete(_log);
    }

    public void Launch(int index) => _portals[index] = PortalProcess.Launch(_simulator.Kubeconfig, _data.Path, KillWorld.Settings(_log, null));

    public async Task KillAsync(int index)
    {
        if (Interlocked.Exchange(ref _portals[index], null) is not { } portal) return;
        await portal.KillAsync();
        await portal.DisposeAsync();
    }

    public async Task FreezeAsync(int index, TimeSpan time)
    {
        if (_portals[index] is not { } portal) return;
        await SignalAsync("-STOP", portal);
        await Task.Delay(time);
        await SignalAsync("-CONT", portal);
    }

    public async Task ReadyAsync()
    {
        foreach (var portal in _portals)
        {
            if (portal is null) continue;
            using var client = portal.Client();
            await portal.WaitAsync("ready", TimeSpan.FromSeconds(90), async () => await SendAsync(client, new HttpRequestMessage(HttpMethod.Get, "readyz")) is { Code: HttpStatusCode.OK });
        }
    }

    /// <summary>Every boundary that the portals passed, in order.</summary>
    public IReadOnlyList<StepLine> Steps() => [.. File.ReadAllLines(_log).Select(l => l.Split(' ')).Where(l => l.Length == 6)
        .Select(l => new StepLine(l[0], l[1], l[2], l[3], long.Parse(l[4], CultureInfo.InvariantCulture), int.Parse(l[5], CultureInfo.InvariantCulture)))];

    /// <summary>Asks for an operation until a portal has taken the request.</summary>
    public async Task<string> StartAsync(JsonObject body, string key, TimeSpan limit)
    {
        var answer = await AskAsync(() => new HttpRequestMessage(HttpMethod.Post, "api/v1/operations")
        {
            Headers = { { "Idempotency-Key", key } },
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        }, a => a.Code is HttpStatusCode.Created or HttpStatusCode.Conflict, limit);
        // Also where a portal was killed between recording the operation and its key.
        return (string?)answer["id"] ?? throw new InvalidOperationException(answer.ToJsonString());
    }

    /// <summary>Waits until the operation needs no more waiting for.</summary>
    public async Task<JsonNode> EndedAsync(string id, TimeSpan limit) => await AskAsync(
        () => new HttpRequestMessage(HttpMethod.Get, "api/v1/operations/" + id),
        a => a.Code == HttpStatusCode.OK && ((string)a.Body!["state"]!).ToLowerInvariant() is not ("pending" or "running"), limit);

    /// <summary>What there is: savepoints taken by the jobs, revisions, and whether the job runs.</summary>
    public async Task<(int Savepoints, int Revisions, bool Runs)> CountAsync(string cluster, string pipeline)
    {
        var revisions = await AskAsync(() => new HttpRequestMessage(HttpMethod.Get, $"api/v1/pipelines/{cluster}/{KillScript.Namespace}/{pipeline}/revisions"), a => a.Code == HttpStatusCode.OK, TimeSpan.FromMinutes(1));
        using var kubernetes = Connect(cluster);
        var resource = await kubernetes.GetAsync(KubernetesResource.FlinkDeployments, KillScript.Namespace, pipeline, default);
        return (await KillWorld.SavepointsAsync(_control, _simulator, cluster, pipeline), revisions.AsArray().Count, (string?)resource["status"]?["jobStatus"]?["state"] == "RUNNING");
    }

    private async Task<JsonNode> AskAsync(Func<HttpRequestMessage> request, Func<(HttpStatusCode Code, JsonNode? Body), bool> enough, TimeSpan limit)
    {
        (HttpStatusCode, JsonNode?)? last = null;
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < limit; await Task.Delay(250))
        {
            foreach (var portal in _portals)
            {
                if (portal is null) continue;
                using var client = portal.Client();
                if (await SendAsync(client, request()) is not { } answer) continue;
                last = answer;
                if (enough(answer)) return answer.Body!;
            }
        }

        throw new TimeoutException($"{request().RequestUri} after {limit}: {last}");
    }

    private static async Task<(HttpStatusCode Code, JsonNode? Body)?> SendAsync(HttpClient client, HttpRequestMessage request)
    {
        using var limit = new CancellationTokenSource(Answer);
        try
        {
            using (request)
            using (var answer = await client.SendAsync(request, limit.Token))
            {
                var text = await answer.Content.ReadAsStringAsync(limit.Token);
                return (answer.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : null);
            }
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // Killed, frozen or not up yet: the other one, or the next time.
            return null;
        }
    }

    private static async Task SignalAsync(string signal, PortalProcess portal)
    {
        using var process = Process.Start("kill", [signal, portal.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
    }

    private KubernetesApi Connect(string cluster) => new(cluster, Kubeconfig.Load(_simulator.Kubeconfig, cluster, new KubeconfigOptions()), TimeProvider.System);
}
