using Microsoft.Playwright;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Browser;

/// <summary>A real Chromium with a signed-in person.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string Script = new StreamReader(typeof(Chromium).Assembly.GetManifestResourceStream("probe.js")!).ReadToEnd();
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly Dictionary<Uri, string> _signedIn = [];

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Starts it. Pages in the background run as if they were seen: fifty people look at fifty screens.</summary>
    public static async Task<Chromium> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        return new(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run",
                "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--disable-popup-blocking", "--process-per-site",
            ],
        }));
    }

    /// <summary>A window of its own; signed in to the portal where that asks for it.</summary>
    public async Task<IBrowserContext> WindowAsync(Uri site, int width = 1280, int height = 720)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            StorageState = _signedIn.GetValueOrDefault(site),
        });
        context.SetDefaultTimeout(60_000);
        await context.AddInitScriptAsync(Script);
        return context;
    }

    /// <summary>Signs in once; later windows take the cookie over.</summary>
    public async Task SignInAsync(Uri portal)
    {
        if (_signedIn.ContainsKey(portal)) return;
        await using var context = await WindowAsync(portal);
        var page = await context.NewPageAsync();
        await page.GotoAsync(portal.ToString());
        await page.GetByLabel("Name").FillAsync("demo");
        await page.GetByLabel("Password").FillAsync(PortalProcess.Password);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await page.WaitForSelectorAsync("#main h1");
        _signedIn[portal] = await context.StorageStateAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }
}
