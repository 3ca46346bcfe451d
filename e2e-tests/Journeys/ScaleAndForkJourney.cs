using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>One vertex is given more subtasks while the job runs, and the pipeline is forked: both planned in the dialog, both told of by both pages.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class ScaleAndForkJourney(SimulatedPortal simulated)
{
    private const string Job = "eu-west/payments/card-velocity";

    [Fact]
    public async Task Scale_InPlace_ThenFork_AreToldByBothPages()
    {
        await simulated.AdoptAsync(Job, "payments");
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await AskAsync(visitor, "Scale");
        await visitor.Page.GetByText("Nothing is asked for").First.WaitForAsync();
        await visitor.Page.Locator("input[data-keep^=vertex-]").Last.FillAsync("6");
        await visitor.Page.Locator("input[data-keep^=vertex-]").Last.PressAsync("Tab");
        await visitor.Page.GetByText("What is scaled, and how").WaitForAsync();
        await visitor.Page.Locator(".plan-class").GetByText("SCALE").WaitForAsync();
        await visitor.ShotAsync("scale-plan-1440-light", whole: false);
        await visitor.AxeAsync("plan of a scaling");
        await visitor.OpenAsync(await visitor.StartedAsync("Scale it"));
        await visitor.SucceededAsync();
        await visitor.Page.GetByText("It went as predicted.").WaitForAsync();
        await visitor.ShotAsync("scale-1440-light");

        await AskAsync(visitor, "Fork");
        await visitor.Page.GetByText("Both pipelines read and write at once").First.WaitForAsync();
        await visitor.ShotAsync("fork-plan-1440-light", whole: false);
        await visitor.AxeAsync("plan of a fork");
        await visitor.ConfirmAsync("Fork it");
        await visitor.AtAsync(page => page.AbsolutePath.StartsWith("/operations/", StringComparison.Ordinal));
        await visitor.SucceededAsync();
        await visitor.ShotAsync("fork-1440-light");
        await visitor.OpenAsync("/pipelines/" + Job);
        await visitor.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "card-velocity-fork" }).First.ClickAsync();
        await visitor.AtAsync(page => page.AbsolutePath == $"/pipelines/{Job}-fork");
        await visitor.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "card-velocity", Exact = true }).First.WaitForAsync();
        await AskAsync(visitor, "SideBySide");
        await visitor.Page.GetByText("both process the same records").First.WaitForAsync();
        await visitor.Page.GetByText("Read by both, at least").First.WaitForAsync();
        await visitor.ShotAsync("side-by-side-plan-1440-light", whole: false);
        await visitor.AxeAsync("plan of a side-by-side upgrade");
        visitor.SawNoErrors();

        await using var other = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url, 390, 900, ColorScheme.Dark);
        foreach (var kind in (string[])["Scale", "Fork", "SideBySide"])
        {
            await AskAsync(other, kind);
            await other.Page.Locator("dialog[open] .verdict-say").First.WaitForAsync();
            await other.FitsAsync($"{kind}, 390 px");
            await other.ShotAsync($"{kind.ToLowerInvariant()}-plan-390-dark", whole: false);
            await other.AxeAsync($"plan of {kind}, 390-dark");
        }
    }

    private static async Task AskAsync(Visitor visitor, string kind)
    {
        await visitor.OpenAsync("/pipelines/" + Job);
        await visitor.RunsAsync();
        await visitor.Page.Locator(".page-head .actions [data-menu]").ClickAsync();
        await visitor.Page.Locator($".menu [data-opens={kind}]").ClickAsync();
    }
}
