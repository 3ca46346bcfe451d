using Sluice.Testing;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rig;

/// <summary>The plain Blazor page with the framework's Virtualize, as a process.</summary>
internal sealed class PeerPage : ChildProcess
{
    private PeerPage(Uri url, Probe probe, string program, IReadOnlyDictionary<string, string?> environment)
        : base("peer page", "dotnet", [program], environment, Path.Combine(Repository.Root, "bench", "Peers", "VirtualizePage")) => (Url, Probe) = (url, probe);

    public Uri Url { get; }

    public Probe Probe { get; }

    /// <summary>Starts it on the clusters of a simulator, or on none, and waits until it answers.</summary>
    public static async Task<PeerPage> StartAsync(SimulatorProcess? simulator)
    {
        var probe = new Probe();
        var url = new Uri($"http://127.0.0.1:{PortalProcess.FreePort()}/");
        var environment = new Dictionary<string, string?>(probe.Settings)
        {
            ["ASPNETCORE_URLS"] = url.GetLeftPart(UriPartial.Authority),
            ["PEER_CLUSTERS"] = (simulator?.Clusters() ?? []).ToJsonString(),
            ["PEER_AUTHORITY"] = simulator?.Authority(),
            ["Logging__LogLevel__Default"] = "Warning",
        };
        var peer = new PeerPage(url, probe, Path.Combine(Repository.Root, "bench", "Peers", "VirtualizePage", "bin", Build.Configuration, "net10.0", "Sluice.Bench.VirtualizePage.dll"), environment);
        await peer.HoldsAsync(0);
        return peer;
    }

    /// <summary>Waits until it holds so many objects.</summary>
    public async Task HoldsAsync(int objects)
    {
        using var client = new HttpClient { BaseAddress = Url };
        await WaitAsync($"holding {objects} objects", TimeSpan.FromMinutes(2), async () =>
        {
            try
            {
                return int.Parse(await client.GetStringAsync("ready"), System.Globalization.CultureInfo.InvariantCulture) >= objects;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Probe.Dispose();
        GC.SuppressFinalize(this);
    }
}
