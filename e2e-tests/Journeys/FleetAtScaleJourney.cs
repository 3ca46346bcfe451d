using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>The cases of the fleet on 20,000 simulated pipelines in ten clusters, and how its page looks then.</summary>
[Collection(nameof(ScaledFleetCollection))]
public sealed class FleetAtScaleJourney(ScaledFleetScene scene) : FleetCases(scene)
{
    [Theory]
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task Page_WideAndNarrow_LightAndDark_IsCleanToAxe(int width, ColorScheme scheme)
    {
        await using var visitor = await VisitAsync("/", width, scheme);
        var look = $"{Scene.Name}-{width}-{scheme.ToString().ToLowerInvariant()}";
        foreach (var (name, path, wait) in ((string, string, string)[])[("fleet", "/", "tr[data-row]"), ("fleet-by-cause", "/?group=cause", "tr.group"), ("fleet-none", "/?q=there-is-no-such-pipeline", "#main .empty")])
        {
            await visitor.OpenAsync(path);
            await visitor.Page.Locator(wait).First.WaitForAsync();
            await visitor.ShotAsync($"{name}-{look}", whole: false);
            await visitor.FitsAsync($"{name}, {width} px");
            await visitor.AxeAsync($"{name}, {look}");
        }

        visitor.SawNoErrors();
    }
}
