using System.Collections.Immutable;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class PipelinesPageTests
{
    [Fact]
    public async Task Row_WithHostileText_IsEscaped()
    {
        var html = await RowAsync(Some.Row("orders", HealthState.Failed, team: "<img src=x onerror=alert(1)>", cause: "<script>alert('x')</script>\u202Etxt.exe"));

        html.ShouldNotContain("<script>");
        html.ShouldNotContain("<img");
        html.ShouldContain("&lt;script&gt;alert");
    }

    [Fact]
    public async Task Row_WithoutValues_SaysWhyInsteadOfZero()
    {
        var html = await RowAsync(Some.Row("orders"));

        html.ShouldContain("no value yet: the job was not asked, or does not answer");
        html.ShouldNotContain(">0<");
        html.ShouldContain("not registered: it has no revisions");
    }

    [Fact]
    public async Task Row_WithValues_ShowsThemWithTheirExactTime()
    {
        var html = await RowAsync(Some.Row("orders", checkpoint: Some.Now.AddSeconds(-75), restarts: 3) with { Revision = 12, SampledAt = Some.Now });

        html.ShouldContain("1m\u00a015s");
        html.ShouldContain("Thu 12 Nov 2026 03:11:25 UTC");
        html.ShouldContain(">3</td>");
        html.ShouldContain(">12</td>");
    }

    [Fact]
    public async Task Row_ThatIsStale_SaysSinceWhenAndIsNotGreen()
    {
        var html = await RowAsync(Some.Row("orders") with { StaleSince = Some.Now.AddMinutes(-6) });

        html.ShouldContain("class=\"is-stale\"");
        html.ShouldContain("stale <time");
        html.ShouldContain("6m\u00a000s");
        html.ShouldNotContain("s-good");
    }

    [Fact]
    public async Task Row_OfADeletedPipeline_SaysSo() => (await RowAsync(Some.Row("orders"), gone: true)).ShouldContain("deleted");

    [Fact]
    public async Task Row_WithAnOperation_LinksToIt()
    {
        var html = await RowAsync(Some.Row("orders") with { Operation = new ActiveOperation(Some.OperationId, PipelinePhase.Upgrading, 5, 9) });

        html.ShouldContain($"/operations/{Some.OperationId}");
        html.ShouldContain("upgrading 5/9");
    }

    [Fact]
    public async Task Page_WithManyPipelines_RendersOnlyAWindowAndNoInlineStyle()
    {
        await using var pages = new Pages();
        pages.Fleet.Set(Some.Fleet([.. Enumerable.Range(0, 20_000).Select(i => Some.Row($"p{i:00000}"))]));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.Split("data-row").Length.ShouldBeInRange(20, 120);
        html.ShouldContain("data-total=\"20000\"");
        html.ShouldContain("20,000");
        html.ShouldNotContain("style=\"");
        html.ShouldNotContain("onclick=");
    }

    [Fact]
    public async Task Page_WithFiltersInTheUrl_ShowsOnlyThose()
    {
        await using var pages = new Pages("http://sluice.test/?health=failed&q=pay");
        pages.Fleet.Set(Some.Fleet(Some.Row("pay-good"), Some.Row("pay-bad", HealthState.Failed), Some.Row("other", HealthState.Failed, team: "ads", ns: "ads")));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain("pay-bad");
        html.ShouldNotContain("pay-good");
        html.ShouldNotContain("ads/</span>other");
        html.ShouldContain("health: failed");
        html.ShouldContain("1 of 3\u00a0pipelines");
    }

    [Fact]
    public async Task Page_WithAnUnreachableCluster_KeepsTheRowsAndSaysAsOfWhen()
    {
        await using var pages = new Pages();
        pages.Fleet.Set(Some.Fleet(ReflectorPhase.Stale, Some.Row("orders") with { StaleSince = Some.Now }));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain("eu-west-1 unreachable for");
        html.ShouldContain("shown as of 03:12:40");
        html.ShouldContain("connection timed out");
        html.ShouldContain("orders</a>");
    }

    [Theory]
    [InlineData("none", "No cluster is connected yet")]
    [InlineData("loading", "Reading the clusters")]
    [InlineData("denied", "No cluster can be read now")]
    [InlineData("empty", "No pipelines yet")]
    public async Task Page_WithoutRows_SaysWhyAndWhatToDo(string why, string expected)
    {
        await using var pages = new Pages();
        pages.Fleet.Set(why switch
        {
            "none" => Some.Fleet() with { Clusters = ImmutableDictionary<string, ReflectorState>.Empty },
            "loading" => Some.Fleet(ReflectorPhase.Listing),
            "denied" => Some.Fleet(ReflectorPhase.Denied),
            _ => Some.Fleet(),
        });

        (await pages.RenderAsync<PipelinesPage>()).ShouldContain(expected);
    }

    [Fact]
    public async Task Page_WhereNothingIsFound_EscapesTheSearchAndOffersAll()
    {
        await using var pages = new Pages("http://sluice.test/?q=%3Cb%3Efruad");
        pages.Fleet.Set(Some.Fleet(Some.Row("fraud")));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain("No pipeline has “&lt;b&gt;fruad” in name");
        html.ShouldContain("Show all");
    }

    [Fact]
    public async Task Page_WithNonsenseInTheUrl_NamesItAndSaysWhatWouldMakeSense()
    {
        await using var pages = new Pages("http://sluice.test/?health=bad&colour=red&cols=salary&group=<b>");
        pages.Fleet.Set(Some.Fleet(Some.Row("orders")));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain("4\u00a0parts of this address are not understood");
        html.ShouldContain("“health=bad” is not a filter here; allowed: failed, degraded");
        html.ShouldContain("Nothing here is called “colour”");
        html.ShouldContain("“cols=salary” is no column");
        html.ShouldContain("“group=&lt;b&gt;” is no group; allowed: none, team, cluster, cause");
        html.ShouldContain("orders</a>");
    }

    [Fact]
    public async Task Page_WhereOneFilterKeepsMostOut_OffersToRemoveThatOne()
    {
        await using var pages = new Pages("http://sluice.test/?health=failed&team=ads");
        pages.Fleet.Set(Some.Fleet(Some.Row("a", HealthState.Failed), Some.Row("b", HealthState.Failed), Some.Row("c", team: "ads")));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain("Without team ads it would show 2\u00a0pipelines");
        html.ShouldContain("href=\"/?health=failed\"");
    }

    [Fact]
    public async Task Page_WithTrouble_ListsItByCause_WithALinkToExactlyThoseRows()
    {
        await using var pages = new Pages("http://sluice.test/?team=ads&cols=name,cause");
        pages.Fleet.Set(Some.Fleet(Some.Row("a", HealthState.Failed, cause: "Image cannot be pulled"), Some.Row("b", HealthState.Failed, cause: "Image cannot be pulled"), Some.Row("c", team: "ads")));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain("Wrong now, by cause");
        html.ShouldContain("2\u00a0pipelines, 1\u00a0cause");
        html.ShouldContain("href=\"/?cause=image-cannot-be-pulled&amp;cols=name,cause\"");
    }

    [Fact]
    public async Task Page_WhereNothingIsWrong_SaysSoInASentence()
    {
        await using var pages = new Pages();
        pages.Fleet.Set(Some.Fleet(Some.Row("a"), Some.Row("b")));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain("Nothing is wrong: 2\u00a0pipelines in 1\u00a0cluster.");
        html.ShouldNotContain("Wrong now");
    }

    [Fact]
    public async Task Page_WhileReading_SaysHowFarItIs()
    {
        await using var pages = new Pages();
        pages.Fleet.Set(Some.Fleet(ReflectorPhase.Listing, Some.Row("a"), Some.Row("b")));

        (await pages.RenderAsync<PipelinesPage>()).ShouldContain("Reading eu-west-1: 2\u00a0pipelines so far, 0 of 1\u00a0cluster read");
    }

    [Fact]
    public async Task Page_Grouped_HasHeadersWithCountsAndFolds()
    {
        await using var pages = new Pages("http://sluice.test/?group=team&fold=ads");
        pages.Fleet.Set(Some.Fleet(Some.Row("a"), Some.Row("b", HealthState.Failed), Some.Row("c", team: "ads")));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain("aria-expanded=\"false\" title=\"Open");
        html.ShouldContain("data-heads=\"0,3\"");
        html.ShouldContain("1 failed");
        html.ShouldNotContain("c</a>");
        html.ShouldContain("b</a>");
    }

    [Fact]
    public async Task Page_WithChosenColumns_ShowsThoseInThatOrder()
    {
        await using var pages = new Pages("http://sluice.test/?cols=cluster,name,image:300&pin=cluster&rows=roomy");
        pages.Fleet.Set(Some.Fleet(Some.Row("orders")));

        var html = await pages.RenderAsync<PipelinesPage>();

        System.Text.RegularExpressions.Regex.Matches(html, "data-col=\"([a-z]+)\"").Select(m => m.Groups[1].Value).ShouldBe(["cluster", "name", "image"]);
        html.ShouldContain("data-w=\"300\"");
        html.ShouldContain("pin pin-0 pin-last");
        html.ShouldContain("roomy chosen");
    }

    [Fact]
    public async Task Page_WithManyTeams_ShowsTheMostFrequent()
    {
        await using var pages = new Pages();
        pages.Fleet.Set(Some.Fleet([.. Enumerable.Range(0, 300).Select(i => Some.Row($"p{i}", team: $"team-{i % 150:000}"))]));

        var html = await pages.RenderAsync<PipelinesPage>();

        html.ShouldContain(">142 more</button>");
    }

    private static async Task<string> RowAsync(PipelineRow row, bool gone = false)
    {
        await using var pages = new Pages();
        var fleet = Some.Fleet(row);
        var model = new FleetListModel(fleet, FleetUrlState.Default);
        if (gone) model.Apply(new FleetChange(fleet with { Version = fleet.Version + 1, Rows = fleet.Rows.Clear() }, fleet.Rows.Keys.ToHashSet(), false), 0, 1, Some.Now);
        var html = await pages.RenderAsync<FleetTable>(new() { ["Model"] = model, ["Selection"] = new FleetSelection() });
        return html[html.IndexOf("<tr data-row", StringComparison.Ordinal)..html.IndexOf("<tr class=\"space space-after\"", StringComparison.Ordinal)];
    }
}
