using System.Diagnostics;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Pipelines;

/// <summary>The list's address, search, filters and order, as page and API use them.</summary>
public sealed class FleetListTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/?q=orders")]
    [InlineData("/?q=%D7%A9%D7%9C%D7%95%D7%9D%20%F0%9F%9A%80%20%3Cb%3E%26%25")]
    [InlineData("/?health=degraded,failed&team=none&sort=-restarts,name")]
    [InlineData("/?phase=rolling-back&sync=out-of-sync,rejected&cluster=east")]
    public void Parse_WhatToUrlWrote_IsTheSame(string url)
    {
        var state = FleetUrlState.Parse(url);

        state.ToUrl().ShouldBe(url);
        state.Unknown.ShouldBeEmpty();
        FleetUrlState.Parse(state.ToUrl()).ShouldBe(state);
    }

    [Theory]
    [InlineData("/?health=bad,failed", "health=bad", "/?health=failed")]
    [InlineData("/?halth=failed", "halth", "/")]
    [InlineData("/?sort=colour,-name", "sort=colour", "/?sort=-name")]
    [InlineData("/?sync", "sync", "/")]
    [InlineData("/?kind=Cobol", "kind=Cobol", "/")]
    [InlineData("/?Health=failed", "Health", "/")]
    public void Parse_UnknownPart_IsNamedAndLeftOut(string url, string unknown, string rest)
    {
        var state = FleetUrlState.Parse(url);

        state.Unknown.ShouldBe([unknown]);
        state.ToUrl().ShouldBe(rest);
    }

    [Theory]
    [InlineData("/?q=%")]
    [InlineData("/?q=%ZZ&&&=&=x&health=")]
    [InlineData("/?%00=%00&q=%EF%BF%BF")]
    [InlineData("?")]
    [InlineData("/?q=<script>alert(1)</script>#health=failed")]
    public void Parse_Hostile_DoesNotFail(string url) => FleetUrlState.Parse(FleetUrlState.Parse(url).ToUrl()).ToUrl().ShouldBe(FleetUrlState.Parse(url).ToUrl());

    [Theory]
    [InlineData("ORDERS", true)]
    [InlineData("team-a/ord", true)]
    [InlineData("flink:1.20", true)]
    [InlineData("gold", true)]
    [InlineData("cannot pulled", true)]
    [InlineData("payments", true)]
    [InlineData("🚀", true)]
    [InlineData("שלום", true)]
    [InlineData("<b>", true)]
    [InlineData("orders silver", false)]
    [InlineData(".*", false)]
    public void Matches_Search_LooksAtEveryText(string search, bool found) =>
        new FleetMatcher(FleetUrlState.Default.WithSearch(search)).Matches(Row("orders", HealthState.Failed, cause: "Image <b> cannot be pulled")).ShouldBe(found);

    [Fact]
    public void Matches_ValuesOfOneFacetAddAndFacetsNarrow()
    {
        PipelineRow[] rows = [Row("a", HealthState.Failed), Row("b", HealthState.Degraded), Row("c", HealthState.Degraded, team: null), Row("d", HealthState.Failed) with { StaleSince = DateTimeOffset.UnixEpoch }];
        string Names(string url) => string.Join("", rows.Where(new FleetMatcher(FleetUrlState.Parse(url)).Matches).Select(r => r.Key.Name));

        Names("/?health=failed,degraded").ShouldBe("abc");
        Names("/?health=degraded&team=none").ShouldBe("c");
        Names("/?health=stale").ShouldBe("d");
        Names("/?cluster=west").ShouldBe("");
    }

    [Fact]
    public void Compare_SeveralKeys_OrdersByEachAndMissingLast()
    {
        PipelineRow[] rows = [Row("a", HealthState.Healthy) with { Restarts = 5 }, Row("b", HealthState.Failed), Row("c", HealthState.Healthy), Row("d", HealthState.Healthy) with { Restarts = 9 }];
        string Sorted(string url) => string.Join("", rows.Order(new FleetOrder(FleetUrlState.Parse(url).Sort)).Select(r => r.Key.Name));

        Sorted("/").ShouldBe("bacd");
        Sorted("/?sort=-restarts").ShouldBe("dabc");
        Sorted("/?sort=restarts").ShouldBe("adbc");
        Sorted("/?sort=-health,-restarts").ShouldBe("dacb");
    }

    [Fact]
    public void MatchesAndCompare_TwentyThousandRows_TakeLessThanASecond()
    {
        var rows = Enumerable.Range(0, 20_000).Select(i => Row("p-" + i, (HealthState)(i % 7))).ToList();
        var state = FleetUrlState.Parse("/?q=p-1&health=degraded,failed&sort=-health,name");
        var watch = Stopwatch.StartNew();

        var found = rows.Where(new FleetMatcher(state).Matches).ToList();
        found.Sort(new FleetOrder(state.Sort));

        found.Count.ShouldBeGreaterThan(1000);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    private static PipelineRow Row(string name, HealthState health, string? team = "payments", string? cause = null) => new()
    {
        Key = new PipelineKey("east", "team-a", name),
        State = new PipelineState(SyncState.InSync, health, PipelinePhase.None, cause),
        Kind = PipelineKind.FlinkJar,
        Team = team,
        Resource = new FlinkResourceRecord
        {
            ObjectKey = new ObjectKey("team-a", name), Uid = name, ResourceVersion = "1", Resource = FlinkResource.Deployment, Image = "registry/flink:1.20",
            Labels = new Dictionary<string, string> { ["tier"] = "gold", ["note"] = "🚀 שלום" },
        },
    };
}
