using System.Net.Http.Json;
using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>From the list to a run over what is selected, and to its end.</summary>
[Collection(nameof(SimulatedCollection))]
public sealed class BulkJourney(SimulatedPortal simulated)
{
    private static readonly string[] Names = ["card-velocity", "fraud-scores"];

    [Fact]
    public async Task Selected_SavepointOfAll_IsPlannedStartedAndShownToItsEnd()
    {
        using var client = simulated.Portal.Client();
        foreach (var name in Names) using (await client.PostAsJsonAsync($"api/v1/pipelines/eu-west/payments/{name}/adopt", new { team = "payments" })) { }
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        var page = visitor.Page;
        await visitor.OpenAsync("/?cluster=eu-west&team=payments");
        foreach (var name in Names) await page.Locator("tr[data-row]", new PageLocatorOptions { HasText = name }).First.GetByRole(AriaRole.Checkbox).ClickAsync();

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Operate on them" }).ClickAsync();
        await page.Locator("[data-bulk-kind]").SelectOptionAsync("Savepoint");
        await page.Locator("[data-bulk-plan]").GetByText("Savepoint 2 of 2 pipelines").WaitForAsync();
        await visitor.AxeAsync("the bulk dialog");
        await visitor.ShotAsync("bulk-dialog-1440-light", whole: false);
        await page.Locator("[data-bulk-start]").ClickAsync();

        await page.WaitForURLAsync("**/bulk/*");
        await page.Locator("[data-bulk-state=finished]").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        await Until.TrueAsync(async () => await page.Locator("[data-count=succeeded]").InnerTextAsync() == "2", "both to be counted");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "All", Exact = true }).ClickAsync();
        await page.Locator("table tbody tr").Nth(1).WaitForAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Operation of eu-west/payments/" + Names[0] }).WaitForAsync();
        var address = new Uri(page.Url).PathAndQuery;
        visitor.SawNoErrors();

        await LooksAsync(address, 1440, ColorScheme.Light);
        await LooksAsync(address, 390, ColorScheme.Dark);
    }

    private async Task LooksAsync(string address, int width, ColorScheme scheme)
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url, width, 900, scheme);
        foreach (var (name, path) in new[] { ("bulk-run", address), ("bulk-runs", "/bulk") })
        {
            await visitor.OpenAsync(path);
            await visitor.Page.Locator("table tbody tr").First.WaitForAsync();
            await visitor.ShotAsync($"{name}-{width}-{scheme.ToString().ToLowerInvariant()}");
            Assert.True(await visitor.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), $"{name} is wider than {width} px");
            await visitor.AxeAsync($"{name}, {width}");
        }
    }
}
