using Microsoft.Playwright;
using Sluice.Bench.Browser;
using Sluice.Bench.Rig;

namespace Sluice.Bench.Rows;

/// <summary>Key or click to the paint of what it leads to, in a page that lists the whole fleet.</summary>
internal static class FleetUse
{
    // Those whose values stay: incidents come and go also while nobody deploys, and what is expected must still hold at the click.
    private static readonly (string Head, string Name)[] Columns = [("Team", "team"), ("Cluster", "cluster"), ("Pipeline", "name")];
    private const string ByName = "sort=name";

    // A portal runs for weeks; what its first clicks wait for is its code being compiled.
    internal const int WarmUps = 12;

    public static async Task RunAsync(Stage stage, Report report)
    {
        var portal = await stage.PortalAsync();
        var chromium = await stage.ChromiumAsync();
        await chromium.SignInAsync(portal.Process.Url);
        var peer = await PeerUse.MeasureAsync(stage);
        await using var window = await chromium.WindowAsync(portal.Process.Url, 1440, 900);
        var page = await window.NewPageAsync();
        await Opening.OfAsync(page, new Uri(portal.Process.Url, "?" + ByName));

        var (filter, facet) = await FilterAsync(portal, page, stage.Options.Repeats);
        Add(report, stage, "fleet-filter", "click on a facet's value to the rows", filter, peer.Filter);
        Add(report, stage, "fleet-facet", "the same click to the numbers of another facet", facet, null);
        Add(report, stage, "fleet-sort", "click on a column's head to the rows in its order", await SortAsync(portal, page, stage.Options.Repeats), peer.Sort);
        Add(report, stage, "fleet-search", "key in the search field to the rows", await SearchAsync(portal, page, stage.Options.Repeats), peer.Search);
    }

    private static void Add(Report report, Stage stage, string id, string work, List<double> times, List<double>? peer) =>
        report.Add(new(id, $"{work}, {stage.Options.Pipelines:#,0} pipelines, p95", Numbers.Percentile(times, 0.95), "ms", peer is null ? null : new("a plain Virtualize page", Numbers.Percentile(peer, 0.95)))
        {
            Budget = 100,
            Note = $"{times.Count} times, p50 {Numbers.Short(Numbers.Median(times))}, slowest {Numbers.Short(times.Max())} ms",
        });

    /// <summary>Teams, ticked and unticked, while the number of FlinkJar pipelines follows.</summary>
    private static async Task<(List<double> List, List<double> Facet)> FilterAsync(RunningPortal portal, IPage page, int repeats)
    {
        var boxes = page.Locator("#main fieldset").Filter(new() { Has = page.Locator("legend", new() { HasText = "Team" }) }).Locator("label");
        var teams = await boxes.Locator("[title]").EvaluateAllAsync<string[]>("all => all.map(one => one.title)");
        var (list, facet) = (new List<double>(), new List<double>());
        for (var i = -WarmUps; i < repeats; i++)
        {
            var (team, tick) = (teams[(i + WarmUps) / 2 % teams.Length], i % 2 == 0);
            var query = tick ? $"team={Uri.EscapeDataString(team)}&{ByName}&" : ByName + "&";
            var expected = (await ExpectAsync(portal, "click", query)) with
            {
                Legend = "Kind", Value = "FlinkJar", Count = (int)(await portal.AskAsync($"pipelines?{query}kind=FlinkJar&limit=1"))["matching"]!,
            };
            var (rows, numbers) = await expected.MeasureAsync(page, () => boxes.Filter(new() { Has = page.Locator($"[title='{team}']") }).Locator("input").ClickAsync());
            if (i < 0) continue;
            list.Add(rows);
            facet.Add(numbers);
        }

        return (list, facet);
    }

    private static async Task<List<double>> SortAsync(RunningPortal portal, IPage page, int repeats)
    {
        var times = new List<double>();
        for (var i = -WarmUps; i < repeats; i++)
        {
            var (head, name) = Columns[(i + WarmUps) % Columns.Length];
            var expected = (await ExpectAsync(portal, "click", $"sort={name}&")) with { Sorted = head };
            var (rows, _) = await expected.MeasureAsync(page, () => page.Locator("#main thead th button").Filter(new() { HasText = head }).First.ClickAsync());
            if (i >= 0) times.Add(rows);
        }

        return times;
    }

    /// <summary>Names typed letter by letter and taken back. A letter that changes nothing is typed, too, and not measured.</summary>
    private static async Task<List<double>> SearchAsync(RunningPortal portal, IPage page, int repeats)
    {
        await Opening.OfAsync(page, new Uri(portal.Process.Url, "?" + ByName));
        var names = (await portal.AskAsync("pipelines?sort=restarts,name&limit=1000"))["items"]!.AsArray().Select(item => (string)item!["name"]!).ToList();
        await page.Locator("#main input[aria-label='Search pipelines']").FocusAsync();
        var times = new List<double>();
        var before = await ExpectAsync(portal, "keydown", ByName + "&");
        for (var n = 0; times.Count < repeats + WarmUps && n < 30; n++)
        {
            var name = names[n * 37 % names.Count];
            name = name[..Math.Min(name.Length, 12)];
            var texts = Enumerable.Range(1, name.Length).Concat(Enumerable.Range(1, name.Length).Select(i => name.Length - i)).Select(length => name[..length]);
            var typed = 0;
            foreach (var text in texts)
            {
                var key = text.Length > typed ? text[^1..] : "Backspace";
                typed = text.Length;
                var expected = await ExpectAsync(portal, "keydown", text.Length == 0 ? ByName + "&" : $"q={Uri.EscapeDataString(text)}&{ByName}&");
                if (expected == before)
                {
                    await page.Keyboard.PressAsync(key);
                    await Task.Delay(300);
                }
                else times.Add((await expected.MeasureAsync(page, () => page.Keyboard.PressAsync(key))).List);
                before = expected;
            }
        }

        return times[Math.Min(WarmUps, times.Count - 1)..];
    }

    private static async Task<Expectation> ExpectAsync(RunningPortal portal, string kind, string query)
    {
        var answer = await portal.AskAsync($"pipelines?{query}limit=1");
        var first = answer["items"]![0]!;
        return new(kind, (int)answer["matching"]!, $"/pipelines/{first["cluster"]}/{first["namespace"]}/{first["name"]}");
    }
}
