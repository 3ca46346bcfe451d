using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>A cluster is added, tested, disabled, enabled and removed again, on the pages alone.</summary>
[Collection(nameof(SimulatedCollection))]
public sealed class ClustersJourney(SimulatedPortal simulated)
{
    [Fact]
    public async Task Cluster_AddedTestedDisabledAndRemoved()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/clusters/new");
        await visitor.EnterAsync("#c-name", "Second West");
        await visitor.EnterAsync("#c-text", "not a kubeconfig");
        await visitor.Button("Add").ClickAsync();
        await visitor.Page.GetByText("lower-case letters").WaitForAsync();
        await visitor.AxeAsync("a refused cluster");
        await visitor.EnterAsync("#c-name", "second-west");
        await visitor.Page.Locator(".choice label", new PageLocatorOptions { HasText = "on Sluice" }).ClickAsync();
        await visitor.EnterAsync("#c-path", simulated.Kubeconfig);
        await visitor.Button("Test").ClickAsync();
        await visitor.Page.GetByText("Choose one of:").WaitForAsync();
        await visitor.EnterAsync("#c-context", "eu-west");
        await visitor.Button("Test").ClickAsync();
        await visitor.Page.GetByText("Test passed").WaitForAsync();
        await visitor.ShotAsync("cluster-tested-1440-light");
        await visitor.Button("Add").ClickAsync();

        var panel = visitor.Page.Locator("section.panel", new PageLocatorOptions { Has = visitor.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "second-west", Exact = true }) });
        await panel.GetByText("live", new LocatorGetByTextOptions { Exact = true }).First.WaitForAsync();
        await panel.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Disable" }).ClickAsync();
        await visitor.Page.Locator("dialog[open]").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Disable", Exact = true }).ClickAsync();
        await panel.GetByText("Its pipelines are not in the list").WaitForAsync();
        await visitor.AxeAsync("a disabled cluster");
        await visitor.ShotAsync("cluster-disabled-1440-light");
        await panel.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Enable" }).ClickAsync();
        await panel.GetByText("live", new LocatorGetByTextOptions { Exact = true }).First.WaitForAsync();
        await panel.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Remove" }).ClickAsync();
        await visitor.Page.Locator("dialog[open]").GetByText("are forgotten").WaitForAsync();
        await visitor.ShotAsync("cluster-remove-1440-light");
        await visitor.Page.Locator("dialog[open] input").FillAsync("second-west");
        await visitor.Page.Locator("dialog[open]").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Remove", Exact = true }).ClickAsync();
        await panel.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        visitor.SawNoErrors();
    }
}
