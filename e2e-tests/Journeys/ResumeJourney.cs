using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Shouldly;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>A page finds its way back alone and says what it missed: after a killed portal, a lost network, a frozen browser.</summary>
[Collection(nameof(SimulatedCollection))]
public sealed class ResumeJourney(SimulatedPortal simulated)
{
    private const string Live = "() => document.documentElement.dataset.connection === 'live'";
    private const string Lost = "() => document.documentElement.dataset.connection === 'lost' && document.querySelector('#connection-lost').matches(':popover-open')";
    private const string Said = "() => document.querySelector('#connection-back').matches(':popover-open') && document.querySelector('#connection-back').innerText";
    private static readonly PageWaitForFunctionOptions Patient = new() { Timeout = 60_000 };

    [Fact]
    public async Task PortalKilledAndRestarted_TheListComesBackWhereItWas()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url, height: 500);
        await visitor.OpenAsync("/?sort=name");
        await visitor.Page.Locator("tr[data-row]").First.WaitForAsync();
        await visitor.Page.EvaluateAsync("() => document.querySelector('tr[data-row][aria-rowindex=\"22\"]').scrollIntoView({ block: 'start' })");
        await visitor.Page.Locator("tr[data-row][aria-rowindex='26'] .name a").FocusAsync();
        var before = await FirstInViewAsync(visitor);
        visitor.PortalMayBeDown = true;
        await visitor.Page.EvaluateAsync("() => { window.before = true; }");

        await simulated.RestartAsync();

        await visitor.Page.WaitForFunctionAsync("() => !window.before && document.documentElement.dataset.connection === 'live'", null, Patient);
        var said = await SaidAsync(visitor);
        said.ShouldMatch(@"^Connected again at \d\d:\d\d:\d\d UTC; .+ missed: .*rows that you saw");
        (await FirstInViewAsync(visitor)).ShouldBe(before);
        new Uri(visitor.Page.Url).Query.ShouldBe("?sort=name");
        (await visitor.Page.EvaluateAsync<string>("() => document.activeElement.closest('tr')?.getAttribute('aria-rowindex')")).ShouldBe("26");
        await visitor.Page.GetByLabel("Close this note").ClickAsync();
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task PortalKilledAndRestarted_TheDialogAndWhatWasTypedIntoItAreBack()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/pipelines/eu-west/payments/ledger-entries");
        var adopt = visitor.Button("Adopt");
        var suspend = visitor.Page.Locator(".page-head .actions").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Suspend…", Exact = true }).First;
        await adopt.Or(suspend).First.WaitForAsync();
        if (await adopt.IsVisibleAsync()) await adopt.ClickAsync();
        await suspend.ClickAsync();
        await visitor.Page.Locator("dialog[open] input").First.FillAsync("node pool is drained at 14:00");
        // Without its plan nothing can be started, also not in vain.
        await Assertions.Expect(visitor.Button("Suspend it")).ToBeEnabledAsync(new LocatorAssertionsToBeEnabledOptions { Timeout = 30_000 });
        visitor.PortalMayBeDown = true;
        await visitor.Page.EvaluateAsync("() => { window.before = true; }");
        await simulated.Portal.KillAsync();
        await visitor.Page.WaitForFunctionAsync(Lost, null, Patient);
        await visitor.Page.Locator("dialog[open] input").First.FillAsync("node pool is drained at 14:00, ask Ana");
        await visitor.ConfirmAsync("Suspend it");
        await visitor.Page.GetByText("Not now: Sluice does not answer").WaitForAsync();
        await visitor.ShotAsync("resume-lost-1440-light");

        await simulated.RestartAsync();

        await visitor.Page.WaitForFunctionAsync("() => !window.before && document.documentElement.dataset.connection === 'live'", null, Patient);
        await Assertions.Expect(visitor.Page.Locator("dialog[open] input").First).ToHaveValueAsync("node pool is drained at 14:00, ask Ana", new LocatorAssertionsToHaveValueOptions { Timeout = 60_000 });
        await SaidAsync(visitor);
        await visitor.AxeAsync("a page that came back");
        await visitor.Page.Keyboard.PressAsync("Escape");
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task NetworkLostForSeconds_TheSamePageGoesOn_AndWhatWasTypedMeanwhileReachesTheServer()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/pipelines/new");
        await visitor.Page.Locator("#f-name").WaitForAsync();
        var network = await visitor.Page.Context.NewCDPSessionAsync(visitor.Page);
        await network.SendAsync("Network.enable");
        visitor.PortalMayBeDown = true;
        await visitor.Page.EvaluateAsync("() => { window.before = true; }");
        await OfflineAsync(network, true);
        await visitor.Page.WaitForFunctionAsync(Lost, null, Patient);
        await visitor.Page.FillAsync("#f-class", "com.example.Offline");
        (await visitor.Page.Locator(".topbar .off").IsVisibleAsync()).ShouldBeTrue();

        await OfflineAsync(network, false);

        await visitor.Page.WaitForFunctionAsync(Live, null, Patient);
        (await visitor.Page.EvaluateAsync<bool>("() => window.before === true")).ShouldBeTrue("the circuit was still there: the page must not be loaded again");
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('textarea.yaml-text').value.includes('com.example.Offline')", null, Patient);
        (await visitor.Page.Locator(".topbar .off").IsVisibleAsync()).ShouldBeFalse();
        await visitor.Button("Discard").ClickAsync();
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task ScriptLostOnTheWay_ThePageSaysSoAndLoadsItselfAgain()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        visitor.PortalMayBeDown = true;
        var lost = 0;
        // The second time nothing comes through for a while: without the network the page must not be given up for the browser's own.
        await visitor.Page.RouteAsync(new Regex("/js/connection"), route => ++lost <= 2 ? route.AbortAsync() : route.ContinueAsync());
        await visitor.Page.RouteAsync("**/healthz", route => lost == 2 ? route.AbortAsync() : route.ContinueAsync());
        await visitor.Page.GotoAsync(new Uri(visitor.Portal, "/clusters").ToString());
        await Until.TrueAsync(() => lost == 2, "the page to be loaded again", TimeSpan.FromSeconds(30));
        await visitor.Page.GetByText("Not all of this page arrived").WaitForAsync();
        await visitor.ShotAsync("resume-arrival-1440-light");
        lost++;

        await visitor.InteractiveAsync();
        (await visitor.Page.Locator("#connection-lost").IsVisibleAsync()).ShouldBeFalse();
        visitor.SawNoErrors();
    }

    private static Task OfflineAsync(ICDPSession network, bool offline) => network.SendAsync(
        "Network.emulateNetworkConditions", new Dictionary<string, object> { ["offline"] = offline, ["latency"] = 0, ["downloadThroughput"] = -1, ["uploadThroughput"] = -1 });

    private static Task<string> FirstInViewAsync(Visitor visitor) =>
        visitor.Page.EvaluateAsync<string>("() => [...document.querySelectorAll('tr[data-row]')].find(row => row.getBoundingClientRect().bottom > 76).getAttribute('aria-rowindex')");

    private static async Task<string> SaidAsync(Visitor visitor) =>
        (await (await visitor.Page.WaitForFunctionAsync(Said, null, Patient)).JsonValueAsync<string>()).Trim();
}
