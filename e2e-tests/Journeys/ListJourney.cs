using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Shouldly;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>The list: found by search, filter and keyboard; shared by its address; honest about what it cannot see.</summary>
[Collection(nameof(SimulatedCollection))]
public sealed class ListJourney(SimulatedPortal simulated)
{
    private const string Names = "() => [...document.querySelectorAll('tr[data-row] td.name')].map(e => e.innerText.trim())";

    [Fact]
    public async Task SearchFilterAndSort_StandInTheAddress_AndASharedLinkShowsTheSame()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/");
        await visitor.Page.GetByLabel("Search pipelines").FillAsync("fraud");
        await visitor.Page.WaitForFunctionAsync("() => document.querySelectorAll('tr[data-row]').length === 2 && location.search.includes('fraud')");
        await visitor.Page.Locator("th button", new PageLocatorOptions { HasText = "Cluster" }).ClickAsync();
        await visitor.Page.WaitForFunctionAsync("() => location.search.includes('sort')");
        var names = await visitor.Page.EvaluateAsync<string[]>(Names);

        await using var other = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await other.OpenAsync(new Uri(visitor.Page.Url).PathAndQuery);
        await other.Page.WaitForFunctionAsync("() => document.querySelectorAll('tr[data-row]').length === 2");
        (await other.Page.EvaluateAsync<string[]>(Names)).ShouldBe(names);
    }

    [Fact]
    public async Task Keyboard_GoesThroughTheRows_AndOpensOne()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/?cluster=eu-west");
        await visitor.Page.Locator("tr[data-row]").First.WaitForAsync();
        await visitor.Page.Keyboard.PressAsync("j");
        await visitor.Page.Keyboard.PressAsync("j");
        await visitor.Page.Keyboard.PressAsync("k");
        var href = await visitor.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('href')");
        href.ShouldStartWith("/pipelines/eu-west/");
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.Page.Locator(".tabs").WaitForAsync();
        new Uri(visitor.Page.Url).AbsolutePath.ShouldBe(href);
    }

    [Fact]
    public async Task Partition_ShowsABannerAndTheAgeOfItsRows_AndRecovers()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/");
        await simulated.ScenarioAsync("partition", new { cluster = "us-east", seconds = 20, how = "refused" });

        await visitor.Page.Locator(".banner.s-stale", new PageLocatorOptions { HasText = "us-east unreachable" }).WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        await visitor.Page.Locator("tr.is-stale time").First.WaitForAsync();
        await visitor.AxeAsync("a cluster that does not answer");
        await visitor.ShotAsync("list-stale-1440-light");
        await visitor.Page.WaitForFunctionAsync("() => !document.querySelector('.banner.s-stale') && !document.querySelector('tr.is-stale')", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
    }
}
