using Shouldly;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class FleetTableLayoutTests
{
    [Theory]
    [InlineData("/?cols=name,health,cause:320&pin=name&rows=roomy")]
    [InlineData("/?cols=cluster,name,image&pin=cluster")]
    [InlineData("/?rows=roomy")]
    public void Parse_AndToUrl_SayTheSame(string url) => FleetUrlState.Parse(url).ToUrl().ShouldBe(url);

    [Theory]
    [InlineData("/?cols=name,salary", "cols=salary")]
    [InlineData("/?cols=name:1", "cols=name:1")]
    [InlineData("/?cols=name:-5", "cols=name:-5")]
    [InlineData("/?pin=everything", "pin=everything")]
    [InlineData("/?rows=huge", "rows=huge")]
    [InlineData("/?cols=1", "cols=1")]
    public void Parse_OfNonsense_NamesIt(string url, string doubt) => FleetUrlState.Parse(url).Unknown.ShouldBe([doubt]);

    [Fact]
    public void Columns_AlwaysHoldTheName() => Names(FleetUrlState.Parse("/?cols=team,cluster").Layout).ShouldBe("name team cluster");

    [Fact]
    public void Columns_SaidTwice_CountOnce() => Names(FleetUrlState.Parse("/?cols=team,name,team").Layout).ShouldBe("team name");

    [Fact]
    public void Pinned_ComeFirst_InTheOrderOfTheColumns() => Names(FleetUrlState.Parse("/?pin=cluster,name&cols=name,health,cluster").Layout).ShouldBe("name cluster health");

    [Fact]
    public void Step_AndMove_KeepPinnedColumnsFirst()
    {
        var layout = FleetUrlState.Parse("/?cols=name,health,cause,team&pin=name").Layout;

        Names(layout.Step(FleetColumn.Team, -1)).ShouldBe("name health team cause");
        Names(layout.Step(FleetColumn.Health, -1)).ShouldBe("name health cause team");
        Names(layout.Move(FleetColumn.Team, FleetColumn.Health)).ShouldBe("name team health cause");
        Names(layout.Move(FleetColumn.Health, null)).ShouldBe("name cause team health");
        Names(layout.Move(FleetColumn.Health, FleetColumn.Health)).ShouldBe("name health cause team");
    }

    [Fact]
    public void TogglePin_BeyondTheMost_ChangesNothing()
    {
        var layout = FleetTableLayout.Default;
        foreach (var column in Enum.GetValues<FleetColumn>()) layout = layout.TogglePin(column);

        layout.Pinned.Length.ShouldBe(FleetTableLayout.MostPinned);
    }

    [Fact]
    public void Reset_KeepsTheHeightOfTheRows()
    {
        var layout = FleetUrlState.Parse("/?cols=name,image:400&pin=name&rows=roomy").Layout.Reset();

        layout.Roomy.ShouldBeTrue();
        layout.Chosen.ShouldBeFalse();
        layout.Pinned.ShouldBeEmpty();
    }

    [Fact]
    public void Resize_StaysWithinLimits()
    {
        FleetTableLayout.Default.Resize(FleetColumn.Team, 5).Columns.Single(c => c.Column == FleetColumn.Team).Width.ShouldBe(FleetTableLayout.Narrowest);
        FleetTableLayout.Default.Resize(FleetColumn.Team, 90_000).Columns.Single(c => c.Column == FleetColumn.Team).Width.ShouldBe(FleetTableLayout.Widest);
        FleetTableLayout.Default.Resize(FleetColumn.Team, 90).Resize(FleetColumn.Team, null).Chosen.ShouldBeFalse();
    }

    private static string Names(FleetTableLayout layout) => string.Join(' ', layout.Columns.Select(c => c.Column)).ToLowerInvariant();
}
