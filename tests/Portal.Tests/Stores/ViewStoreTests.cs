using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Views;
using Xunit;

namespace Sluice.Portal.Tests.Stores;

public sealed class ViewStoreTests(SharedHost shared) : IClassFixture<SharedHost>
{
    private readonly ViewService _views = shared.Host.Services.GetRequiredService<ViewService>();
    private readonly IPipelineStore _teams = shared.Host.Services.GetRequiredService<IPipelineStore>();

    [Fact]
    public async Task CreateAsync_PersonalAndTeam_EachSeesTheirOwnAndTheTeams()
    {
        await _teams.SaveTeamAsync(new("seen", "Seen", []), Token);
        var mine = await _views.CreateAsync(new("anna"), "  On call  ", null, "health=failed&sort=-restarts", Token);
        var teams = await _views.CreateAsync(new("anna"), "<b>💥 مرحبا</b>", "seen", "", Token);

        (await _views.ListAsync(new("anna"), Token)).Views.Where(v => v.Team is null or "seen").ShouldBe([mine, teams]);
        (await _views.ListAsync(new("bert"), Token)).Views.Where(v => v.Team is null or "seen").ShouldBe([teams]);
        mine.Name.ShouldBe("On call");
        mine.Query.ShouldBe("health=failed&sort=-restarts");
        (await Refused(() => _views.OfAsync(new("bert"), mine.Id, Token))).Reason.ShouldBe(ViewRefusal.Unknown);
        (await Refused(() => _views.DeleteAsync(new("bert"), mine.Id, Token))).Reason.ShouldBe(ViewRefusal.Unknown);
    }

    [Fact]
    public async Task CreateAsync_NameOfAnotherOfMine_IsRefusedWhateverItsLetters()
    {
        await _views.CreateAsync(new("carla"), "Straße", null, "", Token);
        await _views.CreateAsync(new("carla"), "Other", null, "", Token);

        var refused = await Refused(() => _views.CreateAsync(new("carla"), "STRAßE", null, "", Token));
        await _views.CreateAsync(new("dora"), "Straße", null, "", Token);

        (refused.Reason, refused.Field).ShouldBe((ViewRefusal.NameTaken, "name"));
        var other = (await _views.ListAsync(new("carla"), Token)).Views.Single(v => v.Name == "Other" && v.Team is null);
        (await Refused(() => _views.ChangeAsync(new("carla"), other.Id, "straße", null, null, Token))).Reason.ShouldBe(ViewRefusal.NameTaken);
    }

    [Fact]
    public async Task ChangeAsync_VersionThatIsOld_IsRefused()
    {
        await _teams.SaveTeamAsync(new("both", "Both", []), Token);
        var view = await _views.CreateAsync(new("emil"), "Shared", "both", "team=both", Token);

        var changed = await _views.ChangeAsync(new("fritz"), view.Id, null, "team=both&health=failed", view.Version, Token);
        var refused = await Refused(() => _views.ChangeAsync(new("emil"), view.Id, null, "", view.Version, Token));

        changed.ShouldBe(view with { Query = "health=failed&team=both", Version = 2, UpdatedAt = changed.UpdatedAt, UpdatedBy = "fritz" });
        refused.Reason.ShouldBe(ViewRefusal.Changed);
        refused.Message.ShouldContain("fritz");
        (await _views.OfAsync(new("emil"), view.Id, Token)).Query.ShouldBe("health=failed&team=both");
    }

    [Fact]
    public async Task ChangeAsync_ManyAtOnce_OneOfEachVersionWins()
    {
        var view = await _views.CreateAsync(new("gerd"), "Busy", null, "", Token);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await _views.ChangeAsync(new("gerd"), view.Id, "Busy " + i, null, 1, Token);
                return true;
            }
            catch (ViewRefusedException e) when (e.Reason == ViewRefusal.Changed)
            {
                return false;
            }
        }));

        outcomes.Count(won => won).ShouldBe(1);
    }

    [Fact]
    public async Task AddAsync_MoreThanTheMost_IsRefusedAlsoWhenManyComeAtOnce()
    {
        for (var i = 0; i < IViewStore.Most - 3; i++) await _views.CreateAsync(new("hilde"), "View " + i, null, "", Token);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await _views.CreateAsync(new("hilde"), "Last " + i, null, "", Token);
                return ViewRefusal.Unknown;
            }
            catch (ViewRefusedException e)
            {
                return e.Reason;
            }
        }));

        outcomes.Count(o => o == ViewRefusal.TooMany).ShouldBe(5);
        (await _views.ListAsync(new("hilde"), Token)).Views.Count(v => v.Team is null).ShouldBe(IViewStore.Most);
    }

    [Fact]
    public async Task SetDefaultAsync_ViewDeleted_NothingOpensFirst()
    {
        var view = await _views.CreateAsync(new("ida"), "First", null, "q=x", Token);
        await _views.SetDefaultAsync(new("ida"), view.Id, Token);
        (await _views.ListAsync(new("ida"), Token)).DefaultId.ShouldBe(view.Id);
        (await _views.DefaultAsync(new("ida"), Token)).ShouldBe(view);

        await _views.DeleteAsync(new("ida"), view.Id, Token);

        (await _views.DefaultAsync(new("ida"), Token)).ShouldBeNull();
    }

    [Fact]
    public async Task DeleteTeam_WithViews_TakesThemWithIt()
    {
        await _teams.SaveTeamAsync(new("gone", "Gone", []), Token);
        var view = await _views.CreateAsync(new("jan"), "Of a team", "gone", "", Token);
        await _views.SetDefaultAsync(new("jan"), view.Id, Token);

        await shared.Host.Services.GetRequiredService<Portal.Stores.TeamRegister>().DeleteAsync("gone", Token);

        (await _views.ListAsync(new("jan"), Token)).Views.ShouldNotContain(view);
        (await _views.DefaultAsync(new("jan"), Token)).ShouldBeNull();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<ViewRefusedException> Refused(Func<Task> act) => Should.ThrowAsync<ViewRefusedException>(act);
}
