using System.Diagnostics;
using Sluice.Bench.Rig;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rows;

/// <summary>Start of the process to ready, on an empty data folder and on one that is there, beside a plain Blazor host.</summary>
internal static class StartUp
{
    public static async Task RunAsync(Stage stage, Report report)
    {
        var fleet = await stage.FleetAsync();
        var settings = new Dictionary<string, string?> { ["Logging__LogLevel__Default"] = "Warning" };
        var peers = new List<double>();
        for (var i = 0; i < 3; i++)
        {
            var clock = Stopwatch.StartNew();
            await using var peer = await PeerPage.StartAsync(null);
            peers.Add(clock.Elapsed.TotalMilliseconds);
        }

        var plain = new Peer("a plain Blazor host", Numbers.Median(peers));
        using var data = new DataDirectory();
        var times = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            var clock = Stopwatch.StartNew();
            await using var portal = await PortalProcess.StartAsync(fleet.Kubeconfig, data.Path, settings);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }

        report.Add(new("start-first", "the very first start to ready: makes the database", times[0], "ms", plain));
        report.Add(new("start", $"start to ready, {stage.Options.Pipelines:#,0} pipelines on the clusters", Numbers.Median(times.Skip(1)), "ms", plain) { Budget = 5000, Note = "median of 3 starts; a portal with its own PostgreSQL, which starts with it" });
    }
}
