using Sluice.Bench.Browser;
using Sluice.Bench.Rig;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rows;

/// <summary>Navigation to rows on screen, beside kubectl on the same API servers.</summary>
internal static class FleetOpen
{
    private const int Times = 9;

    public static async Task RunAsync(Stage stage, Report report)
    {
        var (openings, kubectl) = await MeasureAsync(await stage.PortalAsync(), await stage.FleetAsync(), await stage.ChromiumAsync());
        var work = $"open the fleet page, {stage.Options.Pipelines:#,0} pipelines: ";
        var peer = new Peer($"kubectl get -A, {stage.Options.Clusters} clusters at once", kubectl);
        report.Add(Budgeted("fleet-open", work + "navigation to rows on screen", openings, peer));
        report.Add(new("fleet-interactive", work + "navigation to a page that answers", Numbers.Median(openings.Select(o => o.Interactive)), "ms", peer));
    }

    /// <summary>The same pipelines on a single cluster.</summary>
    public static async Task OneClusterAsync(Stage stage, Report report)
    {
        await using var fleet = await Simulator.FleetAsync(stage.Options.Pipelines, 1);
        await using var portal = await RunningPortal.StartAsync(fleet);
        await portal.HoldsAsync(stage.Options.Pipelines);
        var (openings, kubectl) = await MeasureAsync(portal, fleet, await stage.ChromiumAsync());
        report.Add(Budgeted("fleet-open-one", $"the same, all {stage.Options.Pipelines:#,0} on one cluster", openings, new("kubectl get -A, one cluster", kubectl)));
    }

    private static Row Budgeted(string id, string work, List<Opening> openings, Peer peer) =>
        new(id, work, Numbers.Median(openings.Select(o => o.Rows)), "ms", peer)
        {
            Budget = 1000, MostRatio = 0.1, Note = $"median of {openings.Count} in a new tab each, slowest {Numbers.Short(openings.Max(o => o.Rows))} ms",
        };

    private static async Task<(List<Opening> Openings, double Kubectl)> MeasureAsync(RunningPortal portal, SimulatorProcess fleet, Chromium chromium)
    {
        await chromium.SignInAsync(portal.Process.Url);
        var openings = new List<Opening>();
        await using (var window = await chromium.WindowAsync(portal.Process.Url, 1440, 900))
            for (var i = 0; i <= Times; i++)
            {
                var page = await window.NewPageAsync();
                var opening = await Opening.OfAsync(page, portal.Process.Url);
                // The first fills the browser's cache and compiles the page's code.
                if (i > 0) openings.Add(opening);
                // Left as a person leaves it: the server hears of it and lets go of the circuit.
                await page.GotoAsync("about:blank");
                await page.CloseAsync();
            }

        return (openings, await Kubectl.GetAllAsync(fleet));
    }
}
