using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Shouldly;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>What goes wrong is said where it went wrong, and costs nothing else.</summary>
[Collection(nameof(SimulatedCollection))]
public sealed class TroubleJourney(SimulatedPortal simulated)
{
    [Theory]
    [InlineData("eu-west", "registry.example.com/rides/does-not-exist:1.0.0", "--rate 5", "(?i)image")]
    [InlineData("us-east", "registry.example.com/rides/meter-readings:1.0.0", "--rate plenty", "main\\(\\)")]
    public async Task Register_WhatCannotStart_SaysTheCause(string cluster, string image, string arguments, string cause)
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.FillFormAsync($"meter-{cluster[..2]}", "rides", cluster, image, arguments);
        await visitor.RegisterAsync();

        await visitor.Page.Locator("#verdict-h", new PageLocatorOptions { HasTextRegex = new(cause) }).WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        await visitor.AxeAsync($"a start that fails on {cluster}");
        await visitor.ShotAsync($"start-fails-{cluster}-1440-light");
    }

    [Fact]
    public async Task Register_WhatTheOperatorWouldRefuse_IsSaidAtItsField()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.FillFormAsync("refused", "rides", "eu-west", "registry.example.com/rides/refused:1");
        await visitor.EnterAsync("#f-parallelism", "0");

        await visitor.Page.Locator("#f-parallelism[aria-invalid='true']").WaitForAsync();
        (await visitor.Page.Locator("#f-parallelism-e").InnerTextAsync()).ShouldNotBeEmpty();
        await visitor.Button("Dry run").ClickAsync();
        await visitor.Page.GetByText("refused", new PageGetByTextOptions { Exact = true }).First.WaitForAsync();
        (await visitor.Button("Register").IsDisabledAsync()).ShouldBeTrue();
        await visitor.Button("Discard").ClickAsync();
    }

    [Fact]
    public async Task Editor_MalformedYaml_KeepsTheTextAndMarksTheLine()
    {
        const string Broken = "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\nmetadata:\n  name: [half\nspec: {}\n";
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/pipelines/new");
        var editor = visitor.Page.GetByLabel("Custom resource as YAML");
        // Empty until its script has put the draft into it.
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('.yaml-text').value !== ''");
        await editor.FillAsync(Broken);

        await visitor.Page.Locator(".yaml-editor[data-marks*=':e']").WaitForAsync();
        await visitor.Page.GetByText("cannot be read, the form waits").WaitForAsync();
        (await editor.InputValueAsync()).ShouldBe(Broken);
        await visitor.AxeAsync("YAML that cannot be read");
        await visitor.Button("Discard").ClickAsync();
    }

    [Fact]
    public async Task JobManagerCrash_CostsItsPanels_NotThePage()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/pipelines/eu-west/payments/ledger-entries");
        await visitor.Page.Locator(".vertex").First.WaitForAsync();
        await simulated.ScenarioAsync("jobmanager-crash", new { cluster = "eu-west", @namespace = "payments", name = "ledger-entries" });

        await visitor.Page.Locator(".job-graph, .partial").First.WaitForAsync();
        await visitor.Page.Locator(".tabs").GetByText("Events").ClickAsync();
        await visitor.Page.Locator("table tbody tr").First.WaitForAsync();
        await visitor.Page.Locator(".tabs").GetByText("Overview").ClickAsync();
        await visitor.Page.Locator(".vertex").First.WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
        (await visitor.Page.Locator("#blazor-error-ui").IsVisibleAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task PortalRestart_KeepsTheDraft_AndFinishesTheOperation()
    {
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await visitor.OpenAsync("/pipelines/us-east/search/ranking-features");
        await visitor.Button("Adopt").ClickAsync();
        var operation = await visitor.StartAsync("Suspend…", "Suspend it");

        await visitor.OpenAsync("/pipelines/new");
        await visitor.EnterAsync("#f-name", "half-entered");
        await visitor.Page.GetByText("kept", new PageGetByTextOptions { Exact = false }).First.WaitForAsync();
        await visitor.Page.WaitForFunctionAsync("() => !document.querySelector('#main').innerText.includes('not yet kept')");
        visitor.PortalMayBeDown = true;
        await simulated.RestartAsync();

        // The page finds its way back alone: reconnected, or loaded again.
        await visitor.Page.WaitForFunctionAsync("() => document.documentElement.dataset.interactive === '1' && document.querySelector('#f-name')?.value === 'half-entered' && document.documentElement.dataset.connection === 'live'", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
        await visitor.EnterAsync("#f-class", "com.example.Again");
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('textarea.yaml-text').value.includes('com.example.Again')");
        await visitor.Button("Discard").ClickAsync();
        await visitor.OpenAsync(operation);
        await visitor.SucceededAsync();
    }
}
