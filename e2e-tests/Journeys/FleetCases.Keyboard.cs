using Microsoft.Playwright;
using Shouldly;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>The same without a pointer.</summary>
public abstract partial class FleetCases
{
    [Fact]
    public async Task Palette_GoesToAnyPipeline_ByAFewLetters()
    {
        var wanted = (await Scene.ApiAsync($"pipelines?sort=name&limit=1&offset={Scene.Pipelines / 2}"))["items"]![0]!;
        var (cluster, ns, name) = ((string)wanted["cluster"]!, (string)wanted["namespace"]!, (string)wanted["name"]!);
        await using var visitor = await VisitAsync("/");
        await PaletteAsync(visitor, $"{name} {ns} {cluster}", name);
        await visitor.AtAsync(at => at.AbsolutePath == $"/pipelines/{cluster}/{ns}/{name}");
        await visitor.Page.Locator(".tabs").WaitForAsync();
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task Keyboard_Alone_FindsOpensGroupsSelectsAndGoesOn()
    {
        await using var visitor = await VisitAsync("/");
        var (page, keys) = (visitor.Page, visitor.Page.Keyboard);
        var matching = (int)(await Scene.ApiAsync($"pipelines?q={Scene.ErrorWord}&limit=1"))["matching"]!;

        // Search, then into the rows, and open one.
        await keys.PressAsync("/");
        await page.WaitForFunctionAsync("() => document.activeElement?.matches('.search input')");
        await keys.TypeAsync(Scene.ErrorWord);
        await page.WaitForFunctionAsync("least => { const n = Number(document.querySelector('table.fleet')?.dataset.total); return n > 0 && n <= least; }", matching + 20);
        await TabToAsync(visitor, "table.fleet *");
        await keys.PressAsync("j");
        await page.WaitForFunctionAsync("() => document.activeElement?.matches('tr[data-row] td.name a')");
        var href = await page.EvaluateAsync<string>("() => document.activeElement.getAttribute('href')");
        await keys.PressAsync("Enter");
        await visitor.AtAsync(at => at.AbsolutePath == href.Split('?')[0]);
        await page.Locator(".tabs").WaitForAsync();

        // Back to the list by two letters; group it by its menu.
        await keys.PressAsync("g");
        await keys.PressAsync("p");
        await page.Locator("tr[data-row]").First.WaitForAsync();
        await TabToAsync(visitor, "button[data-menu][title^='Group by']");
        await keys.PressAsync("Enter");
        for (var i = 0; i < 8 && !await page.EvaluateAsync<bool>("() => document.activeElement?.innerText.trim() === 'cause'"); i++) await keys.PressAsync("ArrowDown");
        await keys.PressAsync("Enter");
        await visitor.AtAsync(at => at.Query.Contains("group=cause", StringComparison.Ordinal));
        await page.Locator("tr.group").First.WaitForAsync();

        // Select a row, read the help, go elsewhere by the palette.
        await TabToAsync(visitor, "table.fleet tbody *");
        for (var i = 0; i < 5 && !await page.EvaluateAsync<bool>("() => document.activeElement?.matches('tr[data-row] td.name a')"); i++) await keys.PressAsync("j");
        await keys.PressAsync("x");
        await page.Locator("tr[aria-selected='true']").First.WaitForAsync();
        await keys.PressAsync("?");
        await page.Locator("#help[open]").WaitForAsync();
        await keys.PressAsync("Escape");
        await page.Locator("#help[open]").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Hidden });
        await PaletteAsync(visitor, "clusters", "Clusters");
        await visitor.AtAsync(at => at.AbsolutePath == "/clusters");
        visitor.SawNoErrors();
    }

    /// <summary>The palette, the letters, Enter once the line is the chosen one.</summary>
    private static async Task PaletteAsync(Visitor visitor, string letters, string line)
    {
        await visitor.OpenPaletteAsync();
        await visitor.Page.Keyboard.TypeAsync(letters);
        await visitor.Page.Locator("#goto-list .opt[aria-selected='true']", new PageLocatorOptions { HasText = line }).WaitForAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Presses Tab until the focus is there; fails where it never comes.</summary>
    private static async Task TabToAsync(Visitor visitor, string selector)
    {
        for (var i = 0; i < 250; i++)
        {
            if (await visitor.Page.EvaluateAsync<bool>("selector => document.activeElement?.matches(selector) ?? false", selector)) return;
            await visitor.Page.Keyboard.PressAsync("Tab");
        }

        false.ShouldBeTrue($"Tab never reaches {selector}");
    }
}
