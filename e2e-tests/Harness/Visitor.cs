using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>A signed-in person at a browser.</summary>
public sealed partial class Visitor : IAsyncDisposable
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(SharedFolder.Repository, "e2e-tests", "node_modules", "axe-core", "axe.min.js"));
    private const string StyleOfScreenshots = "sha256-p9F8LMRDJwp4X1WR2pzJOhe3eky2staUMEGFwrnN4eo=";
    // A portal lets one address sign in ten times a minute, and journeys are quicker than people: who comes later brings the cookie of the first.
    private static readonly ConcurrentDictionary<(Uri Portal, string Name), IReadOnlyList<Cookie>> Known = new();
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];
    private bool _endedWell;

    private Visitor(IBrowserContext context, IPage page, Uri portal)
    {
        _context = context;
        Page = page;
        Portal = portal;
        page.Console += (_, message) =>
        {
            // A screenshot brings a style element of its own, which the page's policy refuses: that is Playwright's, not the portal's.
            if (message.Type == "error" && !message.Text.Contains(StyleOfScreenshots, StringComparison.Ordinal) && !Expected(message.Text)) _errors.Add(message.Text);
        };
        page.PageError += (_, error) => _errors.Add(error);
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>The portal it visits.</summary>
    public Uri Portal { get; }

    /// <summary>Set while the portal is down on purpose: what the browser then says about lost connections is not an error.</summary>
    public bool PortalMayBeDown { get; set; }

    /// <summary>Opens a browser and signs in, with the demo account if no other name is given.</summary>
    public static async Task<Visitor> SignInAsync(Browser browser, Uri portal, int width = 1440, int height = 900, ColorScheme scheme = ColorScheme.Light, string name = "demo")
    {
        var context = await browser.Chromium.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme, BypassCSP = false });
        context.SetDefaultTimeout(30_000);
        var page = await context.NewPageAsync();
        var visitor = new Visitor(context, page, portal);
        if (Known.TryGetValue((portal, name), out var cookies)) await context.AddCookiesAsync(cookies);
        if (await EnterAsync(page, portal, name)) Known[(portal, name)] = [.. (await context.CookiesAsync()).Where(c => c.HttpOnly).Select(c => new Cookie { Name = c.Name, Value = c.Value, Domain = c.Domain, Path = c.Path, Expires = c.Expires, HttpOnly = c.HttpOnly, Secure = c.Secure, SameSite = c.SameSite })];
        return visitor;
    }

    /// <summary>Opens the portal in a page and signs in there, where it asks for that; true where it did.</summary>
    public static async Task<bool> EnterAsync(IPage page, Uri portal, string name = "demo")
    {
        await GoAsync(page, portal);
        var inside = page.Locator("#main h1").First;
        await inside.Or(page.GetByLabel("Password")).First.WaitForAsync();
        if (await inside.IsVisibleAsync()) return false;
        await page.GetByLabel("Name").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(PortalProcess.Password + (name == "demo" ? "" : name));
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await inside.WaitForAsync();
        return true;
    }

    // Chromium ends what is under way when the machine gets or loses an address, as it does for each pod of the real cluster. A person would ask again.
    private static async Task GoAsync(IPage page, Uri address)
    {
        try
        {
            await page.GotoAsync(address.ToString());
        }
        catch (PlaywrightException e) when (e.Message.Contains("ERR_NETWORK_CHANGED", StringComparison.Ordinal))
        {
            await page.GotoAsync(address.ToString());
        }
    }

    /// <summary>Opens a page of the portal and waits until it is interactive.</summary>
    public async Task OpenAsync(string path)
    {
        await GoAsync(Page, new Uri(Portal, path));
        await InteractiveAsync();
    }

    /// <summary>Waits until the page is at an address. Playwright's own wait for one misses it where it comes while it begins to wait.</summary>
    public Task AtAsync(Func<Uri, bool> there) => Until.TrueAsync(() => there(new Uri(Page.Url)), () => $"the page to be elsewhere than at {Page.Url}", TimeSpan.FromSeconds(30));

    /// <summary>Opens the palette. A page that has only just come may not have one yet: a person presses again.</summary>
    public async Task OpenPaletteAsync()
    {
        var first = Page.Locator("dialog.palette[open] [role=option]").First;
        for (var i = 0; i < 5 && !await first.IsVisibleAsync(); i++)
        {
            if (await Page.Locator("dialog.palette[open]").CountAsync() > 0) await Page.Keyboard.PressAsync("Escape");
            await Page.Keyboard.PressAsync("Control+k");
            await Task.WhenAny(first.WaitForAsync(), Task.Delay(5000, TestContext.Current.CancellationToken));
        }

        await first.WaitForAsync();
    }

    /// <summary>From the next page that is opened, what the portal sends over the line comes so much later, in order.</summary>
    public Task SlowLineAsync(TimeSpan late) => Page.RouteWebSocketAsync("**/_blazor**", route =>
    {
        var server = route.ConnectToServer();
        var last = Task.CompletedTask;
        server.OnMessage(frame =>
        {
            var due = Task.Delay(late);
            last = Task.WhenAll(last, due).ContinueWith(_ => { if (frame.Binary is { } bytes) route.Send(bytes); else route.Send(frame.Text!); }, TaskScheduler.Default);
        });
    });

    /// <summary>Waits until the circuit is there: before that, clicks do nothing.</summary>
    public Task InteractiveAsync() => Page.WaitForFunctionAsync("() => document.documentElement.dataset.interactive === '1'");

    /// <summary>Fails with every finding of axe (WCAG 2.2 A and AA, and best practice) on the page as it is now; on a part of it where an open menu half covers what is behind it.</summary>
    public async Task AxeAsync(string where, string? part = null)
    {
        // Evaluated rather than added as a script element: the page's own policy for scripts stays in force.
        await Page.EvaluateAsync(Axe);
        var result = await Page.EvaluateAsync<JsonElement>("part => axe.run(part ?? document, { preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })", part);
        var findings = result.GetProperty("violations").EnumerateArray()
            .Select(v => $"{v.GetProperty("id").GetString()}: {v.GetProperty("help").GetString()}\n    {string.Join("\n    ", v.GetProperty("nodes").EnumerateArray().Take(4).Select(n => n.GetProperty("html").GetString()))}")
            .ToArray();
        Assert.True(findings.Length == 0, $"axe on {where}:\n{string.Join('\n', findings)}");
    }

    /// <summary>Takes a screenshot of the whole page; of what is in view where the page is too long for a picture.</summary>
    public Task ShotAsync(string name, bool whole = true) => Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Browser.Screenshots, name + ".png"), FullPage = whole });

    /// <summary>Pictures of the page on a phone and on a desk, light and dark; fails where it is wider than the window, or where axe finds something on the phone or on the desk.</summary>
    /// <param name="name">What is seen; the pictures are called so.</param>
    /// <param name="part">A part of the page, an open dialog for example: then only what is in view is taken.</param>
    public async Task LookAsync(string name, string? part = null)
    {
        foreach (var (width, scheme) in new[] { (390, ColorScheme.Light), (390, ColorScheme.Dark), (1440, ColorScheme.Dark), (1440, ColorScheme.Light) })
        {
            await Page.SetViewportSizeAsync(width, 900);
            await Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            await FitsAsync($"{name}, {width} px");
            await ShotAsync($"{name}-{width}-{scheme.ToString().ToLowerInvariant()}", whole: part is null);
            if (width == 390 == (scheme == ColorScheme.Dark)) await AxeAsync($"{name}, {width}", part);
        }
    }

    /// <summary>Fails with the parts that are wider than the window: of the page, and of the dialog that is open.</summary>
    public async Task FitsAsync(string name)
    {
        var wide = await Page.EvaluateAsync<string[]>("() => [document.documentElement, ...document.querySelectorAll('dialog[open] *')].filter(e => e === document.documentElement ? e.scrollWidth > innerWidth : e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll-x, pre, .diff')).map(e => e.outerHTML.slice(0, 200))");
        Assert.True(wide.Length == 0, $"{name}: wider than the window: {string.Join("; ", wide)}");
    }

    /// <summary>Fails with what the browser logged as errors. Called where a journey ends well; a failed one has a better reason to tell.</summary>
    public void SawNoErrors()
    {
        _endedWell = true;
        Assert.True(_errors.Count == 0, "The browser logged errors:\n" + string.Join('\n', _errors.Distinct()));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_endedWell) await TellAsync();
        await _context.DisposeAsync();
    }

    // A journey that fails elsewhere than here leaves nothing behind but its output: what the page was like at that moment.
    private async Task TellAsync()
    {
        try
        {
            var page = await Page.EvaluateAsync<string>("""
                () => [`focus: ${document.activeElement?.outerHTML.slice(0, 200)}`, `search: ${document.querySelector('.search input')?.value}`, `rows: ${document.querySelectorAll('tr[data-row]').length} of ${document.querySelector('table.fleet')?.dataset.total}`,
                    `interactive: ${document.documentElement.dataset.interactive}`, `open: ${[...document.querySelectorAll('dialog[open], [aria-expanded=true], #components-reconnect-modal')].map(e => e.outerHTML.slice(0, 120)).join(' | ')}`,
                    `says: ${(document.querySelector('dialog[open]:not(.palette)') ?? document.querySelector('#main'))?.innerText.replace(/\s+/g, ' ').slice(0, 1500)}`].join('\n')
                """).WaitAsync(TimeSpan.FromSeconds(10));
            TestContext.Current.TestOutputHelper?.WriteLine($"the page at the end: {Page.Url}\n{page}\nerrors: {string.Join('\n', _errors.Distinct())}");
            await ShotAsync("ended-" + NotOfFileNames().Replace(TestContext.Current.Test?.TestDisplayName.Split("Journeys.")[^1] ?? "", "-"), whole: false).WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"the page at the end does not answer: {e.Message}");
        }
    }

    // Said where the machine gets an address, as it does for each pod of the real cluster; the page mends that itself.
    private bool Expected(string text) => text.Contains("ERR_NETWORK_CHANGED", StringComparison.Ordinal) || PortalMayBeDown && (text.Contains("WebSocket", StringComparison.Ordinal) || text.Contains("Failed to", StringComparison.Ordinal)
        || text.Contains("ERR_CONNECTION", StringComparison.Ordinal) || text.Contains("Connection disconnected", StringComparison.Ordinal) || text.Contains("_blazor", StringComparison.Ordinal));

    [GeneratedRegex("[^A-Za-z0-9_]+")]
    private static partial Regex NotOfFileNames();
}
