using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Sluice.Simulator.Tests;

/// <summary>A large fleet, small, over HTTP: what it does by itself, and what the control endpoint makes of it.</summary>
public sealed class LargeFleetLifeTests : IAsyncLifetime
{
    private const string Deployments = "/apis/flink.apache.org/v1beta1/flinkdeployments";
    private readonly SimulatorHost _host = new(
        new SimulatorOptions { Fleet = "scale", Pipelines = 300, Clusters = 2, Seed = 7, Speed = 4, Tls = false, ChangeRate = 40, Incidents = Churn.IncidentMix.Parse("6%") }, TimeProvider.System, NullLoggerFactory.Instance);
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };

    private SimulatedCluster First => _host.Clusters[0];

    public async ValueTask InitializeAsync() => await _host.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Start_WithAMix_HasThatShareWrong()
    {
        var items = (await GetAsync(Deployments))["items"]!.AsArray();
        items.Count(i => i!["status"]!["error"] is not null || i["status"]!["jobStatus"]?["state"]?.ToString() is "RESTARTING" or "FAILED" or "RECONCILING" or "CREATED").ShouldBeGreaterThan(1);
        _host.Churn!.Incidents.Open.Sum(i => i.Victims.Count).ShouldBeInRange(10, 26);
    }

    [Fact]
    public async Task ChangeRate_SetWhileItRuns_IsFollowed()
    {
        await ControlAsync("change-rate", """{"rate": 400}""");
        var before = _host.Churn!.Written;
        await UntilAsync(() => _host.Churn.Written > before + 300);
        await ControlAsync("change-rate", """{"rate": 0}""");
        (await AskAsync("/churn"))["rate"]!.GetValue<double>().ShouldBe(0);
    }

    [Fact]
    public async Task ImagePull_WhenItBegins_WritesWhatTheOperatorWrites_AndHeals()
    {
        var told = await ControlAsync("incident", $$"""{"cluster": "{{First.Options.Name}}", "kind": "image-pull", "count": 3, "seconds": 60}""");
        var (ns, name) = Split(told["incident"]!["pipelines"]![0]!.ToString());
        JsonNode? status = null;
        await UntilAsync(async () => (status = (await GetAsync(Path(ns, name)))["status"])!["jobManagerDeploymentStatus"]?.ToString() == "ERROR");
        status!["error"]!.ToString().ShouldContain("DeploymentFailedException");
        status["error"]!.ToString().ShouldContain(told["incident"]!["mark"]!.ToString());
        var pods = (await GetAsync($"/api/v1/namespaces/{ns}/pods?labelSelector=app%3D{name}"))["items"]!.AsArray();
        pods.ShouldContain(p => p!["status"]!["containerStatuses"]![0]!["state"]!["waiting"]!["reason"]!.ToString().Contains("ImagePull"));
        await UntilAsync(async () => (await GetAsync(Path(ns, name)))["status"] is { } now && now["error"] is null && now["jobStatus"]!["state"]!.ToString() == "RUNNING");
    }

    [Fact]
    public async Task Asleep_WhenAsked_AnswersAsIfItHadAlwaysRun()
    {
        var (ns, name) = First.World.Sleepers.In(null).First(k => !k.Name.EndsWith("-session", StringComparison.Ordinal));
        var id = (await GetAsync(Path(ns, name)))["status"]!["jobStatus"]!["jobId"]!.ToString();
        var service = $"/api/v1/namespaces/{ns}/services/{name}-rest:8081/proxy";
        (await GetAsync(service + "/jobs/overview"))["jobs"]![0]!["jid"]!.ToString().ShouldBe(id);
        (await GetAsync($"{service}/jobs/{id}/checkpoints"))["counts"]!["completed"]!.GetValue<long>().ShouldBeGreaterThan(10);
        var pods = (await GetAsync($"/api/v1/namespaces/{ns}/pods?labelSelector=app%3D{name}"))["items"]!.AsArray();
        pods.Count.ShouldBeGreaterThan(1);
        using var log = await SendAsync(First, $"/api/v1/namespaces/{ns}/pods/{pods[0]!["metadata"]!["name"]}/log");
        log.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task ListError_AfterItems_FailsTheLaterPagesOnly()
    {
        await ControlAsync("list-error", $$"""{"cluster": "{{First.Options.Name}}", "after": 60, "seconds": 30}""");
        var page = await GetAsync(Deployments + "?limit=50");
        using var next = await SendAsync(First, $"{Deployments}?limit=50&continue={Uri.EscapeDataString(page["metadata"]!["continue"]!.ToString())}");
        next.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        await ControlAsync("list-error", $$"""{"cluster": "{{First.Options.Name}}", "after": 60, "how": "cut", "seconds": 30}""");
        await Should.ThrowAsync<HttpRequestException>(() => GetAsync(Deployments));
        await ControlAsync("list-error", $$"""{"cluster": "{{First.Options.Name}}", "after": 60, "seconds": 0}""");
        (await GetAsync(Deployments))["items"]!.AsArray().Count.ShouldBeGreaterThan(60);
    }

    [Fact]
    public async Task Pages_WhileThingsChange_AreOfOneVersion()
    {
        await ControlAsync("change-rate", """{"rate": 400}""");
        var seen = new List<string>();
        string? version = null, next = "";
        while (next is not null)
        {
            var page = await GetAsync($"{Deployments}?limit=20{(next.Length > 0 ? "&continue=" + Uri.EscapeDataString(next) : "")}");
            version ??= page["metadata"]!["resourceVersion"]!.ToString();
            page["metadata"]!["resourceVersion"]!.ToString().ShouldBe(version);
            seen.AddRange(page["items"]!.AsArray().Select(i => $"{i!["metadata"]!["namespace"]}/{i["metadata"]!["name"]}"));
            page["items"]!.AsArray().ShouldAllBe(i => long.Parse(i!["metadata"]!["resourceVersion"]!.ToString()) <= long.Parse(version));
            next = page["metadata"]!["continue"]?.ToString();
        }
        seen.ShouldBe(seen.Distinct().Order(StringComparer.Ordinal));
        seen.Count.ShouldBeGreaterThan(80);
    }

    [Fact]
    public async Task WatchGarbage_OnARunningWatch_ComesBetweenEvents()
    {
        var version = (await GetAsync(Deployments + "?limit=1"))["metadata"]!["resourceVersion"]!.ToString();
        using var response = await SendAsync(First, $"{Deployments}?watch=1&resourceVersion={version}", headersOnly: true);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        await ControlAsync("watch-garbage", $$"""{"cluster": "{{First.Options.Name}}"}""");
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await reader.ReadLineAsync(late.Token) is { } line)
            if (line.Contains("502 Bad Gateway", StringComparison.Ordinal)) return;
        throw new InvalidOperationException("The watch ended without garbage.");
    }

    [Fact]
    public async Task ForgetHistory_Repeated_EndsWatchesWith410()
    {
        var version = (await GetAsync(Deployments + "?limit=1"))["metadata"]!["resourceVersion"]!.ToString();
        await ControlAsync("forget-history", $$"""{"cluster": "{{First.Options.Name}}", "every": 0.5, "seconds": 3}""");
        using var response = await SendAsync(First, $"{Deployments}?watch=1&resourceVersion={version}&timeoutSeconds=5");
        (await response.Content.ReadAsStringAsync()).ShouldContain("\"code\":410");
    }

    [Fact]
    public async Task ClockSkew_OfMinutes_IsInTheDateAndInNewStamps()
    {
        await ControlAsync("clock-skew", $$"""{"cluster": "{{First.Options.Name}}", "seconds": -600}""");
        using var response = await SendAsync(First, "/version");
        (TimeProvider.System.GetUtcNow() - response.Headers.Date!.Value).TotalMinutes.ShouldBeInRange(9, 11);
        using var other = await SendAsync(_host.Clusters[1], "/version");
        (TimeProvider.System.GetUtcNow() - other.Headers.Date!.Value).TotalMinutes.ShouldBeInRange(-1, 1);
    }

    [Fact]
    public async Task ApiLatency_OnOneCluster_LeavesTheOtherAlone()
    {
        await ControlAsync("api-latency", $$"""{"cluster": "{{First.Options.Name}}", "milliseconds": 1500}""");
        var slow = SendAsync(First, "/version");
        using var quick = await SendAsync(_host.Clusters[1], "/version");
        slow.IsCompleted.ShouldBeFalse();
        using var answered = await slow;
        answered.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task HugeStatus_Of900KB_IsServed()
    {
        var (ns, name) = First.World.Sleepers.In(null)[0];
        await ControlAsync("huge-status", $$"""{"cluster": "{{First.Options.Name}}", "namespace": "{{ns}}", "name": "{{name}}"}""");
        (await GetAsync(Path(ns, name)))["status"]!["error"]!.ToString().Length.ShouldBeGreaterThan(900_000);
    }

    [Fact]
    public async Task DeleteMany_AtOnce_AreTakenDownByTheOperator()
    {
        var before = First.Store.All(First.Catalog.FlinkDeployments).Count;
        (await ControlAsync("delete-many", $$"""{"cluster": "{{First.Options.Name}}", "count": 40}"""))["deleted"]!.GetValue<int>().ShouldBe(40);
        await UntilAsync(() => First.Store.All(First.Catalog.FlinkDeployments).Count <= before - 38);
    }

    [Fact]
    public async Task Burst_OfChanges_IsInTheWatchLog()
    {
        var before = _host.Churn!.Written;
        (await ControlAsync("burst", """{"count": 500}"""))["written"]!.GetValue<int>().ShouldBeGreaterThan(450);
        _host.Churn.Written.ShouldBeGreaterThanOrEqualTo(before + 450);
    }

    [Fact]
    public async Task Write_ThroughControlOrApi_TellsWhenItWasCommitted()
    {
        var (ns, name) = First.World.Sleepers.In(null)[0];
        var start = TimeProvider.System.GetUtcNow();
        var told = await ControlAsync("write", $$$"""{"cluster": "{{{First.Options.Name}}}", "namespace": "{{{ns}}}", "name": "{{{name}}}", "merge": {"status": {"jobStatus": {"state": "RESTARTING"} } } }""");
        DateTimeOffset.Parse(told["committedAt"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(start, TimeProvider.System.GetUtcNow());
        var patched = await SendAsync(First, Path(ns, name) + "/status", HttpMethod.Patch, """{"status": {"jobStatus": {"state": "RUNNING"}}}""");
        var version = JsonNode.Parse(await patched.Content.ReadAsStringAsync())!["metadata"]!["resourceVersion"]!.ToString();
        var commit = await AskAsync($"/commits/{First.Options.Name}/flinkdeployments/{version}");
        DateTimeOffset.Parse(commit["committedAt"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(start, TimeProvider.System.GetUtcNow());
    }

    private static string Path(string ns, string name) => $"/apis/flink.apache.org/v1beta1/namespaces/{ns}/flinkdeployments/{name}";

    private static (string Namespace, string Name) Split(string key) => (key.Split('/')[0], key.Split('/')[1]);

    private async Task<JsonNode> GetAsync(string path)
    {
        using var response = await SendAsync(First, path);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private Task<HttpResponseMessage> SendAsync(SimulatedCluster cluster, string path, HttpMethod? method = null, string? body = null, bool headersOnly = false)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(cluster.Url, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", cluster.Tokens.Admin);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/merge-patch+json");
        return _client.SendAsync(request, headersOnly ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead);
    }

    private async Task<JsonNode> AskAsync(string path) => JsonNode.Parse(await _client.GetStringAsync(new Uri(_host.Control.Url + path)))!;

    private async Task<JsonNode> ControlAsync(string scenario, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(new Uri($"{_host.Control.Url}/scenarios/{scenario}"), content);
        var answer = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, answer);
        return JsonNode.Parse(answer)!;
    }

    private static Task UntilAsync(Func<bool> done) => UntilAsync(() => Task.FromResult(done()));

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        var deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(60);
        while (!await done())
        {
            if (TimeProvider.System.GetUtcNow() > deadline) throw new TimeoutException("It did not happen within 60 s.");
            await Task.Delay(100);
        }
    }
}
