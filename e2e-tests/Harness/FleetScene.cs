using System.Text.Json.Nodes;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>The portal on a large fleet, with a Chromium: what the journeys at scale need, whatever runs the clusters.</summary>
public abstract class FleetScene : IAsyncLifetime
{
    private readonly DataDirectory _data = new();
    private PortalProcess? _portal;
    private HttpClient? _api;

    /// <summary>The browser.</summary>
    public Browser Browser { get; } = new();

    /// <summary>How many pipelines there are.</summary>
    public abstract int Pipelines { get; }

    /// <summary>The portal.</summary>
    public PortalProcess Portal => _portal ?? throw new InvalidOperationException("The scene was not started.");

    /// <summary>Part of the names of screenshots.</summary>
    public abstract string Name { get; }

    /// <summary>A word that stands in the errors of a few pipelines and nowhere else.</summary>
    public abstract string ErrorWord { get; }

    /// <summary>Skips the running test where what it needs is missing on this machine.</summary>
    public abstract void Require();

    /// <summary>Makes a healthy pipeline fail: its image cannot be pulled.</summary>
    public abstract Task BreakAsync(string cluster, string ns, string name);

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync()
    {
        if (!Available) return;
        await Browser.InitializeAsync();
        _portal = await PortalProcess.StartAsync(await StartClustersAsync(), _data.Path);
        _api = _portal.Client();
        await Until.TrueAsync(async () => (int)(await ApiAsync("pipelines?limit=1"))["total"]! == Pipelines, $"{Pipelines} pipelines to be read", TimeSpan.FromSeconds(90));
        // While teams are still given out, the filters change their places under the pointer.
        await Until.TrueAsync(async () => (int)(await ApiAsync("pipelines?team=none&limit=1"))["matching"]! == 0, "every pipeline to have its team", TimeSpan.FromSeconds(90));
    }

    /// <summary>What the API says of a path below <c>api/v1</c>.</summary>
    public async Task<JsonNode> ApiAsync(string path) => JsonNode.Parse(await _api!.GetStringAsync("api/v1/" + path))!;

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        if (Available) await Browser.DisposeAsync();
        if (_portal is not null) await _portal.DisposeAsync();
        _api?.Dispose();
        await StopClustersAsync();
        _data.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether the clusters can be had on this machine.</summary>
    protected abstract bool Available { get; }

    /// <summary>Starts the clusters with their pipelines; returns the kubeconfig.</summary>
    protected abstract Task<string> StartClustersAsync();

    /// <summary>Stops them.</summary>
    protected abstract ValueTask StopClustersAsync();
}
