using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>A restart: planned first, then compared with what really happened; the next plan knows it.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class PlanJourney(SimulatedPortal simulated)
{
    private const string Job = "eu-west/payments/chargeback-alerts";

    [Fact]
    public async Task Restart_IsPlanned_ThenComparedWithWhatHappened()
    {
        await simulated.AdoptAsync(Job, "payments");
        await using var visitor = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await AskAsync(visitor);
        await visitor.Page.GetByText("the operator will call it UPGRADE").WaitForAsync();
        await visitor.Page.GetByText("Which state, and why that one").WaitForAsync();
        await visitor.ShotAsync("plan-1440-light", whole: false);
        await visitor.AxeAsync("plan");

        var operation = await visitor.StartedAsync("Restart it");
        await visitor.OpenAsync(operation);
        await visitor.SucceededAsync();
        await visitor.Page.GetByText("It went as predicted.").WaitForAsync();
        await visitor.ShotAsync("operation-1440-light");
        await visitor.AxeAsync("operation with its plan");
        visitor.SawNoErrors();

        await using var other = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url, 390, 900, ColorScheme.Dark);
        await other.OpenAsync(operation);
        await other.Page.GetByText("It went as predicted.").WaitForAsync();
        await other.ShotAsync("operation-390-dark");
        await other.FitsAsync("the operation, 390 px");
        await AskAsync(other);
        await other.Page.GetByText("once, restart operations of this pipeline").WaitForAsync();
        await other.ShotAsync("plan-390-dark", whole: false);
        await other.AxeAsync("plan, 390-dark");
    }

    private static async Task AskAsync(Visitor visitor)
    {
        await visitor.OpenAsync("/pipelines/" + Job);
        await visitor.RunsAsync();
        await visitor.Page.Locator(".page-head .actions [data-menu]").ClickAsync();
        await visitor.Page.Locator(".menu [data-opens=Restart]").ClickAsync();
        await Assertions.Expect(visitor.Page.Locator(".page-head .menu")).ToBeHiddenAsync();
    }
}
