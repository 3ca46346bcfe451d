using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;
using Xunit;

namespace Sluice.Portal.Client.Tests.Features;

public sealed class FleetSelectionTests
{
    private static readonly PipelineKey[] Order = [.. "abcdef".Select(c => Some.Key(c.ToString()))];

    [Fact]
    public void SetRange_SelectsFromTheOneBefore_InBothDirections()
    {
        var selection = new FleetSelection();
        selection.Set(Order[4], true);
        selection.SetRange(Order[1], true, Order);
        Names(selection).ShouldBe("bcde");

        selection.SetRange(Order[2], false, Order);
        Names(selection).ShouldBe("de");
    }

    [Fact]
    public void SetRange_WhereTheOneBeforeIsNotOnThePage_SelectsOnlyThisOne()
    {
        var selection = new FleetSelection();
        selection.Set(Some.Key("elsewhere"), true);
        selection.SetRange(Order[2], true, Order);
        Names(selection).ShouldBe("celsewhere");
    }

    [Fact]
    public void SetRange_WithoutOneBefore_SelectsOnlyThisOne()
    {
        var selection = new FleetSelection();
        selection.SetRange(Order[2], true, Order);
        Names(selection).ShouldBe("c");
    }

    [Fact]
    public void SetAll_AddsToWhatIsSelected_AndLetsGoOfOnlyThose()
    {
        var selection = new FleetSelection();
        selection.Set(Some.Key("hidden"), true);
        selection.SetAll(Order, true);
        selection.Count.ShouldBe(7);
        selection.SetAll(Order, false);
        Names(selection).ShouldBe("hidden");
        selection.Clear();
        selection.Count.ShouldBe(0);
    }

    [Fact]
    public void Selection_SurvivesAnotherOrderAndAFilter_AndIsCountedAsHidden()
    {
        var fleet = Some.Fleet(Some.Row("good"), Some.Row("bad", HealthState.Failed));
        var model = new FleetListModel(fleet, FleetUrlState.Default);
        var selection = new FleetSelection();
        selection.SetAll(model.Keys, true);

        model.Narrow(FleetUrlState.Parse("/?health=failed"));

        selection.Count.ShouldBe(2);
        selection.Keys.Count(key => !model.Lets(key)).ShouldBe(1);
        selection.Keys.All(model.Exists).ShouldBeTrue();
    }

    private static string Names(FleetSelection selection) => string.Join("", selection.Keys.Select(key => key.Name).Order());
}
