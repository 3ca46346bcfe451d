using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class FleetListModelTests
{
    [Fact]
    public void Rows_ByDefault_WorstFirstThenByName()
    {
        var model = Model("/", Some.Row("b"), Some.Row("a"), Some.Row("x", HealthState.Failed), Some.Row("y", HealthState.Degraded));

        Names(model).ShouldBe(["x", "y", "a", "b"]);
    }

    [Fact]
    public void Rows_BySeveralKeys_MissingLastBothWays()
    {
        PipelineRow[] rows = [Some.Row("none"), Some.Row("two", restarts: 2), Some.Row("nine", restarts: 9), Some.Row("also-two", restarts: 2)];

        Names(Model("/?sort=restarts,name", rows)).ShouldBe(["also-two", "two", "nine", "none"]);
        Names(Model("/?sort=-restarts,-name", rows)).ShouldBe(["nine", "two", "also-two", "none"]);
    }

    [Fact]
    public void Rows_ByCheckpointAge_YoungestFirstAndNoneLast()
    {
        PipelineRow[] rows = [Some.Row("none"), Some.Row("old", checkpoint: Some.Now.AddHours(-1)), Some.Row("new", checkpoint: Some.Now)];

        Names(Model("/?sort=checkpoint", rows)).ShouldBe(["new", "old", "none"]);
        Names(Model("/?sort=-checkpoint", rows)).ShouldBe(["old", "new", "none"]);
    }

    [Theory]
    [InlineData("/?q=ORDERS", 2)]
    [InlineData("/?q=orders lake", 1)]
    [InlineData("/?q=payments/ord", 2)]
    [InlineData("/?q=manifest", 1)]
    [InlineData("/?health=failed", 1)]
    [InlineData("/?health=failed,healthy", 3)]
    [InlineData("/?team=none", 1)]
    [InlineData("/?health=failed&team=none", 0)]
    [InlineData("/?cluster=us-east-1", 1)]
    public void Filters_LetThrough(string url, int expected) => Model(
        url,
        Some.Row("orders"),
        Some.Row("orders-to-lake", team: null),
        Some.Row("url-verdicts", HealthState.Failed, team: "threat-intel", cluster: "us-east-1", cause: "Image cannot be pulled: manifest unknown")).Length.ShouldBe(expected);

    [Fact]
    public void Counts_OfAFacet_DoNotCountItsOwnChoice()
    {
        var model = Model("/?health=failed", Some.Row("a", HealthState.Failed), Some.Row("b", HealthState.Degraded), Some.Row("c", HealthState.Degraded, team: "ads"));

        model.Counts.Of(FleetFacet.Health).ShouldBe(new Dictionary<string, int> { ["failed"] = 1, ["degraded"] = 2 }, ignoreOrder: true);
        model.Counts.Of(FleetFacet.Team).ShouldBe(new Dictionary<string, int> { ["payments"] = 1 });
        model.Counts.Of(ListedHealth.Degraded).ShouldBe(2);
    }

    [Fact]
    public void Apply_ARowThatWouldMove_StaysAndIsAnnounced()
    {
        var fleet = Some.Fleet(Some.Row("a"), Some.Row("b"), Some.Row("c"));
        var model = new FleetListModel(fleet, FleetUrlState.Default);

        model.Apply(Some.Change(fleet, Some.Row("c", HealthState.Failed)), 0, 10, Some.Now).ShouldBeTrue();

        Names(model).ShouldBe(["a", "b", "c"]);
        model.At(2, out _).State.Health.ShouldBe(HealthState.Failed);
        model.Moved.ShouldBe(1);
        model.Counts.Of(ListedHealth.Failed).ShouldBe(1);
        model.Marks.Of(Some.Key("c"), Some.Now).ShouldBe(Cells.Health);
        model.TakeOrder();
        Names(model).ShouldBe(["c", "a", "b"]);
        model.Moved.ShouldBe(0);
    }

    [Fact]
    public void Apply_ANewCheckpoint_MovesNobodyAndWaitsForTheOtherAges()
    {
        var fleet = Some.Fleet(Some.Row("a", checkpoint: Some.Now.AddMinutes(-1)), Some.Row("b", checkpoint: Some.Now.AddMinutes(-2)));
        var model = new FleetListModel(fleet, FleetUrlState.Parse("/?sort=checkpoint"));

        model.Apply(Some.Change(fleet, Some.Row("b", checkpoint: Some.Now)), 0, 10, Some.Now).ShouldBeFalse();

        model.Moved.ShouldBe(0);
        model.At(1, out _).LastCheckpointAt.ShouldBe(Some.Now);
    }

    [Fact]
    public void Apply_AChangeOutOfView_NeedsNoRendering()
    {
        var fleet = Some.Fleet(Some.Row("a"), Some.Row("b"), Some.Row("c"));
        var model = new FleetListModel(fleet, FleetUrlState.Default);

        model.Apply(Some.Change(fleet, Some.Row("c", restarts: 1)), 0, 2, Some.Now).ShouldBeFalse();
    }

    [Fact]
    public void Apply_ADeletedPipeline_StaysVisibleAsGone()
    {
        var fleet = Some.Fleet(Some.Row("a"), Some.Row("b"));
        var model = new FleetListModel(fleet, FleetUrlState.Default);

        model.Apply(new FleetChange(fleet with { Rows = fleet.Rows.Remove(Some.Key("a")) }, new HashSet<PipelineKey> { Some.Key("a") }, false), 0, 10, Some.Now);

        model.At(0, out var gone).Key.ShouldBe(Some.Key("a"));
        gone.ShouldBeTrue();
        model.Total.ShouldBe(1);
        model.Counts.Of(ListedHealth.Healthy).ShouldBe(1);
    }

    [Fact]
    public void Apply_WhileTheClustersAreRead_PlacesTheRowsByThemselves()
    {
        var fleet = Some.Fleet(ReflectorPhase.Listing, Some.Row("b"));
        var model = new FleetListModel(fleet, FleetUrlState.Default);

        model.Apply(Some.Change(fleet, Some.Row("a")), 0, 10, Some.Now);

        model.Loading.ShouldBeTrue();
        Names(model).ShouldBe(["a", "b"]);
        model.Moved.ShouldBe(0);
    }

    [Fact]
    public void Counts_AfterManyChanges_AreThoseOfANewCount()
    {
        var random = new Random(7);
        var fleet = Some.Fleet([.. Enumerable.Range(0, 200).Select(i => Some.Row($"p{i}", (HealthState)(i % 7), team: i % 3 == 0 ? null : $"t{i % 5}"))]);
        var state = FleetUrlState.Parse("/?health=failed,degraded&team=t1,t2,none&q=p1");
        var model = new FleetListModel(fleet, state);
        for (var i = 0; i < 500; i++)
        {
            var row = Some.Row($"p{random.Next(220)}", (HealthState)random.Next(7), team: random.Next(3) == 0 ? null : $"t{random.Next(5)}");
            var change = Some.Change(fleet, row);
            if (random.Next(10) == 0) change = new FleetChange(fleet with { Rows = fleet.Rows.Remove(row.Key) }, new HashSet<PipelineKey> { row.Key }, false);
            model.Apply(change, 0, 50, Some.Now);
            fleet = change.Snapshot;
        }

        var anew = new FleetListModel(fleet, state);
        foreach (var facet in FleetFacets.All.Where(facet => facet != FleetFacet.Image)) FleetFacetValues.Read(model, facet, 1000, "").Shown.ShouldBe(FleetFacetValues.Read(anew, facet, 1000, "").Shown);
        foreach (var health in Enum.GetValues<ListedHealth>()) model.Counts.Of(health).ShouldBe(anew.Counts.Of(health));
        model.TakeOrder();
        Names(model).ShouldBe(Names(anew));
    }

    private static FleetListModel Model(string url, params PipelineRow[] rows) => new(Some.Fleet(rows), FleetUrlState.Parse(url));

    private static string[] Names(FleetListModel model) => [.. Enumerable.Range(0, model.Length).Select(i => model.At(i, out _).Key.Name)];
}
