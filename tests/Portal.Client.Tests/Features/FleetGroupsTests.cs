using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class FleetGroupsTests
{
    [Fact]
    public void LineAt_Grouped_HeadersStandAboveTheirRowsWorstGroupFirst()
    {
        var model = Model("/?group=team", Some.Row("a", team: "ads"), Some.Row("b", HealthState.Degraded), Some.Row("c", HealthState.Failed, team: "media"), Some.Row("d", team: null), Some.Row("e", team: "ads"));

        Lines(model).ShouldBe(["[media 1]", "c", "[payments 1]", "b", "[ads 2]", "a", "e", "[none 1]", "d"]);
        model.Lines.ShouldBe(9);
        model.Length.ShouldBe(5);
        model.Groups[0].Worst.ShouldBe(ListedHealth.Failed);
        model.Groups[2].Of(ListedHealth.Healthy).ShouldBe(2);
    }

    [Fact]
    public void LineAt_ByCause_MostRowsFirstAndThoseWithoutCauseLast()
    {
        var model = Model(
            "/?group=cause",
            Some.Row("a", HealthState.Failed, cause: "Image cannot be pulled"),
            Some.Row("b"),
            Some.Row("c", HealthState.Failed, cause: "Topic orders-7 does not exist"),
            Some.Row("d", HealthState.Failed, cause: "Topic orders-9 does not exist"));

        Lines(model).ShouldBe(["[topic-does-not-exist 2]", "c", "d", "[image-cannot-be-pulled 1]", "a", "[none 1]", "b"]);
        model.Groups[^1].Label.ShouldBe("nothing wrong");
    }

    [Fact]
    public void Narrow_FoldedGroups_KeepsTheRowsAndTakesTheirLinesAway()
    {
        var model = Model("/?group=cluster", Some.Row("a"), Some.Row("b", cluster: "west"), Some.Row("c", cluster: "west"));

        model.Narrow(model.State.WithGrouping(model.State.Grouping.Toggle("west")));
        Lines(model).ShouldBe(["[west 2]", "[eu-west-1 1]", "a"]);
        model.State.ToUrl().ShouldBe("/?group=cluster&fold=west");

        model.Narrow(model.State.WithGrouping(model.State.Grouping.FoldAll()));
        Lines(model).ShouldBe(["[west 2]", "[eu-west-1 1]"]);

        model.Narrow(model.State.WithGrouping(model.State.Grouping.Toggle("west")));
        Lines(model).ShouldBe(["[west 2]", "b", "c", "[eu-west-1 1]"]);
        model.State.ToUrl().ShouldBe("/?group=cluster&unfold=west");
        model.Length.ShouldBe(3);
    }

    [Fact]
    public void Apply_RowOfAnotherGroup_StaysAndIsAnnouncedAndCounted()
    {
        var fleet = Some.Fleet(Some.Row("a", HealthState.Failed, cause: "Image cannot be pulled"), Some.Row("b"));
        var model = new FleetListModel(fleet, FleetUrlState.Parse("/?group=cause"));

        model.Apply(Some.Change(fleet, Some.Row("a")), 0, 10, Some.Now).ShouldBeTrue();

        Lines(model).ShouldBe(["[image-cannot-be-pulled 0]", "a", "[none 2]", "b"]);
        model.Moved.ShouldBe(1);
        model.TakeOrder();
        Lines(model).ShouldBe(["[none 2]", "a", "b"]);
    }

    [Fact]
    public void Apply_ChangeInAFoldedGroup_NeedsNoRendering()
    {
        var fleet = Some.Fleet(Some.Row("a"), Some.Row("b", cluster: "west"));
        var model = new FleetListModel(fleet, FleetUrlState.Parse("/?group=cluster&fold=west"));

        model.Apply(Some.Change(fleet, Some.Row("b", cluster: "west", restarts: 3)), 0, 10, Some.Now).ShouldBeFalse();
        model.Apply(Some.Change(fleet, Some.Row("a", restarts: 3)), 0, 10, Some.Now).ShouldBeTrue();
    }

    [Theory]
    [InlineData("/?group=team")]
    [InlineData("/?group=cause&fold=none,topic-does-not-exist")]
    [InlineData("/?group=cluster&fold=*")]
    [InlineData("/?group=cluster&unfold=east,west")]
    [InlineData("/?flink=1.20&image=ghcr.io%2Facme%2Forders%3A1.4&cause=image-cannot-be-pulled")]
    public void Parse_GroupsAndFacets_AreWrittenAsTheyWereRead(string url)
    {
        var state = FleetUrlState.Parse(url);

        state.Unknown.ShouldBeEmpty();
        state.ToUrl().ShouldBe(url);
    }

    [Theory]
    [InlineData("/?group=colour", "group=colour", "/")]
    [InlineData("/?group=Team", "group=Team", "/")]
    [InlineData("/?group=none&fold=a", "fold without group", "/")]
    [InlineData("/?fold=east", "fold without group", "/")]
    public void Parse_GroupsThatMakeNoSense_AreNamed(string url, string unknown, string rest)
    {
        var state = FleetUrlState.Parse(url);

        state.Unknown.ShouldBe([unknown]);
        state.ToUrl().ShouldBe(rest);
    }

    [Fact]
    public void Parse_OneFacetTwice_TakesBothValues() => FleetUrlState.Parse("/?health=failed&health=degraded").ToUrl().ShouldBe("/?health=degraded,failed");

    [Fact]
    public void Parse_Flood_IsBounded()
    {
        var state = FleetUrlState.Parse("/?" + string.Join('&', Enumerable.Range(0, 5000).Select(i => $"x{i}=1")) + "&q=" + new string('a', 5000) + "&group=team&fold=" + string.Join(',', Enumerable.Range(0, 5000)));

        state.Unknown.Length.ShouldBeLessThanOrEqualTo(20);
        state.Search.Length.ShouldBe(200);
        state.ToUrl().Length.ShouldBeLessThan(5000);
    }

    [Fact]
    public void Image_WithDigest_CountsByItsTag()
    {
        var row = Some.Row("a");
        var other = Some.Row("b");
        var pinned = row with { Resource = row.Resource with { Image = "ghcr.io/acme/orders:1.4@sha256:" + new string('a', 64) } };

        Model("/?image=ghcr.io/acme/orders:1.4", pinned, other).Length.ShouldBe(1);
        Model("/?flink=1.20", row, other).Length.ShouldBe(2);
    }

    private static FleetListModel Model(string url, params PipelineRow[] rows) => new(Some.Fleet(rows), FleetUrlState.Parse(url));

    private static List<string> Lines(FleetListModel model) =>
        [.. Enumerable.Range(0, model.Lines).Select(model.LineAt).Select(line => line.Header is { } group ? $"[{group.Key} {group.Count}]" : line.Row!.Key.Name)];
}
