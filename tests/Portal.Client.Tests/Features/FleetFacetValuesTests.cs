using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class FleetFacetValuesTests
{
    [Fact]
    public void Read_MoreImagesThanAreShown_ShowsThoseOfMostRows_AndSaysHowManyThereAre()
    {
        var model = Model("/", [.. Enumerable.Range(0, 50).Select(i => Image($"one-{i}", $"registry/a:{i:00}")), Image("x", "registry/b:1"), Image("y", "registry/b:1@sha256:0123")]);

        var values = FleetFacetValues.Read(model, FleetFacet.Image, 3, "");

        values.Shown.ShouldBe([new("registry/b:1", 2, false), new("registry/a:00", 1, false), new("registry/a:01", 1, false)]);
        values.All.ShouldBe(51);
        values.Found.ShouldBe(51);
    }

    [Fact]
    public void Read_LookingForAPart_FindsAmongAll()
    {
        var model = Model("/", [.. Enumerable.Range(0, 50).Select(i => Image($"one-{i}", $"registry/a:{i:00}"))]);

        var values = FleetFacetValues.Read(model, FleetFacet.Image, 3, "A:4");

        values.Shown.Select(v => v.Value).ShouldBe(["registry/a:40", "registry/a:41", "registry/a:42"]);
        values.Found.ShouldBe(10);
        values.All.ShouldBe(50);
    }

    [Theory]
    [InlineData("/?image=registry/a:49", "registry/a:49", 1)]
    [InlineData("/?image=registry/gone:1", "registry/gone:1", 0)]
    public void Read_AChosenImage_IsShownWhateverItsCount(string url, string value, int count)
    {
        var model = Model(url, [.. Enumerable.Range(0, 50).Select(i => Image($"one-{i}", $"registry/a:{i:00}"))]);

        var values = FleetFacetValues.Read(model, FleetFacet.Image, 3, "");

        values.Shown.Count.ShouldBe(3);
        values.Shown.ShouldContain(new FleetFacetValue(value, count, true));
        values.Shown.ShouldContain(new FleetFacetValue("registry/a:00", 1, false), "its own choice does not count against other values");
    }

    [Fact]
    public void Read_Images_CountsWhatOtherFiltersAndTheSearchLetThrough()
    {
        var model = Model("/?health=failed&q=b", Image("a", "i:1", HealthState.Failed), Image("b", "i:1", HealthState.Failed), Image("bb", "i:2"), Image("bc", "i:3", HealthState.Failed));

        FleetFacetValues.Read(model, FleetFacet.Image, 8, "").Shown.ShouldBe([new("i:1", 1, false), new("i:3", 1, false)]);
    }

    [Fact]
    public void Read_Health_IsInItsFixedOrder() =>
        FleetFacetValues.Read(Model("/", Some.Row("a"), Some.Row("b"), Some.Row("c", HealthState.Failed)), FleetFacet.Health, 8, "").Shown.ShouldBe([new("failed", 1, false), new("healthy", 2, false)]);

    private static FleetListModel Model(string url, params PipelineRow[] rows) => new(Some.Fleet(rows), FleetUrlState.Parse("http://sluice" + url));

    private static PipelineRow Image(string name, string image, HealthState health = HealthState.Healthy)
    {
        var row = Some.Row(name, health);
        return row with { Resource = row.Resource with { Image = image } };
    }
}
