using Shouldly;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Views;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Portal.Client.Shared.Layout;
using Sluice.Portal.Client.Shared.Palette;
using Xunit;

namespace Sluice.Portal.Client.Tests.Palette;

public sealed class PaletteSearchTests
{
    private readonly FakeFleet _fleet = new();
    private readonly PaletteSearch _search;
    private ViewList _views = ViewList.None;

    public PaletteSearchTests()
    {
        _search = new(new PaletteFleet(_fleet, TimeProvider.System), _fleet);
        _fleet.Set(Some.Fleet(
            Row("fraud-scores-v3", HealthState.Degraded), Row("fraud-scores-v2", HealthState.Healthy), Row("orders", HealthState.Failed, registered: false), Row("orders-archive", HealthState.Suspended, suspended: true)));
    }

    [Fact]
    public void Find_Pipeline_ComesFirstWithItsActions()
    {
        var found = Find("fraud");

        found.Select(section => section.Title).ShouldBe(["Pipelines", "Actions"]);
        found[0].Items.Select(item => item.Text).ShouldBe(["payments/fraud-scores-v3", "payments/fraud-scores-v2"], "the worse one first");
        found[1].Items.Select(item => item.Text).ShouldBe(["Take a savepoint of payments/fraud-scores-v3…", "Upgrade payments/fraud-scores-v3…", "Suspend payments/fraud-scores-v3…"]);
        found[1].Items[2].Asks.ShouldBe((OperationKind.Suspend, Some.Key("fraud-scores-v3")));
    }

    [Theory]
    [InlineData("suspend fraud v2", "Suspend payments/fraud-scores-v2…")]
    [InlineData("take savepoint of fraud-scores-v2", "Take a savepoint of payments/fraud-scores-v2…")]
    [InlineData("resume orders", "Resume payments/orders-archive…")]
    [InlineData("logs orders", "Logs of payments/orders")]
    [InlineData("regis", "Register a pipeline")]
    [InlineData("sign out", "Sign out")]
    [InlineData("theme", "Theme: system, light or dark")]
    public void Find_Action_IsTheFirstLine(string typed, string expected) => Find(typed)[0].Items[0].Text.ShouldBe(expected);

    [Fact]
    public void Find_UnregisteredOrSuspended_OffersOnlyWhatMakesSense()
    {
        Find("suspend orders").SelectMany(section => section.Items).ShouldNotContain(item => item.Asks != null);
        Find("resume fraud").SelectMany(section => section.Items).ShouldNotContain(item => item.Asks != null);
    }

    [Fact]
    public void Find_View_LeadsToWhatItShows()
    {
        var view = new SavedView(Guid.NewGuid(), "On call <b>💥</b>", "demo", "payments", "health=failed", 1, Some.Now, Some.Now, "demo");
        _views = new([view], null);

        var line = Find("on ca")[0].Items[0];

        line.Text.ShouldBe(view.Name);
        line.Href.ShouldBe($"/?health=failed&view={view.Id}");
        line.Note.ShouldBe("view of team payments");
    }

    [Fact]
    public void Find_NothingTyped_ShowsWhatWasOpenedLately()
    {
        var found = Find("", "/pipelines/eu-west-1/payments/orders", "/pipelines/eu-west-1/payments/gone");

        found[0].Title.ShouldBe("Opened lately");
        found[0].Items.Single().Href.ShouldBe("/pipelines/eu-west-1/payments/orders");
        found[^1].Items.ShouldContain(item => item.Does == "sign-out");
    }

    [Fact]
    public void Find_PipelineThatIsGone_IsNotOffered()
    {
        Find("fraud")[0].Items.Count.ShouldBe(2);
        _fleet.Set(Some.Fleet(Row("orders", HealthState.Failed)) with { Version = 2 });

        Find("fraud").SelectMany(section => section.Items).ShouldNotContain(item => item.Look != null);
    }

    [Fact]
    public void Shortcuts_OfTheSheet_AreThoseOfTheScript()
    {
        var script = File.ReadAllText(Path.Combine(Sluice.Testing.SharedFolder.Repository, "src/Portal.Client/wwwroot/js/app.js"));
        var keys = script[script.IndexOf("switch (e.key)", StringComparison.Ordinal)..script.IndexOf("function escape", StringComparison.Ordinal)];
        var listened = System.Text.RegularExpressions.Regex.Matches(keys, "case '([^']+)'").Select(match => match.Groups[1].Value switch { "ArrowLeft" => "←", "ArrowRight" => "→", var key => key.ToLowerInvariant() }).Distinct();
        var said = Shortcuts.All.SelectMany(group => group.Keys).SelectMany(shortcut => shortcut.Keys.Split(' ')).Select(key => key.ToLowerInvariant()).ToHashSet();

        listened.Where(key => !said.Contains(key)).ShouldBeEmpty("the script listens to them and the sheet does not say so");
    }

    private IReadOnlyList<PaletteSection> Find(string text, params string[] lately) => _search.Find(text, lately, _views, FleetUrlState.Default);

    private static PipelineRow Row(string name, HealthState health, bool registered = true, bool suspended = false)
    {
        var row = Some.Row(name, health);
        return row with { Registered = registered, Resource = row.Resource with { DesiredState = suspended ? "suspended" : "running" } };
    }
}
