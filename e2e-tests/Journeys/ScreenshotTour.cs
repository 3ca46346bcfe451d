using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>Every page as it looks, wide and narrow, light and dark: without an axe finding, and never wider than the window.</summary>
[Collection(nameof(SimulatedCollection))]
public sealed class ScreenshotTour(SimulatedPortal simulated)
{
    private const string Job = "/pipelines/eu-west/payments/fraud-scores";

    private static readonly (string Name, string Path, string Wait)[] Pages =
    [
        ("list", "/", "tr[data-row]"),
        ("pipeline", Job, ".vertex"),
        ("checkpoints", Job + "/checkpoints", "table.checkpoints tbody tr"),
        ("exceptions", "/pipelines/eu-west/logistics/customs-declarations/exceptions", "#main .panel"),
        ("events", Job + "/events", "#main .panel"),
        ("logs", Job + "/logs", ".pod-log"),
        ("revisions", Job + "/revisions", "#main .empty"),
        ("spec", Job + "/spec", "#main .panel"),
        ("failed", "/pipelines/us-east/growth/coupon-budgets", "#verdict-h"),
        ("register", "/pipelines/new", ".yaml-editor"),
        ("operations", "/operations", "#main .panel"),
        ("clusters", "/clusters", "#main .panel"),
        ("cluster-new", "/clusters/new", "#cluster-form"),
        ("settings", "/settings", "#main .panel"),
    ];

    [Theory]
    [InlineData(1440, ColorScheme.Light, true)]
    [InlineData(1440, ColorScheme.Dark, true)]
    [InlineData(390, ColorScheme.Light, true)]
    [InlineData(390, ColorScheme.Dark, true)]
    [InlineData(1920, ColorScheme.Light, false)]
    public async Task EveryPage(int width, ColorScheme scheme, bool axe)
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url, width, 900, scheme);
        var look = $"{width}-{scheme.ToString().ToLowerInvariant()}";
        foreach (var (name, path, wait) in Pages)
        {
            await visitor.OpenAsync(path);
            await visitor.Page.Locator(wait).First.WaitForAsync();
            await visitor.ShotAsync($"{name}-{look}");
            await visitor.FitsAsync($"{name}, {width} px");
            if (axe) await visitor.AxeAsync($"{name}, {look}");
        }
    }
}
