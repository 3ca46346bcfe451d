using System.Text.Json.Nodes;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rig;

/// <summary>A portal with the probe in it and its data in a folder of its own.</summary>
internal sealed class RunningPortal : IAsyncDisposable
{
    private readonly DataDirectory _data = new();
    private readonly HttpClient _client;

    private RunningPortal(PortalProcess process, DataDirectory data, Probe probe)
    {
        (Process, _data, Probe) = (process, data, probe);
        _client = process.Client();
    }

    public PortalProcess Process { get; }

    public Probe Probe { get; }

    /// <summary>Starts it on the clusters and waits until it is ready.</summary>
    public static async Task<RunningPortal> StartAsync(SimulatorProcess simulator)
    {
        var (data, probe) = (new DataDirectory(), new Probe());
        var settings = new Dictionary<string, string?>(probe.Settings) { ["Logging__LogLevel__Default"] = "Warning" };
        return new(await PortalProcess.StartAsync(simulator.Kubeconfig, data.Path, settings), data, probe);
    }

    /// <summary>Waits until it holds so many pipelines, every cluster is complete and every pipeline has its team.</summary>
    public Task HoldsAsync(int pipelines) => Process.WaitAsync($"holding {pipelines} pipelines", TimeSpan.FromMinutes(3), async () =>
    {
        var fleet = await AskAsync("pipelines?team=none&limit=1");
        return Math.Abs((int)fleet["total"]! - pipelines) <= pipelines / 100 && (int)fleet["matching"]! == 0 && fleet["clusters"]!.AsObject().All(c => (string?)c.Value!["phase"] == "synced");
    });

    /// <summary>What the API says of a path below <c>api/v1</c>.</summary>
    public async Task<JsonNode> AskAsync(string path) => JsonNode.Parse(await _client.GetStringAsync("api/v1/" + path))!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Process.DisposeAsync();
        Probe.Dispose();
        _data.Dispose();
    }
}
