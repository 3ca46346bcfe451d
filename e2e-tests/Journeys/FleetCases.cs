using System.Globalization;
using Microsoft.Playwright;
using Shouldly;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>The fleet page with thousands of pipelines; the same cases on simulated clusters and on a real API server.</summary>
public abstract class FleetCases
{
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
        await visitor.Page.WaitForFunctionAsync("count => document.querySelector('table.fleet')?.dataset.total === count", expected.ToString(CultureInfo.InvariantCulture));
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

        await Scene.BreakAsync($"{cluster}/{ns}/{name}");
        await row.GetByText("Image cannot be pulled").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        visitor.SawNoErrors();
    }

    /// <summary>Signs in and opens a page of the fleet, once its rows are there.</summary>
    protected async Task<Visitor> VisitAsync(string path, int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        var visitor = await Visitor.SignInAsync(Scene.Browser, Scene.Portal.Url, width, 900, scheme);
        await visitor.OpenAsync(path);
        await visitor.Page.Locator("tr[data-row]").First.WaitForAsync();
        return visitor;
    }

    private static string Number(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Goes to a height, again and again while the room for the rows is measured, until the row is in view.</summary>
    private static Task ScrollAsync(Visitor visitor, string height, string name) => visitor.Page.WaitForFunctionAsync(
        $"name => {{ scrollTo(0, {height}); return [...document.querySelectorAll('tr[data-row]')].some(row => {{ const box = row.getBoundingClientRect(); return row.innerText.includes(name) && box.top < innerHeight && box.bottom > 0; }}); }}",
        name, new PageWaitForFunctionOptions { PollingInterval = 200 });
}
