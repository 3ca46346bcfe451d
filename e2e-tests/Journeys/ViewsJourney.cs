using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Shouldly;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>Saved views and the command palette, by keyboard.</summary>
[Collection(nameof(SimulatedCollection))]
public sealed class ViewsJourney(SimulatedPortal simulated)
{
    [Fact]
    public async Task View_SavedForATeam_IsOpenedBySomeoneElseFromThePalette_AndAPipelineToo()
    {
        var name = $"Fraud <b>💥</b> {Guid.NewGuid().ToString("N")[..6]}";
        await using (var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url))
        {
            await visitor.OpenAsync("/?q=fraud");
            await visitor.Page.Locator(".views [data-menu]").ClickAsync();
            await visitor.AxeAsync("the menu of views", ".views .menu");
            await visitor.Page.Locator(".views .menu").GetByText("Save as a new view").ClickAsync();
            await visitor.Page.GetByLabel("Name", new PageGetByLabelOptions { Exact = true }).FillAsync(name);
            await visitor.Page.Locator("dialog select option").Nth(1).WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
            await visitor.Page.Locator("dialog select").SelectOptionAsync(new SelectOptionValue { Index = 1 });
            await visitor.Button("Save the view").ClickAsync();
            await visitor.Page.WaitForFunctionAsync("name => document.querySelector('.views .now').textContent === name && location.search.includes('view=')", name);
        }

        await using var other = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await other.OpenAsync("/operations");
        await other.OpenPaletteAsync();
        await other.AxeAsync("the palette");
        await other.ShotAsync("palette-1440-light");
        // Enter at once: it has to wait for the lines of these letters.
        await other.Page.Keyboard.InsertTextAsync(name[^6..]);
        await other.Page.Keyboard.PressAsync("Enter");
        await other.Page.WaitForFunctionAsync("name => location.pathname === '/' && document.querySelector('.views .now')?.textContent === name", name);
        (await other.Page.Locator(".search input").InputValueAsync()).ShouldBe("fraud");

        await other.Page.Keyboard.PressAsync("Control+k");
        await other.Page.Keyboard.TypeAsync("fraud");
        await other.Page.WaitForFunctionAsync("() => document.querySelector('#goto-list').dataset.for === 'fraud' && document.querySelector('[role=option][aria-selected=true]')");
        var href = await other.Page.Locator("[role=option][aria-selected=true]").GetAttributeAsync("data-href");
        (await other.Page.Locator("#goto").GetAttributeAsync("aria-activedescendant")).ShouldBe("goto-0");
        href!.ShouldContain("fraud");
        await other.Page.Keyboard.PressAsync("Enter");
        await other.Page.Locator(".tabs").WaitForAsync();
        new Uri(other.Page.Url).AbsolutePath.ShouldBe(href);
    }
}
