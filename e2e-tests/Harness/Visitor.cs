using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>A signed-in person at a browser.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(SharedFolder.Repository, "e2e-tests", "node_modules", "axe-core", "axe.min.js"));
    private const string StyleOfScreenshots = "sha256-p9F8LMRDJwp4X1WR2pzJOhe3eky2staUMEGFwrnN4eo=";
    // A portal lets one address sign in ten times a minute, and journeys are quicker than people: who comes later brings the cookie of the first.
    private static readonly ConcurrentDictionary<Uri, IReadOnlyList<Cookie>> Known = new();
    private readonly IBrowserContext _context;
    private readonly List<string> _errors = [];

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

    /// <summary>Opens a browser and signs in with the demo account.</summary>
    public static async Task<Visitor> SignInAsync(Browser browser, Uri portal, int width = 1440, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await browser.Chromium.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme, BypassCSP = false });
        context.SetDefaultTimeout(30_000);
        var page = await context.NewPageAsync();
        var visitor = new Visitor(context, page, portal);
        if (Known.TryGetValue(portal, out var cookies)) await context.AddCookiesAsync(cookies);
        await page.GotoAsync(portal.ToString());
        var inside = page.Locator("#main h1").First;
        await inside.Or(page.GetByLabel("Password")).First.WaitForAsync();
        if (await inside.IsVisibleAsync()) return visitor;
        await page.GetByLabel("Name").FillAsync("demo");
        await page.GetByLabel("Password").FillAsync(PortalProcess.Password);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await inside.WaitForAsync();
        Known[portal] = [.. (await context.CookiesAsync()).Where(c => c.HttpOnly).Select(c => new Cookie { Name = c.Name, Value = c.Value, Domain = c.Domain, Path = c.Path, Expires = c.Expires, HttpOnly = c.HttpOnly, Secure = c.Secure, SameSite = c.SameSite })];
        return visitor;
    }

    /// <summary>Opens a page of the portal and waits until it is interactive.</summary>
    public async Task OpenAsync(string path)
    {
        await Page.GotoAsync(new Uri(Portal, path).ToString());
        await InteractiveAsync();
    }

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

    /// <summary>Fails with what the browser logged as errors. Called where a journey ends well; a failed one has a better reason to tell.</summary>
    public void SawNoErrors() => Assert.True(_errors.Count == 0, "The browser logged errors:\n" + string.Join('\n', _errors.Distinct()));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private bool Expected(string text) => PortalMayBeDown && (text.Contains("WebSocket", StringComparison.Ordinal) || text.Contains("Failed to", StringComparison.Ordinal)
        || text.Contains("ERR_CONNECTION", StringComparison.Ordinal) || text.Contains("Connection disconnected", StringComparison.Ordinal) || text.Contains("_blazor", StringComparison.Ordinal));
}
