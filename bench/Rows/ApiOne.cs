using Sluice.Bench.Rig;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rows;

/// <summary>One pipeline over the HTTP API, with its token checked, beside an endpoint of a plain host that only writes a record as JSON.</summary>
internal static class ApiOne
{
    private const int Connections = 16;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(6);

    public static async Task RunAsync(Stage stage, Report report)
    {
        var fleet = await stage.FleetAsync();
        var portal = await stage.PortalAsync();
        LoadGenerator.Result plain;
        await using (var peer = await PeerPage.StartAsync(fleet))
        {
            await peer.HoldsAsync(stage.Options.Pipelines * 9 / 10);
            plain = await MeasureAsync(new Uri(peer.Url, "api/one"), null);
        }

        var row = (await portal.AskAsync("pipelines?limit=1"))["items"]![0]!;
        var ours = await MeasureAsync(new Uri(portal.Process.Url, $"api/v1/pipelines/{row["cluster"]}/{row["namespace"]}/{row["name"]}"), PortalProcess.Token);
        const string Work = "GET one pipeline over the API";
        const string Plain = "an endpoint of a plain host";
        report.Add(new("api-one", $"{Work}, {Connections} connections", ours.PerSecond, "requests/s", new(Plain, plain.PerSecond)) { Budget = 3000, AtLeast = true, Note = "the asking program shares the machine's cores" });
        report.Add(new("api-one-p99", $"{Work}, p99", ours.P99, "ms", new(Plain, plain.P99)) { Budget = 50, Note = $"p50 {Numbers.Short(ours.P50)} ms" });
    }

    // The first seconds let the runtime compile it for good.
    private static async Task<LoadGenerator.Result> MeasureAsync(Uri address, string? token)
    {
        await LoadGenerator.RunAsync(address, token, Connections, Time);
        return await LoadGenerator.RunAsync(address, token, Connections, Time);
    }
}
