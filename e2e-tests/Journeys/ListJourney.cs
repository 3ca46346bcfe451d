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
        await using var visitor = await SearchFraudAsync();
        await visitor.AtAsync(at => at.Query.Contains("fraud", StringComparison.Ordinal));
        await visitor.Page.Locator("th button", new PageLocatorOptions { HasText = "Cluster" }).ClickAsync();
        await visitor.Page.WaitForFunctionAsync("() => location.search.includes('sort')");
        var names = await visitor.Page.EvaluateAsync<string[]>(Names);

        await using var other = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await other.OpenAsync(new Uri(visitor.Page.Url).PathAndQuery);
        await other.Page.WaitForFunctionAsync("() => document.querySelectorAll('tr[data-row]').length === 2");
        (await other.Page.EvaluateAsync<string[]>(Names)).ShouldBe(names);
    }

    [Fact]
    public async Task Typing_OverASlowLine_LosesNoLetter()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.SlowLineAsync(TimeSpan.FromMilliseconds(300));
        await visitor.OpenAsync("/");
        var search = visitor.Page.GetByLabel("Search pipelines");
        await search.PressSequentiallyAsync("fraud scor", new LocatorPressSequentiallyOptions { Delay = 60 });
        await visitor.Page.WaitForFunctionAsync("() => location.search.includes('fraud')");
        (await search.InputValueAsync()).ShouldBe("fraud scor");

        await visitor.OpenAsync("/pipelines/new");
        var arguments = visitor.Page.Locator("#f-args");
        // Slower than the form waits before it checks what was typed.
        await arguments.PressSequentiallyAsync("--from a --to b", new LocatorPressSequentiallyOptions { Delay = 280 });
        (await arguments.InputValueAsync()).ShouldBe("--from a --to b");
        await visitor.Page.Locator(".field:has(#f-args) .origin.you").WaitForAsync();
        await visitor.Page.Locator("#f-jar").FocusAsync();
        (await arguments.InputValueAsync()).ShouldBe("--from a --to b");
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task Row_OpenedRightAfterTyping_StaysOpen()
    {
        await using var visitor = await SearchFraudAsync();
        var href = await visitor.Page.EvaluateAsync<string>("() => { const link = document.querySelector('tr[data-row] td.name a'); link.click(); return link.getAttribute('href'); }");
        await visitor.AtAsync(at => at.AbsolutePath == href);
        // Longer than the list waits after the last letter before the address follows.
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        new Uri(visitor.Page.Url).AbsolutePath.ShouldBe(href);
        await visitor.Page.Locator(".tabs").WaitForAsync();
        visitor.SawNoErrors();
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
    public async Task Cause_IsReachedInOneClick_AndInTwoByGroups()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/");
        var line = visitor.Page.Locator(".triage a").First;
        var count = int.Parse(await line.Locator(".n").InnerTextAsync(), System.Globalization.CultureInfo.InvariantCulture);
        await line.ClickAsync();
        await visitor.Page.WaitForFunctionAsync("n => location.search.includes('cause=') && document.querySelectorAll('tr[data-row]').length === n", count);

        await visitor.OpenAsync("/");
        await visitor.Page.Locator(".toolbar button", new PageLocatorOptions { HasText = "Group by" }).ClickAsync();
        await visitor.Button("cause").ClickAsync();
        await visitor.Page.Locator("tr.group").First.WaitForAsync();
        await visitor.AxeAsync("the list by cause");
        var names = await visitor.Page.EvaluateAsync<string[]>(Names);

        // Left folds the group of the row, and its header has the focus.
        await visitor.Page.Locator("tr[data-row] .name a").First.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("ArrowLeft");
        await visitor.Page.WaitForFunctionAsync("() => location.search.includes('fold=') && document.activeElement.getAttribute('aria-expanded') === 'false'");
        await visitor.Page.Keyboard.PressAsync("ArrowRight");
        // The first rows were counted before the rest of the window was there.
        await visitor.Page.WaitForFunctionAsync("n => document.querySelectorAll('tr[data-row]').length >= n", names.Length);
    }

    [Fact]
    public async Task Columns_ChosenInTheMenuAndMovedByKey_StandInTheAddress()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/?cols=name,health,team,cluster");
        await visitor.Page.Locator("th[data-col='cluster'] button").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("<");
        await visitor.Page.WaitForFunctionAsync("() => decodeURIComponent(location.search).includes('cols=name,health,cluster,team') && document.activeElement.closest('th')?.dataset.col === 'cluster'");
        await visitor.Page.Keyboard.PressAsync("+");
        await visitor.Page.WaitForFunctionAsync("() => /cluster:\\d+/.test(decodeURIComponent(location.search))");

        await visitor.Button("Columns").ClickAsync();
        await visitor.Page.Locator(".columns-menu").GetByRole(AriaRole.Checkbox, new LocatorGetByRoleOptions { Name = "Image", Exact = true }).CheckAsync();
        await visitor.Page.WaitForFunctionAsync("() => [...document.querySelectorAll('th[data-col]')].map(h => h.dataset.col).join() === 'name,health,cluster,team,image'");
        await visitor.AxeAsync("the menu of columns", ".columns-menu");

        await using var other = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await other.OpenAsync(new Uri(visitor.Page.Url).PathAndQuery);
        await other.Page.WaitForFunctionAsync("() => [...document.querySelectorAll('th[data-col]')].map(h => h.dataset.col).join() === 'name,health,cluster,team,image'");
    }

    [Fact]
    public async Task Selection_ByKeyAndByRange_SurvivesAFilter()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/?sort=name");
        // A range needs the table's script, which comes after the rows.
        await visitor.Page.Locator("table[data-listens]").WaitForAsync();
        await visitor.Page.Locator("tr[data-row] .name a").First.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("x");
        await visitor.Page.Keyboard.PressAsync("j");
        await visitor.Page.Keyboard.PressAsync("j");
        await visitor.Page.Keyboard.PressAsync("Shift+X");
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('.selection [data-count]')?.textContent === '3' && document.querySelectorAll('tr[aria-selected=true]').length === 3");

        await visitor.Page.GetByLabel("Search pipelines").FillAsync("nothing-is-called-that");
        await visitor.Page.Locator(".selection", new PageLocatorOptions { HasText = "all hidden by the filter" }).WaitForAsync();
        await visitor.Page.GetByLabel("Search pipelines").FillAsync("");
        await visitor.Page.Locator("thead .c-sel input").CheckAsync();
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('.selection [data-count]')?.textContent === document.querySelector('h1 .total').textContent");
        await visitor.AxeAsync("all selected");
        await visitor.Button("Clear").ClickAsync();
        await visitor.Page.WaitForFunctionAsync("() => !document.querySelector('.selection') && !document.querySelector('tr[aria-selected]')");
        visitor.SawNoErrors();
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

    /// <summary>The list with the two rows of a search; the address follows a moment later.</summary>
    private async Task<Visitor> SearchFraudAsync()
    {
        var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/");
        await visitor.Page.GetByLabel("Search pipelines").FillAsync("fraud");
        await visitor.Page.WaitForFunctionAsync("() => document.querySelectorAll('tr[data-row]').length === 2");
        return visitor;
    }
}
