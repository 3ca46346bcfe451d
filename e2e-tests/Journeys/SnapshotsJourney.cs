using System.Net.Http.Json;
using Microsoft.Playwright;
using Shouldly;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>The catalogue of a pipeline's snapshots: a timetable, a rule, one that goes into quarantine and comes back, light and dark, wide and narrow.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class SnapshotsJourney(SimulatedPortal simulated)
{
    private const string Pipeline = "eu-west/payments/chargeback-alerts";
    private const string Tab = $"/pipelines/{Pipeline}/snapshots";

    /// <summary>The words of the table that do not fit where they stand.</summary>
    private const string Cut = "() => [...document.querySelectorAll('table.snapshots td, table.snapshots td *')].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'hidden' && e.getClientRects().length > 0 && !e.classList.contains('visually-hidden')).map(e => e.textContent)";

    [Fact]
    public async Task Snapshots_FromTwoSavepointsToQuarantineAndBack()
    {
        await PrepareAsync();
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync(Tab);
        var page = visitor.Page;
        await page.Locator("table.snapshots tbody tr").Nth(1).WaitForAsync();
        await visitor.ShotAsync("snapshots-1440-light");
        await visitor.AxeAsync("snapshots");

        await page.Locator("[data-opens=Timetable]").ClickAsync();
        await page.Locator("dialog[open] .turns li").Nth(4).WaitForAsync();
        await page.Locator("dialog[open] [data-keep=cron]").FillAsync("70 2 * * *");
        await page.Locator("dialog[open] [data-keep=cron]").PressAsync("Tab");
        await page.GetByText("does not fit the minute").WaitForAsync();
        await page.Locator("dialog[open] [data-keep=cron]").FillAsync("30 2 * * *");
        await page.Locator("dialog[open] [data-keep=zone]").FillAsync("Europe/Berlin");
        await page.Locator("dialog[open] [data-keep=zone]").PressAsync("Tab");
        await page.Locator("dialog[open] .turns li").Nth(4).WaitForAsync();
        await visitor.ShotAsync("snapshots-timetable-1440-light", whole: false);
        await visitor.AxeAsync("timetable");
        await visitor.Button("Keep it").ClickAsync();
        await page.Locator("dd", new PageLocatorOptions { HasText = "Europe/Berlin" }).WaitForAsync();

        await page.Locator("[data-opens=Retention]").ClickAsync();
        await page.Locator("dialog[open] [data-keep=newest]").FillAsync("1");
        await page.Locator("dialog[open] [data-keep=days]").FillAsync("");
        await page.Locator("dialog[open] [data-keep=days]").PressAsync("Tab");
        await page.GetByText("Not one of the newest 1.").First.WaitForAsync();
        await visitor.ShotAsync("snapshots-retention-1440-light", whole: false);
        await visitor.AxeAsync("retention");
        await page.Locator("dialog[open]").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Not now" }).ClickAsync();

        var old = page.Locator("table.snapshots tbody tr", new PageLocatorOptions { Has = page.Locator("button[title='Dispose of it…']") }).First;
        await old.Locator("button[title='Dispose of it…']").ClickAsync();
        await page.GetByText("goes into quarantine").WaitForAsync();
        await visitor.ShotAsync("snapshots-dispose-1440-light", whole: false);
        await visitor.AxeAsync("dispose");
        await visitor.Button("Put it into quarantine").ClickAsync();
        await visitor.Button("Bring back").WaitForAsync();
        (await page.EvaluateAsync<string[]>(Cut)).ShouldBeEmpty("cut while in quarantine");
        await visitor.ShotAsync("snapshots-quarantine-1440-light", whole: false);
        await visitor.Button("Bring back").ClickAsync();
        await page.Locator("[title*='Brought back by demo']").WaitForAsync();

        foreach (var (width, scheme) in new[] { (1440, ColorScheme.Dark), (390, ColorScheme.Dark), (390, ColorScheme.Light) })
        {
            await page.SetViewportSizeAsync(width, 900);
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            await visitor.ShotAsync($"snapshots-{width}-{scheme.ToString().ToLowerInvariant()}");
            await visitor.FitsAsync($"snapshots, {width} px");
            (await page.EvaluateAsync<string[]>(Cut)).ShouldBeEmpty($"cut at {width} px");
            await visitor.AxeAsync($"snapshots {width} {scheme}");
        }
        foreach (var dialog in (string[])["Timetable", "Retention"])
        {
            await page.Locator($"[data-opens={dialog}]").ClickAsync();
            await page.Locator("dialog[open] .turns li, dialog[open] .checks li").First.WaitForAsync();
            await visitor.ShotAsync($"snapshots-{dialog.ToLowerInvariant()}-390-light", whole: false);
            await page.Locator("dialog[open]").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Not now" }).ClickAsync();
        }

        // From the menu the dialog offers the same catalogue, and plans what is chosen there.
        await page.SetViewportSizeAsync(1440, 900);
        await visitor.OpenAsync($"/pipelines/{Pipeline}");
        await page.Locator(".page-head .actions [data-menu]").ClickAsync();
        await page.Locator(".menu [data-opens=Redeploy]").ClickAsync();
        var snapshots = page.Locator("dialog[open] select[data-keep=snapshot]:not(:disabled)");
        var chosen = (await snapshots.Locator("optgroup option").Last.GetAttributeAsync("value"))!;
        await snapshots.SelectOptionAsync(chosen);
        await page.Locator("dialog[open]").GetByText($"initialSavepointPath: {chosen}").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
        await snapshots.SelectOptionAsync("other");
        await page.Locator("dialog[open] [data-keep=path]").FillAsync("nowhere");
        await page.Locator("dialog[open] [data-keep=path]").PressAsync("Tab");
        await page.GetByText("nowhere is no path").First.WaitForAsync();
        await snapshots.SelectOptionAsync(chosen);
        await page.Locator("dialog[open] [data-keep=path]").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await visitor.LookAsync("redeploy", "dialog[open]");
        visitor.SawNoErrors();
    }

    private async Task PrepareAsync()
    {
        await simulated.AdoptAsync(Pipeline, "payments");
        using var client = simulated.Portal.Client();
        for (var i = 1; i <= 2; i++)
        {
            var wanted = i;
            await Until.TrueAsync(async () =>
            {
                using var _ = await client.PostAsJsonAsync("api/v1/operations", new { kind = "savepoint", pipeline = Pipeline });
                return (await simulated.ApiAsync($"operations?pipeline={Pipeline}")).AsArray().Count(o => (string?)o!["kind"] == "savepoint") >= wanted;
            }, $"savepoint {i} to be begun", TimeSpan.FromSeconds(90));
            await Until.TrueAsync(async () => (await simulated.ApiAsync($"operations?pipeline={Pipeline}")).AsArray().Count(o => (string?)o!["kind"] == "savepoint" && (string?)o["state"] == "succeeded") >= wanted, $"savepoint {i}", TimeSpan.FromSeconds(90));
        }
        await Until.TrueAsync(async () => (await simulated.ApiAsync($"pipelines/{Pipeline}/snapshots"))["snapshots"]!.AsArray().Count(s => (string?)s!["snapshot"]!["origin"] == "operation") >= 2, "both in the catalogue", TimeSpan.FromSeconds(90));
    }
}
