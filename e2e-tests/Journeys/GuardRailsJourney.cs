using Microsoft.Playwright;
using Shouldly;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>A critical pipeline: somebody asks, somebody else approves; a freeze window holds it; Git and a foreign edit.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class GuardRailsJourney(SimulatedPortal simulated)
{
    private const string Pipeline = "eu-west/growth/signup-funnel";
    private const string Page = $"/pipelines/{Pipeline}";

    [Fact]
    public async Task Critical_IsAskedForApprovedAndHeldByAWindow()
    {
        await simulated.AdoptAsync(Pipeline, "growth");
        await using var demo = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await demo.OpenAsync(Page);
        var page = demo.Page;
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Change…" }).ClickAsync();
        await page.GetByLabel("Tier", new PageGetByLabelOptions { Exact = true }).SelectOptionAsync("Critical");
        await demo.Button("Keep it").ClickAsync();
        await page.Locator(".facts .tag", new PageLocatorOptions { HasText = "critical" }).WaitForAsync();
        await page.Locator(".page-head .actions [data-menu]").ClickAsync();
        await page.Locator(".menu [data-opens=Restart]").ClickAsync();
        await page.GetByText("It waits for a second person.").WaitForAsync();
        await page.Locator("dialog[open] [data-keep=why]").FillAsync("a leak in the session cache");
        await demo.ShotAsync("guards-ask-1440-light", whole: false);
        await demo.AxeAsync("asking for approval");
        await demo.ConfirmAsync("Ask for approval");
        await page.GetByText("You asked for it, so somebody else has to decide.").WaitForAsync();
        var operation = new Uri(page.Url).AbsolutePath;

        await using var ada = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url, name: PortalProcess.SecondPerson);
        await ada.OpenAsync(operation);
        await ada.Page.GetByLabel("What you want to say").FillAsync("seen, go on");
        await ada.LookAsync("guards-approve");
        await FreezeAsync(ada);
        await ada.OpenAsync(operation);
        await ada.Button("Approve").ClickAsync();
        await ada.Page.GetByText("Waits for the end of the freeze window").First.WaitForAsync();
        await demo.OpenAsync(Page);
        await page.GetByText("Frozen by “Year’s end”").WaitForAsync();
        await page.Locator(".held li").WaitForAsync();
        await demo.LookAsync("guards-frozen");
        await GitAndDriftAsync(demo);

        // While the job starts anew after that edit, the restart could not do what was shown, and would not begin.
        await demo.RunsAsync();
        // Also for the journeys after this one, which register pipelines of that team there.
        await EndWindowAsync(ada);
        await demo.OpenAsync(operation);
        await demo.SucceededAsync();
        demo.SawNoErrors();
        ada.SawNoErrors();
    }

    private static async Task EndWindowAsync(Visitor visitor)
    {
        await visitor.OpenAsync("/settings");
        await visitor.Page.Locator(".held li", new PageLocatorOptions { HasText = "Year’s end" }).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "End…" }).ClickAsync();
        await visitor.Page.Locator("dialog[open] input").FillAsync("everybody is back");
        await visitor.ConfirmAsync("End it");
        await visitor.Page.Locator(".held li", new PageLocatorOptions { HasText = "everybody is back" }).WaitForAsync();
    }

    private async Task GitAndDriftAsync(Visitor visitor)
    {
        var page = visitor.Page;
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Change…" }).ClickAsync();
        await page.Locator("#guard-repository").FillAsync("https://git.example.org/jobs");
        await page.Locator("#guard-path").FillAsync("growth/signup-funnel.yaml");
        await visitor.Button("Keep it").ClickAsync();
        await page.Locator(".facts .tag", new PageLocatorOptions { HasText = "managed in Git" }).WaitForAsync();

        await simulated.ScenarioAsync("write", new { cluster = "eu-west", @namespace = "growth", name = "signup-funnel", merge = new { metadata = new { generation = 2 }, spec = new { taskManager = new { resource = new { cpu = 3 } } } } });
        await page.GetByText("The cluster differs from revision 1").WaitForAsync();
        await visitor.LookAsync("guards-drift");
        await visitor.Button("Put back…").ClickAsync();
        await page.Locator("dialog[open] a[download='signup-funnel.patch']").WaitForAsync();
        await visitor.ShotAsync("guards-patch-1440-light", whole: false);
        await visitor.AxeAsync("patch instead of an upgrade", "dialog[open]");
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("dialog[open] a[download='signup-funnel.patch']").ClickAsync());
        (await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken)).ShouldStartWith("--- a/growth/signup-funnel.yaml");
        await page.Locator("dialog[open]").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Not now" }).ClickAsync();
        await visitor.Button("Take over…").ClickAsync();
        await page.Locator("#drift-why").FillAsync("as it is in Git now");
        await visitor.Button("Take it over").ClickAsync();
        await page.GetByText("The cluster differs from revision 1").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await page.Locator(".facts", new PageLocatorOptions { HasText = "revision 2" }).WaitForAsync();
    }

    private static async Task FreezeAsync(Visitor visitor)
    {
        await visitor.OpenAsync("/settings");
        var page = visitor.Page;
        await visitor.Button("Add").ClickAsync();
        await page.Locator("#fz-name").FillAsync("Year’s end");
        await page.Locator("#fz-reason").FillAsync("nobody is there");
        await page.Locator("#fz-from").FillAsync("2020-01-01");
        await page.Locator("#fz-until").FillAsync("next year");
        await page.Locator("#fz-lift").FillAsync("the platform team");
        await visitor.Button("Add the window").ClickAsync();
        await page.GetByText("is no date and time").WaitForAsync();
        await page.Locator("#fz-until").FillAsync("2099-01-01 06:00");
        await page.Locator("#fz-cluster").SelectOptionAsync("eu-west");
        await page.Locator("#fz-team").SelectOptionAsync("growth");
        await visitor.LookAsync("guards-window");
        await visitor.Button("Add the window").ClickAsync();
        await page.Locator(".held li", new PageLocatorOptions { HasText = "Year’s end" }).WaitForAsync();
        await visitor.LookAsync("guards-windows");
    }
}
