using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;
using Xunit;

namespace Sluice.Portal.Client.Tests.Shared;

public sealed class StateLookTests
{
    private static IEnumerable<StateLook> All =>
    [
        .. Enum.GetValues<HealthState>().Select(StateLook.Of),
        .. Enum.GetValues<SyncState>().Select(StateLook.Of),
        .. Enum.GetValues<PipelinePhase>().Select(StateLook.Of),
        .. Enum.GetValues<OperationState>().Select(StateLook.Of),
        .. Enum.GetValues<StepState>().Select(StateLook.Of),
    ];

    [Fact]
    public void Of_EveryState_HasColourShapeAndWord()
    {
        foreach (var look in All)
        {
            look.Style.ShouldNotBeNullOrEmpty();
            look.Icon.ShouldNotBeNullOrEmpty();
            look.Word.ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public void Of_StatesOfHealth_HaveEachTheirOwnShape()
    {
        var looks = Enum.GetValues<HealthState>().Select(StateLook.Of).ToList();

        looks.Select(look => look.Icon).ShouldBeUnique();
        looks.Select(look => look.Word).ShouldBeUnique();
    }

    [Fact]
    public async Task Of_EveryState_HasItsIconInTheSprite()
    {
        await using var pages = new Pages();
        var sprite = await pages.RenderAsync<Sluice.Portal.Client.Shared.Layout.IconSprite>();

        foreach (var look in All) sprite.ShouldContain($"id=\"i-{look.Icon}\"");
        foreach (var kind in Enum.GetValues<OperationKind>()) sprite.ShouldContain($"id=\"i-{Words.IconOf(kind)}\"");
    }

    [Fact]
    public void Of_ValueOfANewerVersion_IsUnknownNotHealthy() => StateLook.Of((HealthState)99).Word.ShouldBe("unknown");

    [Fact]
    public void Healthy_IsTheQuietest()
    {
        StateLook.Of(HealthState.Healthy).Loud.ShouldBeFalse();
        StateLook.Of(SyncState.InSync).Loud.ShouldBeFalse();
        StateLook.Of(HealthState.Failed).Loud.ShouldBeTrue();
    }
}
