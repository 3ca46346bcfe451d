using System.Globalization;
using Microsoft.Playwright;
using Shouldly;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>The fleet page with thousands of pipelines; the same cases on simulated clusters and on a real API server.</summary>
public abstract partial class FleetCases
{
    private const string Total = "count => document.querySelector('table.fleet')?.dataset.total === String(count)";
    private const string Heads = "() => [...document.querySelectorAll('table.fleet thead th')].map(th => th.dataset.col ?? '')";
    private const string Hrefs = "() => [...document.querySelectorAll('tr[data-row] td.name a')].map(a => a.getAttribute('href')).slice(0, 20)";
    private const string Groups = "() => [...document.querySelectorAll('tr.group .group-name')].map(g => g.innerText).slice(0, 5)";
    private const string Rows = "() => document.querySelectorAll('tr[data-row]').length";

    /// <summary>More rows than a page ever has in its window: what is rendered must not grow with the fleet.</summary>
    private const int MostRendered = 250;

    /// <summary>Makes the cases on a scene.</summary>
    protected FleetCases(FleetScene scene)
    {
        scene.Require();
        Scene = scene;
    }

    /// <summary>The portal and its fleet.</summary>
    protected FleetScene Scene { get; }

    [Fact]
    public async Task List_IsComplete_AndOnlyWhatIsInViewIsRendered()
    {
        await using var visitor = await VisitAsync("/?sort=name");
        (await visitor.Page.Locator("h1 .total").InnerTextAsync()).ShouldBe(Number(Scene.Pipelines));
        (await visitor.Page.Locator("table.fleet").GetAttributeAsync("aria-rowcount")).ShouldBe((Scene.Pipelines + 1).ToString(CultureInfo.InvariantCulture));
        var last = (string)(await Scene.ApiAsync($"pipelines?sort=name&limit=1&offset={Scene.Pipelines - 1}"))["items"]![0]!["name"]!;
        var first = (string)(await Scene.ApiAsync("pipelines?sort=name&limit=1"))["items"]![0]!["name"]!;

        await ScrollAsync(visitor, "document.documentElement.scrollHeight", last);
        (await visitor.Page.EvaluateAsync<int>(Rows)).ShouldBeInRange(1, MostRendered);
        await ScrollAsync(visitor, "0", first);
        (await visitor.Page.EvaluateAsync<int>(Rows)).ShouldBeInRange(1, MostRendered);
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task Search_FindsAPipelineByAWordOfItsError_AndOpensIt()
    {
        var failed = (await Scene.ApiAsync("pipelines?health=failed&limit=1000"))["items"]!.AsArray();
        failed.Count.ShouldBeGreaterThan(0);
        await using var visitor = await VisitAsync("/");
        var word = Scene.ErrorWord;
        var expected = (int)(await Scene.ApiAsync($"pipelines?q={word}&limit=1"))["matching"]!;
        expected.ShouldBeInRange(1, Scene.Pipelines / 10);

        await visitor.Page.GetByLabel("Search pipelines").FillAsync(word);
        await visitor.Page.WaitForFunctionAsync(Total, expected);
        await visitor.Page.Locator("tr[data-row] td.name a").First.ClickAsync();
        await visitor.Page.Locator(".tabs").WaitForAsync();
        await visitor.Page.Locator("#verdict-h").WaitForAsync();
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task Change_OfAPipelineInView_ShowsInPlace()
    {
        var healthy = (await Scene.ApiAsync("pipelines?health=healthy&phase=none&limit=1"))["items"]![0]!;
        var (cluster, ns, name) = ((string)healthy["cluster"]!, (string)healthy["namespace"]!, (string)healthy["name"]!);
        await using var visitor = await VisitAsync($"/?cluster={cluster}&q={ns}%2F{name}");
        var row = visitor.Page.Locator($"tr[data-row]:has(a[href$='/{ns}/{name}'])");
        await row.GetByText("healthy").WaitForAsync();

        await Scene.BreakAsync(cluster, ns, name);
        await row.GetByText("Image cannot be pulled").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task SharedLink_WithFilterGroupSortAndColumns_ShowsTheSameInAnotherBrowser()
    {
        await using var visitor = await VisitAsync("/");
        await visitor.Page.Locator("fieldset.facet", new PageLocatorOptions { Has = visitor.Page.Locator("legend", new PageLocatorOptions { HasText = "Team" }) }).GetByRole(AriaRole.Checkbox).First.CheckAsync();
        await visitor.AtAsync(at => at.Query.Contains("team=", StringComparison.Ordinal));
        await visitor.Page.Locator("thead th[data-col='name'] button").ClickAsync();
        await visitor.AtAsync(at => at.Query.Contains("sort=", StringComparison.Ordinal));
        await visitor.Page.Locator("button[data-menu]", new PageLocatorOptions { HasText = "Columns" }).ClickAsync();
        await visitor.Page.Locator(".columns-menu li", new PageLocatorOptions { HasText = "Phase" }).GetByRole(AriaRole.Checkbox).ClickAsync();
        await visitor.Page.WaitForFunctionAsync("() => !document.querySelector('thead th[data-col=phase]')");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await GroupAsync(visitor, "cluster");
        await visitor.AtAsync(at => at.Query.Contains("group=cluster", StringComparison.Ordinal));
        // The address is there before the rows.
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('tr.group') && document.querySelector('tr[data-row]')");
        var (heads, groups, rows) = (await visitor.Page.EvaluateAsync<string[]>(Heads), await visitor.Page.EvaluateAsync<string[]>(Groups), await visitor.Page.EvaluateAsync<string[]>(Hrefs));

        await using var other = await VisitAsync(new Uri(visitor.Page.Url).PathAndQuery);
        (await other.Page.EvaluateAsync<string[]>(Heads)).ShouldBe(heads);
        (await other.Page.EvaluateAsync<string[]>(Groups)).ShouldBe(groups);
        (await other.Page.EvaluateAsync<string[]>(Hrefs)).ShouldBe(rows);
        heads.ShouldNotContain("phase");
        groups.ShouldNotBeEmpty();
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task Triage_LeadsToACauseInTwoClicks()
    {
        await using var visitor = await VisitAsync("/");
        var line = visitor.Page.Locator("ol.triage li a").First;
        await line.WaitForAsync();
        var cause = await line.Locator(".cause").InnerTextAsync();

        await line.ClickAsync();
        await visitor.AtAsync(at => at.Query.Contains("cause=", StringComparison.Ordinal));
        await visitor.Page.Locator("ol.triage li a[aria-current]", new PageLocatorOptions { HasText = cause }).WaitForAsync();
        var query = new Uri(visitor.Page.Url).Query;
        await Sluice.Testing.Until.TrueAsync(async () =>
        {
            var matching = (int)(await Scene.ApiAsync($"pipelines{query}&limit=1"))["matching"]!;
            return matching > 0 && matching < Scene.Pipelines / 2 && await visitor.Page.EvaluateAsync<bool>($"({Total})({matching})");
        }, $"the rows of {cause}, and only those");

        await visitor.Page.Locator("tr[data-row] td.name a").First.ClickAsync();
        await visitor.Page.Locator(".tabs").WaitForAsync();
        await visitor.Page.Locator("#verdict-h").WaitForAsync();
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task Groups_ByCause_CountEveryPipeline()
    {
        await using var visitor = await VisitAsync("/");
        await GroupAsync(visitor, "cause");
        await visitor.AtAsync(at => at.Query.Contains("group=cause", StringComparison.Ordinal));
        await visitor.Page.Locator("tr.group").First.WaitForAsync();
        await GroupAsync(visitor, "Fold all");
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('tr.group') && !document.querySelector('tr[data-row]')");

        var counted = await visitor.Page.EvaluateAsync<int[]>("() => [...document.querySelectorAll('tr.group')].map(row => Number(row.querySelector('b').innerText.replace(/[^0-9]/g, '')))");
        var lines = await visitor.Page.EvaluateAsync<int>("() => Number(document.querySelector('table.fleet').dataset.total)");
        // The fleet lives meanwhile: pipelines come and go, and one whose cause nobody had before waits for the next order.
        if (lines == counted.Length) counted.Sum().ShouldBeInRange(Scene.Pipelines - 40, Scene.Pipelines + 40);
        counted.Length.ShouldBeInRange(3, MostRendered);
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task Csv_HasEveryPipeline()
    {
        await using var visitor = await VisitAsync("/");
        await visitor.Page.Locator(".views button[data-menu]").ClickAsync();
        var download = await visitor.Page.RunAndWaitForDownloadAsync(() => visitor.Page.GetByText("Export CSV").ClickAsync());
        var lines = await File.ReadAllLinesAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        lines.Length.ShouldBe(Scene.Pipelines + 1);
        lines[0].ShouldContain("cluster");
        lines.Skip(1).Distinct(StringComparer.Ordinal).Count().ShouldBe(Scene.Pipelines);
        visitor.SawNoErrors();
    }

    /// <summary>Signs in and opens a page of the fleet, once its rows are there.</summary>
    protected async Task<Visitor> VisitAsync(string path, int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        var visitor = await Visitor.SignInAsync(Scene.Browser, Scene.Portal.Url, width, 900, scheme);
        // A machine that runs all this at once may keep a page waiting until it takes its line for lost; it comes back by itself, which is not what these cases are about.
        visitor.PortalMayBeDown = true;
        await visitor.OpenAsync(path);
        await visitor.Page.Locator("tr[data-row]").First.WaitForAsync();
        return visitor;
    }

    /// <summary>Chooses in the menu of groups.</summary>
    private static async Task GroupAsync(Visitor visitor, string choice)
    {
        var menu = visitor.Page.Locator(".menu-wrap", new PageLocatorOptions { Has = visitor.Page.Locator("button[data-menu][title^='Group by']") });
        await menu.Locator("button[data-menu]").ClickAsync();
        await menu.Locator(".menu").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = choice, Exact = true }).ClickAsync();
    }

    private static string Number(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Goes to a height, again and again while the room for the rows is measured, until the row is in view.</summary>
    private static Task ScrollAsync(Visitor visitor, string height, string name) => visitor.Page.WaitForFunctionAsync(
        $"name => {{ scrollTo(0, {height}); return [...document.querySelectorAll('tr[data-row]')].some(row => {{ const box = row.getBoundingClientRect(); return row.innerText.includes(name) && box.top < innerHeight && box.bottom > 0; }}); }}",
        name, new PageWaitForFunctionOptions { PollingInterval = 200 });
}
