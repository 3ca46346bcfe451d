using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>What runs is a bootstrap: its steady revision is edited, waits for somebody, and goes live when that person says so.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class GoLiveJourney(SimulatedPortal simulated)
{
    private const string Job = "eu-west/rides/surge-zones";

    [Fact]
    public async Task Bootstrap_WaitsForSomebody_WhoSaysNow_GoesLive()
    {
        await simulated.AdoptAsync(Job, "rides");
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/pipelines/" + Job);
        await visitor.RunsAsync();
        await visitor.OpenAsync($"/pipelines/{Job}/edit");
        await visitor.EnterAsync("#f-parallelism", "3");
        await visitor.Button("Upgrade…").ClickAsync();
        await visitor.Page.Locator("dialog[open] [data-keep=go-live]").CheckAsync();
        await visitor.Page.GetByText("somebody says so; after 24 hours you are asked").WaitForAsync();
        await visitor.EnterAsync("dialog[open] [data-keep=live-lag]", "1000");
        await visitor.Page.GetByText("fewer than 1,000 records wait before its sources, for 60 s; after 24 hours").WaitForAsync();
        await visitor.LookAsync("go-live-plan", "dialog[open]");
        await visitor.EnterAsync("dialog[open] [data-keep=live-lag]", "");
        await visitor.Page.GetByText("somebody says so; after 24 hours you are asked").WaitForAsync();

        await visitor.ConfirmAsync("Wait, then go live");
        await visitor.Page.Locator(".steps .why", new PageLocatorOptions { HasText = "It waits for somebody to say so." }).WaitForAsync();
        await visitor.Page.Locator(".page-head .states").GetByText("bootstrapping").WaitForAsync();
        await visitor.LookAsync("go-live-waits");

        await visitor.Button("Go live now").ClickAsync();
        await visitor.Page.GetByText("demo said: go live now").WaitForAsync();
        await visitor.SucceededAsync();
        await visitor.Page.GetByText("is live and goes on where the bootstrap").First.WaitForAsync();
        await visitor.ShotAsync("go-live-done-1440-light");
        visitor.SawNoErrors();
    }
}
