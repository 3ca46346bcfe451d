using Microsoft.Playwright;
using Sluice.Bench.Browser;
using Sluice.Bench.Rig;

namespace Sluice.Bench.Rows;

/// <summary>The same on the plain Virtualize page. Nothing else changes there, so that the first change of its list is the answer.</summary>
internal static class PeerUse
{
    private const int Times = 50;

    public static async Task<(List<double> Filter, List<double> Sort, List<double> Search)> MeasureAsync(Stage stage)
    {
        var chromium = await stage.ChromiumAsync();
        await using var peer = await PeerPage.StartAsync(await stage.FleetAsync());
        await peer.HoldsAsync(stage.Options.Pipelines * 9 / 10);
        await using var window = await chromium.WindowAsync(peer.Url, 1440, 900);
        var page = await window.NewPageAsync();
        await Opening.OfAsync(page, peer.Url);
        await page.WaitForTimeoutAsync(1000);

        var teams = await page.Locator("#team option").EvaluateAllAsync<string[]>("all => all.map(one => one.value)");
        var filter = await RepeatAsync(page, "change", i => page.Locator("#team").SelectOptionAsync(teams[i % 2 == 0 ? i / 2 % (teams.Length - 1) + 1 : 0]));
        var sort = await RepeatAsync(page, "click", i => page.Locator(i % 2 == 0 ? "#by-parallelism" : "#by-name").ClickAsync());
        var names = await page.Locator("#main tr[data-row] a").EvaluateAllAsync<string[]>("all => all.map(one => one.textContent.split('/')[1])");
        var search = await RepeatAsync(page, "input", i => page.Locator("input[type=search]").FillAsync(i % 2 == 0 ? names[i / 2 % names.Length] : ""));
        return (filter, sort, search);
    }

    private static async Task<List<double>> RepeatAsync(IPage page, string kind, Func<int, Task> act)
    {
        var times = new List<double>();
        for (var i = -FleetUse.WarmUps; i < Times; i++)
        {
            var turn = i + FleetUse.WarmUps;
            var (list, _) = await new Expectation(kind).MeasureAsync(page, () => act(turn));
            if (i >= 0) times.Add(list);
            await page.WaitForTimeoutAsync(50);
        }

        return times;
    }
}
