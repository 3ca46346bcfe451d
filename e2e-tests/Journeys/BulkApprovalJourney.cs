using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Shouldly;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>A run over critical pipelines: one person asks, another one approves all that wait at once.</summary>
[Collection(nameof(OperationsCollection))]
public sealed class BulkApprovalJourney(SimulatedPortal simulated)
{
    private static readonly string[] Pipelines = ["us-east/logistics/delivery-promises", "us-east/logistics/returns-intake", "us-east/growth/attribution-windows"];

    [Fact]
    public async Task Run_OverCriticalPipelines_IsApprovedAtOnceBySomebodyElse()
    {
        using var client = simulated.Portal.Client();
        foreach (var pipeline in Pipelines) await CriticalAsync(client, pipeline);
        using var answer = await client.PostAsJsonAsync("api/v1/bulk", new { kind = "restart", pipelines = Pipelines, reason = "a security fix of the base image", waves = new { canary = 0 } });
        var run = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["run"]!["id"]!;

        await using var demo = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url);
        await demo.OpenAsync($"/bulk/{run}");
        await demo.Page.GetByText("You asked for this run, so somebody else has to decide.").WaitForAsync();
        await using var ada = await Visitor.SignInAsync(simulated.Browser, simulated.Portal.Url, name: PortalProcess.SecondPerson);
        await ada.OpenAsync($"/bulk/{run}");
        await ada.Page.Locator("[data-approvals='3']").WaitForAsync();
        await ada.Page.GetByText("3 jobs stop and start").WaitForAsync();
        await ada.LookAsync("bulk-approval");
        await ada.Page.GetByLabel("What you want to say").FillAsync("seen, go on");
        await ada.Button("Approve all 3").ClickAsync();
        await ada.Page.GetByText("3 operations approved.").WaitForAsync();
        await demo.Page.GetByText("You asked for this run").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        foreach (var item in (await simulated.ApiAsync($"bulk/{run}/items"))["items"]!.AsArray())
        {
            var approval = (await simulated.ApiAsync($"operations/{(string)item!["operationId"]!}"))["guards"]!["approval"]!;
            ((string?)approval["by"], ((string)approval["comment"]!).StartsWith("seen, go on (3 operations of bulk run", StringComparison.Ordinal)).ShouldBe((PortalProcess.SecondPerson, true));
        }

        demo.SawNoErrors();
        ada.SawNoErrors();
    }

    private static async Task CriticalAsync(HttpClient client, string pipeline)
    {
        await Until.TrueAsync(async () =>
        {
            using var adopted = await client.PostAsJsonAsync($"api/v1/pipelines/{pipeline}/adopt", new { team = pipeline.Split('/')[1] });
            return adopted.IsSuccessStatusCode || adopted.StatusCode == HttpStatusCode.Conflict;
        }, $"{pipeline} to be adopted", TimeSpan.FromSeconds(60));
        using var tier = await client.PutAsJsonAsync($"api/v1/pipelines/{pipeline}/tier", new { tier = "critical" });
        tier.EnsureSuccessStatusCode();
        // A run takes the pipelines as the list has them.
        await Until.TrueAsync(async () => (string?)JsonNode.Parse(await client.GetStringAsync($"api/v1/pipelines/{pipeline}"))!["tier"] == "critical", $"{pipeline} to be critical in the list", TimeSpan.FromSeconds(30));
    }
}
