using Microsoft.Playwright;
using Shouldly;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>Some pipelines are selected in the list, copied with their state by one run, and the copies are in the list.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class BulkForkJourney(SimulatedPortal simulated)
{
    private static readonly string[] Names = ["query-logs", "ranking-features"];

    [Fact]
    public async Task Selected_AreForkedByOneRun_AndTheCopiesAreInTheList()
    {
        foreach (var name in Names) await simulated.AdoptAsync($"us-east/search/{name}", "search");
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        var page = visitor.Page;
        await visitor.OpenAsync("/?team=search&cluster=us-east");
        foreach (var name in Names) await page.Locator($"tr[data-row]:has(td.name:has-text('{name}')) .c-sel input").CheckAsync();
        await page.Locator("[data-bulk]").ClickAsync();

        await page.SelectOptionAsync("[data-bulk-kind]", "Redeploy");
        await page.GetByText("Each starts the same version anew").WaitForAsync();
        await page.Locator("[data-bulk-plan]").WaitForAsync();
        await visitor.ShotAsync("bulk-redeploy-1440-light", whole: false);
        await page.SelectOptionAsync("[data-bulk-kind]", "Fork");
        var suffix = page.GetByLabel("Names end with");
        await suffix.FillAsync("-Staging");
        await suffix.BlurAsync();
        await page.GetByText("'-Staging' is no end of a name").First.WaitForAsync();
        await suffix.FillAsync("-staging");
        await suffix.BlurAsync();
        await page.GetByText("Fork 2 of 2 pipelines in 2 waves").WaitForAsync();
        await page.GetByText("the new ones write to the same sinks").WaitForAsync();
        await visitor.LookAsync("bulk-fork", "dialog[open]");
        await page.Locator("[data-bulk-start]:not(:disabled)").ClickAsync();

        await visitor.AtAsync(at => at.AbsolutePath.StartsWith("/bulk/", StringComparison.Ordinal));
        await page.Locator("[data-bulk-state=finished]").WaitForAsync(new LocatorWaitForOptions { Timeout = 120_000 });
        (await page.Locator("[data-count=succeeded]").First.InnerTextAsync()).ShouldBe("2");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "All", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = $"Open {Names[0]}-staging" }).WaitForAsync();
        await visitor.ShotAsync("bulk-forked-1440-light");
        await visitor.OpenAsync("/?team=search&cluster=us-east&q=-staging");
        foreach (var name in Names) await page.Locator($"tr[data-row]:has(td.name:has-text('{name}-staging'))").GetByText("healthy").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        visitor.SawNoErrors();
    }
}
