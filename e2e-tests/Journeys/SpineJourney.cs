using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Shouldly;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>From the empty form to a running job and to its end, on both generations of the operator.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class SpineJourney(SimulatedPortal simulated)
{
    [Theory]
    [InlineData("eu-west")]
    [InlineData("us-east")]
    public async Task Register_ThenEveryOperation_EndsWhereItShould(string cluster)
    {
        var name = $"basket-totals-{cluster[..2]}";
        var pipeline = $"/pipelines/{cluster}/growth/{name}";
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);

        await visitor.FillFormAsync(name, "growth", cluster, "registry.example.com/growth/basket-totals:1.0.0");
        await visitor.Button("Dry run").ClickAsync();
        await visitor.Page.GetByText("accepted", new PageGetByTextOptions { Exact = true }).WaitForAsync();
        await visitor.RegisterAsync();
        await visitor.RunsAsync();

        await visitor.OperateAsync("Savepoint", "Take the savepoint");
        (await visitor.Page.Locator("#main").InnerTextAsync()).ShouldContain($"growth-state/{name}/savepoints");
        await visitor.AxeAsync("an operation that ended");
        await visitor.ShotAsync($"operation-{cluster}-1440-light");

        await visitor.OpenAsync(pipeline);
        await visitor.OperateAsync("Suspend…", "Suspend it");
        await visitor.OpenAsync(pipeline);
        await visitor.Page.Locator(".page-head .states").GetByText("suspended", new LocatorGetByTextOptions { Exact = true }).WaitForAsync();
        await visitor.OperateAsync("Resume…", "Resume it");

        await visitor.OpenAsync(pipeline);
        await visitor.RunsAsync();
        await visitor.OpenAsync(pipeline + "/edit");
        await visitor.EnterAsync("#f-args", "--rate 350");
        await visitor.Button("Upgrade…").ClickAsync();
        await visitor.ConfirmAsync("Start the upgrade");
        await visitor.SucceededAsync();
        var resource = await simulated.ApiAsync($"pipelines/{cluster}/growth/{name}/revisions");
        resource.ToJsonString().ShouldContain("350");

        await visitor.OpenAsync(pipeline + "/revisions");
        await visitor.Page.GetByText("350").First.WaitForAsync();
        await visitor.Button("More actions").ClickAsync();
        await visitor.Page.Locator(".menu").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" }).ClickAsync();
        await visitor.Page.GetByLabel("to delete it").FillAsync(name);
        await visitor.ConfirmAsync("Delete it");
        await visitor.Page.GetByText($"is not on {cluster}").WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
    }

    [Fact]
    public async Task Adopt_ADeploymentThatNobodyRegistered_OffersTheOperationsAndChangesNothing()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/pipelines/eu-west/search/index-updates");
        await visitor.Page.GetByText("not registered", new PageGetByTextOptions { Exact = true }).WaitForAsync();
        (await visitor.Button("Savepoint").CountAsync()).ShouldBe(0);
        var before = await SpecAsync(visitor);

        await visitor.OpenAsync("/pipelines/eu-west/search/index-updates");
        await visitor.Button("Adopt").ClickAsync();
        await visitor.Button("Savepoint").WaitForAsync();

        (await SpecAsync(visitor)).ShouldBe(before);
        await visitor.OpenAsync("/pipelines/eu-west/search/index-updates/revisions");
        await visitor.AxeAsync("revisions");
    }

    private static async Task<string> SpecAsync(Visitor visitor)
    {
        await visitor.OpenAsync("/pipelines/eu-west/search/index-updates/spec");
        var text = await visitor.Page.Locator("#main").GetByText("apiVersion").First.EvaluateAsync<string>("e => (e.closest('pre') ?? e.closest('table') ?? e.closest('.panel')).innerText");
        return text[text.IndexOf("spec:", StringComparison.Ordinal)..];
    }
}
