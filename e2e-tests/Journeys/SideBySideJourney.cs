using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>A new version starts beside the old one and takes its place; the old address leads to it.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class SideBySideJourney(SimulatedPortal simulated)
{
    private const string Job = "eu-west/logistics/warehouse-stock";

    [Fact]
    public async Task SideBySide_TakesThePlace_AndTheOldAddressLeadsToIt()
    {
        await simulated.AdoptAsync(Job, "logistics");
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/pipelines/" + Job);
        await visitor.RunsAsync();
        await visitor.Page.Locator(".page-head .actions [data-menu]").ClickAsync();
        await visitor.Page.Locator(".menu [data-opens=SideBySide]").ClickAsync();
        await visitor.Page.Locator("dialog[open] .plan-class").First.WaitForAsync();
        await visitor.LookAsync("side-by-side-plan", "dialog[open]");
        await visitor.ConfirmAsync("Start it beside the old one");

        await visitor.AtAsync(at => at.AbsolutePath.StartsWith("/operations/", StringComparison.Ordinal));
        await visitor.Page.Locator(".steps").First.WaitForAsync();
        await visitor.ShotAsync("side-by-side-runs-1440-light");
        await visitor.SucceededAsync();
        await visitor.LookAsync("side-by-side-done");

        await visitor.OpenAsync("/pipelines/" + Job);
        await visitor.Page.GetByText("logistics/warehouse-stock is now warehouse-stock-g2").WaitForAsync();
        await visitor.LookAsync("side-by-side-moved");
        await visitor.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open warehouse-stock-g2" }).ClickAsync();
        await visitor.RunsAsync();
        visitor.SawNoErrors();
    }
}
