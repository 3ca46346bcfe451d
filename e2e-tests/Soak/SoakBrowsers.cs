using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;

namespace Sluice.E2E.Tests.Soak;

/// <summary>All pages of a soak: real pages in a few Chromium processes, several pages in each renderer.</summary>
internal sealed class SoakBrowsers : IAsyncDisposable
{
    private readonly List<string> _errors = [];
    private readonly List<IBrowser> _browsers = [];
    private IPlaywright? _playwright;

    /// <summary>The pages.</summary>
    public List<SoakPage> Pages { get; } = [];

    /// <summary>Exceptions that scripts threw in the pages.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Opens all pages, each at the next of the addresses; every third is scrolled down.</summary>
    public async Task OpenAsync(Uri portal, int count, IReadOnlyList<string> paths)
    {
        _playwright = await Playwright.CreateAsync();
        for (var b = 0; b < SoakSettings.Browsers; b++)
        {
            var browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = "/usr/bin/chromium",
                Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run", "--renderer-process-limit=2"],
            });
            _browsers.Add(browser);
            var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1440, Height = 900 } });
            await SignInAsync(context, portal);
            await context.AddInitScriptAsync(SoakPage.Diary);
            for (var i = b; i < count; i += SoakSettings.Browsers) await AddAsync(context, portal, paths[i % paths.Count], scrolled: i % 3 == 2);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var browser in _browsers) await browser.CloseAsync();
        _playwright?.Dispose();
    }

    private async Task AddAsync(IBrowserContext context, Uri portal, string path, bool scrolled)
    {
        var page = new SoakPage(await context.NewPageAsync(), path);
        page.Browser.PageError += (_, error) =>
        {
            lock (_errors) _errors.Add($"{path}: {error}");
        };
        await page.OpenAsync(portal);
        if (scrolled) await page.Browser.EvaluateAsync("() => { scrollTo(0, 4000); document.querySelector('.fleet-box')?.scrollTo(0, 4000); }");
        Pages.Add(page);
    }

    private static async Task SignInAsync(IBrowserContext context, Uri portal)
    {
        context.SetDefaultTimeout(60_000);
        var page = await context.NewPageAsync();
        await Visitor.EnterAsync(page, portal);
        await page.CloseAsync();
    }
}
