using Sluice.Bench.Browser;
using Sluice.Bench.Rig;

namespace Sluice.Bench.Rows;

/// <summary>Navigation to rows on screen, beside kubectl on the same API servers.</summary>
internal static class FleetOpen
{
    private const int Times = 9;

    public static async Task RunAsync(Stage stage, Report report)
    {
        var portal = await stage.PortalAsync();
        var chromium = await stage.ChromiumAsync();
        await chromium.SignInAsync(portal.Process.Url);
        var openings = new List<Opening>();
        await using (var window = await chromium.WindowAsync(portal.Process.Url, 1440, 900))
            for (var i = 0; i <= Times; i++)
            {
                var page = await window.NewPageAsync();
                var opening = await Opening.OfAsync(page, portal.Process.Url);
                // The first fills the browser's cache and compiles the page's code.
                if (i > 0) openings.Add(opening);
                await page.CloseAsync();
            }

        var kubectl = await Kubectl.GetAllAsync(await stage.FleetAsync());
        var work = $"open the fleet page, {stage.Options.Pipelines:#,0} pipelines: ";
        var peer = new Peer($"kubectl get flinkdeployments -A, {stage.Options.Clusters} clusters at once", kubectl);
        report.Add(new("fleet-open", work + "navigation to rows on screen", Numbers.Median(openings.Select(o => o.Rows)), "ms", peer)
        {
            Budget = 1000, MostRatio = 0.1,
            Note = $"median of {Times} in a new tab each, slowest {Numbers.Short(openings.Max(o => o.Rows))} ms",
        });
        report.Add(new("fleet-interactive", work + "navigation to a page that answers", Numbers.Median(openings.Select(o => o.Interactive)), "ms", peer));
    }
}
