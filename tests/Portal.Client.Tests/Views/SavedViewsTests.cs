using Shouldly;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Portal.Client.Features.Pipelines.Views;
using Xunit;

namespace Sluice.Portal.Client.Tests.Views;

public sealed class SavedViewsTests : IAsyncDisposable
{
    private readonly Pages _pages = new();

    [Fact]
    public async Task Menu_PersonalAndTeamViews_LinksToWhatTheyShow()
    {
        var mine = _pages.Views.Add("Mine <i>&</i> 💥", "health=failed");
        _pages.Views.Add("Theirs", "q=orders", "payments");

        var html = await ShowAsync(FleetUrlState.Default);

        html.ShouldContain($"/?health=failed&amp;view={mine.Id}");
        html.ShouldContain("Mine &lt;i&gt;&amp;&lt;/i&gt; 💥");
        html.ShouldContain("Team payments");
        html.ShouldNotContain("Rename");
    }

    [Fact]
    public async Task Menu_OpenViewThatWasChanged_SaysSoAndOffersToSaveIt()
    {
        var view = _pages.Views.Add("On call", "health=failed");
        var open = FleetUrlState.Of(view);

        (await ShowAsync(open)).ShouldNotContain("changed");
        var html = await ShowAsync(open.WithSearch("orders"));

        html.ShouldContain("<span class=\"badge\"");
        html.ShouldContain("Save the changes");
        html.ShouldContain("/api/v1/pipelines.csv?q=orders&amp;health=failed&amp;bom=true");
    }

    [Fact]
    public async Task Menu_ViewOfSomeoneElse_IsAListWithoutName()
    {
        var html = await ShowAsync(FleetUrlState.Parse($"/?health=failed&view={Guid.NewGuid()}"));

        html.ShouldContain(">Views</bdi>");
        html.ShouldNotContain("changed");
    }

    [Fact]
    public async Task Menu_StoreThatDoesNotAnswer_SaysSoAndTheRestWorks()
    {
        _pages.Views.Failure = new TimeoutException("no answer");

        var html = await ShowAsync(FleetUrlState.Default);

        html.ShouldContain("The views cannot be read now");
        html.ShouldContain("Export CSV");
    }

    [Theory]
    [InlineData("/?q=a%20b&health=failed&sort=-restarts")]
    [InlineData("/")]
    public void Url_WithView_KeepsBothAndAViewAloneIsNoFilter(string url)
    {
        var id = Guid.NewGuid();
        var state = FleetUrlState.Parse(url).From(id);

        FleetUrlState.Parse(state.ToUrl()).ShouldBe(state);
        state.ToQuery().ShouldBe(FleetUrlState.Parse(url).ToQuery());
        state.From(null).ToUrl().ShouldBe(url);
        FleetUrlState.Parse($"/?view={id}").Filtered.ShouldBeFalse();
        FleetUrlState.Parse("/?view=mine").Unknown.ShouldBe(["view=mine"]);
    }

    public ValueTask DisposeAsync() => _pages.DisposeAsync();

    private Task<string> ShowAsync(FleetUrlState state) => _pages.RenderAsync<SavedViews>(new() { ["State"] = state });
}
