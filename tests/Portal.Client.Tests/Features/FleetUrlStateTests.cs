using Shouldly;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class FleetUrlStateTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/?q=fraud")]
    [InlineData("/?health=degraded,failed")]
    [InlineData("/?health=stale&team=none,payments&sort=-restarts,name")]
    [InlineData("/?q=a%26b%20%3D%3Cc%3E&cluster=eu-west-1")]
    [InlineData("/?phase=rolling-back&sync=out-of-sync&kind=session-cluster&sort=checkpoint")]
    public void ToUrl_OfParsedUrl_IsTheSameUrl(string url)
    {
        var state = FleetUrlState.Parse("http://sluice.test" + url);

        state.ToUrl().ShouldBe(FleetUrlState.Parse(state.ToUrl()).ToUrl());
        Query(state.ToUrl()).ShouldBe(Query(url), ignoreOrder: true);
    }

    [Theory]
    [InlineData("/?sort=nonsense,-4,health")]
    [InlineData("/?unknown=1&=&&q")]
    [InlineData("/?health=,,")]
    [InlineData("/?5=x")]
    public void Parse_WhatNobodyWrote_IsIgnored(string url) => FleetUrlState.Parse(url).ToUrl().ShouldBe("/");

    [Fact]
    public void Parse_BrokenEscapesAndLongSearch_AreBounded()
    {
        FleetUrlState.Parse("/?q=100%").Search.ShouldBe("100%");
        FleetUrlState.Parse("/?q=" + new string('x', 10_000)).Search.Length.ShouldBe(200);
    }

    [Fact]
    public void Values_WithCommasAndAmpersands_SurviveTheUrl()
    {
        var state = FleetUrlState.Default.Toggle(FleetFacet.Team, "a,b&c=d").Toggle(FleetFacet.Team, "plain");

        FleetUrlState.Parse(state.ToUrl()).Filters[FleetFacet.Team].ShouldBe(["a,b&c=d", "plain"]);
    }

    [Fact]
    public void Toggle_Twice_IsAsBefore() =>
        FleetUrlState.Default.Toggle(FleetFacet.Health, "failed").Toggle(FleetFacet.Health, "failed").ShouldBe(FleetUrlState.Default);

    [Fact]
    public void SortBy_ThreeClicks_UpDownAndBackToWorstFirst()
    {
        var up = FleetUrlState.Default.SortBy(FleetColumn.Restarts, add: false);
        var down = up.SortBy(FleetColumn.Restarts, add: false);

        up.ToUrl().ShouldBe("/?sort=restarts");
        down.ToUrl().ShouldBe("/?sort=-restarts");
        down.SortBy(FleetColumn.Restarts, add: false).ToUrl().ShouldBe("/");
    }

    [Fact]
    public void SortBy_WithShift_AddsAKeyAndKeepsTheFirst() =>
        FleetUrlState.Default.SortBy(FleetColumn.Team, add: false).SortBy(FleetColumn.Name, add: true).SortBy(FleetColumn.Name, add: true).ToUrl().ShouldBe("/?sort=team,-name");

    private static string[] Query(string url) => url.Contains('?', StringComparison.Ordinal) ? url[(url.IndexOf('?', StringComparison.Ordinal) + 1)..].Split('&') : [];
}
