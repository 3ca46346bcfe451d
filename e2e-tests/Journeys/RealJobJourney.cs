using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sluice.E2E.Tests.Harness;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.E2E.Tests.Journeys;

/// <summary>The product's spine on a real Kubernetes, operator and Flink: register, run, savepoint, suspend, resume, upgrade, delete, and the state carried through all of it.</summary>
[Collection(nameof(RealCollection))]
public sealed partial class RealJobJourney(RealPortal real)
{
    private const string Orders = "/pipelines/portal-cluster/team-orders/order-totals";
    private static readonly string FlinkData = Path.Combine(Environment.GetEnvironmentVariable("CLUSTER_HOME") ?? "/var/tmp/portal-cluster", "flink-data");

    [Fact]
    public async Task OrderTotals_FromTheFormToAnUpgrade_CarriesItsStateThroughEveryStop()
    {
        var portal = await real.StartAsync();
        await GoneAsync("order-totals");
        await using var visitor = await Visitor.SignInAsync(real.Browser, portal.Url);

        await RegisterAsync(visitor, await SampleAsync("order-totals.yaml"), "FlinkJar");
        await RunsAsync("order-totals", TimeSpan.FromMinutes(3));

        // A checkpoint is on screen within five seconds of completing.
        await visitor.OpenAsync(Orders + "/checkpoints");
        await visitor.Page.WaitForFunctionAsync("() => document.querySelectorAll('table.checkpoints tbody tr').length > 1");
        Assert.True(await NewestCheckpointDelayAsync(visitor, portal) <= TimeSpan.FromSeconds(5), "a completed checkpoint took longer than 5 s to the screen");
        await visitor.AxeAsync("checkpoints");

        var savepoint = await OperateAsync(visitor, Orders, "Savepoint", "Take the savepoint");
        var path = SavepointPath().Match(savepoint).Value;
        Assert.True(path.Length > 0, $"the operation names no savepoint: {savepoint}");
        Assert.True(File.Exists(Path.Combine(FlinkData, path[(path.IndexOf("flink-data/", StringComparison.Ordinal) + "flink-data/".Length)..], "_metadata")), $"{path} is not on disk");

        await OperateAsync(visitor, Orders, "Suspend…", "Suspend it");
        var suspendedWith = (string)(await ResourceAsync("order-totals"))["status"]!["jobStatus"]!["savepointInfo"]!["lastSavepoint"]!["location"]!;
        await OperateAsync(visitor, Orders, "Resume…", "Resume it");
        await RunsAsync("order-totals", TimeSpan.FromMinutes(2));
        Assert.Equal(LastPart(suspendedWith), LastPart(await RestoredAsync()));

        await visitor.OpenAsync(Orders + "/edit");
        await visitor.Page.GetByLabel("Arguments", new PageGetByLabelOptions { Exact = true }).FillAsync("--rate 800 --keys 50");
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Upgrade…" }).ClickAsync();
        await visitor.ConfirmAsync("Start the upgrade");
        await SucceededAsync(visitor);
        var upgraded = await ResourceAsync("order-totals");
        Assert.Equal(["--rate", "800", "--keys", "50"], upgraded["spec"]!["job"]!["args"]!.AsArray().Select(a => (string)a!));
        var restored = await RestoredAsync();
        Assert.Contains("savepoint-", restored, StringComparison.Ordinal);
        Assert.NotEqual(LastPart(suspendedWith), LastPart(restored));

        await visitor.OpenAsync(Orders + "/revisions");
        await visitor.Page.GetByText("--rate").First.WaitForAsync();
        await visitor.OpenAsync(Orders);
        await visitor.Page.Locator(".vertex").First.WaitForAsync();
        await visitor.AxeAsync("pipeline");
        await visitor.ShotAsync("real-pipeline-1440-light");

        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "More actions" }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Delete…" }).ClickAsync();
        await visitor.Page.GetByLabel("to delete it").FillAsync("order-totals");
        await visitor.ConfirmAsync("Delete it");
        await visitor.Page.GetByText("is not on portal-cluster").WaitForAsync(new LocatorWaitForOptions { Timeout = 180_000 });
        visitor.SawNoErrors();
    }

    [Fact]
    public async Task BeamTotals_FromYaml_RunsAndTakesASavepoint()
    {
        var portal = await real.StartAsync();
        await GoneAsync("beam-totals");
        await using var visitor = await Visitor.SignInAsync(real.Browser, portal.Url);

        await RegisterAsync(visitor, await SampleAsync("beam-totals.yaml"), "BeamJava");
        await RunsAsync("beam-totals", TimeSpan.FromMinutes(4));
        var savepoint = await OperateAsync(visitor, "/pipelines/portal-cluster/team-orders/beam-totals", "Savepoint", "Take the savepoint");
        Assert.Matches(SavepointPath(), savepoint);
        visitor.SawNoErrors();
        await GoneAsync("beam-totals");
    }

    [Fact]
    public async Task FailsAtStart_TheVerdictNamesTheExceptionOfMain_NotTheOperatorsSymptom()
    {
        var portal = await real.StartAsync();
        await GoneAsync("fails-at-start");
        await RealCluster.KubectlAsync("apply", "-f", SharedFolder.Require("cluster", "samples", "fails-at-start.yaml"));
        var ns = await NamespaceOfAsync("fails-at-start");
        await using var visitor = await Visitor.SignInAsync(real.Browser, portal.Url);
        await visitor.OpenAsync($"/pipelines/portal-cluster/{ns}/fails-at-start");

        await visitor.Page.Locator("#verdict-h", new PageLocatorOptions { HasTextRegex = new Regex("main\\(\\)") }).WaitForAsync(new LocatorWaitForOptions { Timeout = 180_000 });

        await visitor.AxeAsync("a start that fails");
        await visitor.ShotAsync("real-fails-at-start-1440-light");
        visitor.SawNoErrors();
        await GoneAsync("fails-at-start");
    }

    private static async Task RegisterAsync(Visitor visitor, string yaml, string kind)
    {
        await visitor.OpenAsync("/pipelines/new");
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Discard" }).ClickAsync();
        var editor = visitor.Page.GetByLabel("Custom resource as YAML");
        await editor.FillAsync(yaml);
        await editor.BlurAsync();
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('#f-name').value !== ''");
        await Assertions.Expect(visitor.Page.GetByLabel(kind)).ToBeCheckedAsync();
        await visitor.Page.GetByLabel("Team", new PageGetByLabelOptions { Exact = true }).SelectOptionAsync("orders");
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Dry run" }).ClickAsync();
        await visitor.Page.GetByText("accepted").First.WaitForAsync();
        await visitor.AxeAsync("register");
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Register", Exact = true }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { NameRegex = new Regex("^Open team-") }).ClickAsync(new LocatorClickOptions { Timeout = 60_000 });
        await visitor.Page.Locator(".tabs").WaitForAsync();
    }

    /// <summary>Asks for an operation on the pipeline's page and waits for its end; returns what the operation's page says.</summary>
    private static async Task<string> OperateAsync(Visitor visitor, string pipeline, string action, string verb)
    {
        await visitor.OpenAsync(pipeline);
        await visitor.Page.Locator(".page-head .actions").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = action, Exact = true }).First.ClickAsync();
        await visitor.ConfirmAsync(verb);
        await visitor.Page.Locator(".verdict").GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = "Details" }).ClickAsync();
        return await SucceededAsync(visitor);
    }

    private static async Task<string> SucceededAsync(Visitor visitor)
    {
        await visitor.AtAsync(at => at.AbsolutePath.StartsWith("/operations/", StringComparison.Ordinal));
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('[data-operation-state]') && !['pending','running'].includes(document.querySelector('[data-operation-state]').dataset.operationState)", null, new PageWaitForFunctionOptions { Timeout = 240_000 });
        var state = await visitor.Page.Locator("[data-operation-state]").First.GetAttributeAsync("data-operation-state");
        var text = await visitor.Page.Locator("#main").InnerTextAsync();
        Assert.True(state == "succeeded", text);
        return text;
    }

    /// <summary>How long after its completion the newest checkpoint came on screen, by the clocks of this one machine.</summary>
    private static async Task<TimeSpan> NewestCheckpointDelayAsync(Visitor visitor, PortalProcess portal)
    {
        var before = await visitor.Page.Locator("table.checkpoints tbody tr:has-text('completed') td.name a").First.InnerTextAsync();
        await visitor.Page.WaitForFunctionAsync("before => [...document.querySelectorAll('table.checkpoints tbody tr')].some(r => r.textContent.includes('completed') && Number(r.querySelector('td.name a').textContent) > Number(before))", before);
        var seen = DateTimeOffset.UtcNow;
        using var client = portal.Client();
        var answer = JsonNode.Parse(await client.GetStringAsync($"api/v1{Orders}/checkpoints"))!;
        var completed = answer["latestCompleted"]!;
        var at = DateTimeOffset.Parse((string)completed["latestAckAt"]!, System.Globalization.CultureInfo.InvariantCulture);
        // A newer one may have completed since: then the one on screen is older than this by at most an interval, and the bound still holds for it.
        return seen - at;
    }

    private static async Task<JsonNode> ResourceAsync(string name) => JsonNode.Parse(await RealCluster.KubectlAsync("get", "flinkdeployment", name, "-n", "team-orders", "-o", "json"))!;

    private static async Task<string> NamespaceOfAsync(string name) =>
        (await RealCluster.KubectlAsync("get", "flinkdeployments", "-A", "-o", $"jsonpath={{.items[?(@.metadata.name==\"{name}\")].metadata.namespace}}")).Trim();

    private static async Task RunsAsync(string name, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            // Not there until the operation's own dry run is over.
            var found = await RealCluster.KubectlAsync("get", "flinkdeployment", name, "-n", "team-orders", "--ignore-not-found", "-o", "json");
            var status = found.Length == 0 ? null : JsonNode.Parse(found)!["status"];
            if ((string?)status?["jobStatus"]?["state"] == "RUNNING") return;
            Assert.True(clock.Elapsed < limit, $"{name} does not run after {limit}: {status?.ToJsonString()}");
            await Task.Delay(500);
        }
    }

    /// <summary>What the running job says it was restored from.</summary>
    private static async Task<string> RestoredAsync()
    {
        var proxy = "/api/v1/namespaces/team-orders/services/order-totals-rest:8081/proxy/jobs";
        var job = (string)JsonNode.Parse(await RealCluster.KubectlAsync("get", "--raw", proxy))!["jobs"]!.AsArray().Single(j => (string)j!["status"]! == "RUNNING")!["id"]!;
        var checkpoints = JsonNode.Parse(await RealCluster.KubectlAsync("get", "--raw", $"{proxy}/{job}/checkpoints"))!;
        return (string)checkpoints["latest"]!["restored"]!["external_path"]!;
    }

    private static async Task GoneAsync(string name)
    {
        var ns = await NamespaceOfAsync(name);
        if (ns.Length > 0) await RealCluster.GoneAsync(ns, name);
    }

    private static Task<string> SampleAsync(string file) => File.ReadAllTextAsync(SharedFolder.Require("cluster", "samples", file));

    private static string LastPart(string path) => path.TrimEnd('/').Split('/')[^1];

    [GeneratedRegex(@"file:/+flink-data/savepoints/[\w./-]+savepoint-[0-9a-f]+-[0-9a-f]+")]
    private static partial Regex SavepointPath();
}
