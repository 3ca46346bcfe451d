using System.Text.Json;
using Microsoft.Playwright;
using Sluice.Bench.Browser;

namespace Sluice.Bench.Load;

/// <summary>Many open pages, each on the pipelines of one cluster, that note when a mark comes on screen.</summary>
internal sealed class LoadedPages : IAsyncDisposable
{
    private const int PagesPerProcess = 10;
    private const int RowsInView = 12;
    private readonly List<IBrowserContext> _contexts = [];
    private readonly List<(IPage Page, string Cluster)> _pages = [];

    /// <summary>Opens one and leaves it: what the first page brings with it is not the circuit's.</summary>
    public static async Task WarmUpAsync(Chromium chromium, Uri site, IReadOnlyList<string> clusters)
    {
        await using var pages = await OpenAsync(chromium, site, clusters, 3);
    }

    /// <summary>Opens them one after the other, the clusters in turn.</summary>
    public static async Task<LoadedPages> OpenAsync(Chromium chromium, Uri site, IReadOnlyList<string> clusters, int count)
    {
        var pages = new LoadedPages();
        try
        {
            for (var i = 0; i < count; i++)
            {
                if (i % PagesPerProcess == 0) pages._contexts.Add(await chromium.WindowAsync(site));
                var page = await OwnWindowAsync(pages._contexts[^1]);
                var cluster = clusters[i % clusters.Count];
                await Opening.OfAsync(page, new Uri(site, $"?cluster={cluster}&sort=name"));
                pages._pages.Add((page, cluster));
            }

            foreach (var (page, _) in pages._pages) await page.EvaluateAsync("() => bench.follow()");
            return pages;
        }
        catch
        {
            await pages.DisposeAsync();
            throw;
        }
    }

    /// <summary>The pipelines on each cluster's screens that can be marked.</summary>
    public async Task<Dictionary<string, List<Target>>> TargetsAsync(ClusterWriter writer)
    {
        var targets = new Dictionary<string, List<Target>>();
        foreach (var (page, cluster) in _pages.DistinctBy(p => p.Cluster))
        {
            var links = await page.Locator("#main tr[data-row] a[href]").EvaluateAllAsync<string[]>("all => all.map(one => decodeURIComponent(one.getAttribute('href')))");
            targets[cluster] = [];
            foreach (var link in links.Where(l => l.Contains($"/{cluster}/", StringComparison.Ordinal) && !l.Contains('?', StringComparison.Ordinal)).Distinct().Take(RowsInView))
            {
                var parts = link.Split('/');
                var target = new Target(cluster, parts[^2], parts[^1]);
                if (await writer.RunsAsync(target)) targets[cluster].Add(target);
            }
        }

        return targets;
    }

    /// <summary>When each page of a cluster showed a mark, in milliseconds since the epoch; one list for each page.</summary>
    public async Task<List<(string Cluster, Dictionary<int, double> Seen)>> SeenAsync()
    {
        var all = new List<(string, Dictionary<int, double>)>();
        foreach (var (page, cluster) in _pages)
        {
            var seen = await page.EvaluateAsync<string>("() => JSON.stringify(bench.seen)");
            all.Add((cluster, JsonSerializer.Deserialize<Dictionary<int, double>>(seen)!));
        }

        return all;
    }

    /// <summary>Leaves every page as a person does, so that the server hears of it, and closes the windows.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (page, _) in _pages) await page.GotoAsync("about:blank");
        foreach (var context in _contexts) await context.DisposeAsync();
        _pages.Clear();
        _contexts.Clear();
    }

    /// <summary>A page in a window of its own: of several tabs in one window Chromium paints all but the front one once a second, and fifty people have fifty front ones.</summary>
    private static async Task<IPage> OwnWindowAsync(IBrowserContext context)
    {
        var opener = context.Pages.Count > 0 ? context.Pages[0] : await context.NewPageAsync();
        return await context.RunAndWaitForPageAsync(() => opener.EvaluateAsync("() => { window.open('about:blank', '', 'popup,width=1280,height=720'); }"));
    }
}
