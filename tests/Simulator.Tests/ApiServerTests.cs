using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace Sluice.Simulator.Tests;

public sealed class ApiServerTests(RunningSimulator simulator) : IClassFixture<RunningSimulator>
{
    private const string All = "/apis/flink.apache.org/v1beta1/flinkdeployments";
    private const string Search = "/apis/flink.apache.org/v1beta1/namespaces/search/flinkdeployments";
    private const string Merge = "application/merge-patch+json";

    [Fact]
    public async Task Request_WithoutAToken_IsUnauthorized()
    {
        var (code, body) = await simulator.AskAsync(HttpMethod.Get, All, token: "wrong");
        code.ShouldBe(HttpStatusCode.Unauthorized);
        body["kind"]!.ToString().ShouldBe("Status");
    }

    [Fact]
    public async Task Write_ByTheViewer_IsForbidden()
    {
        var (code, body) = await simulator.AskAsync(HttpMethod.Patch, Search + "/index-updates", "{}", Merge, token: simulator.Token("eu-west", viewer: true));
        code.ShouldBe(HttpStatusCode.Forbidden);
        body["reason"]!.ToString().ShouldBe("Forbidden");
    }

    [Fact]
    public async Task List_InPages_GivesEveryObjectOnceAtOneVersion()
    {
        var names = new List<string>();
        var versions = new HashSet<string>();
        string? token = null;
        do
        {
            var (_, page) = await simulator.GetAsync($"{All}?limit=7{(token is null ? "" : "&continue=" + Uri.EscapeDataString(token))}");
            names.AddRange(page["items"]!.AsArray().Select(i => $"{i!["metadata"]!["namespace"]}/{i["metadata"]!["name"]}"));
            versions.Add(page["metadata"]!["resourceVersion"]!.ToString());
            token = page["metadata"]!["continue"]?.ToString();
        }
        while (!string.IsNullOrEmpty(token));

        var (_, whole) = await simulator.GetAsync(All);
        names.ShouldBe(whole["items"]!.AsArray().Select(i => $"{i!["metadata"]!["namespace"]}/{i["metadata"]!["name"]}"));
        versions.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("?fieldSelector=spec.image=x", 400)]
    [InlineData("?resourceVersion=999999999", 504)]
    [InlineData("?limit=1&continue=nonsense", 400)]
    [InlineData("?labelSelector=a%20b", 400)]
    public async Task List_WithAWrongQuery_IsRefused(string query, int expected)
    {
        var (code, body) = await simulator.GetAsync(All + query);
        ((int)code).ShouldBe(expected);
        body["status"]!.ToString().ShouldBe("Failure");
    }

    [Fact]
    public async Task Patch_WithAnOldVersion_IsAConflict()
    {
        var (_, found) = await simulator.GetAsync(Search + "/index-updates");
        await simulator.AskAsync(HttpMethod.Patch, Search + "/index-updates", $$$"""{"metadata":{"annotations":{"note":"{{{Guid.NewGuid()}}}" } } }""", Merge);
        var (code, body) = await simulator.AskAsync(HttpMethod.Patch, Search + "/index-updates",
            $$$"""{"metadata":{"resourceVersion":"{{{found["metadata"]!["resourceVersion"]}}}"},"spec":{"job":{"parallelism":3} } }""", Merge);
        code.ShouldBe(HttpStatusCode.Conflict);
        body["reason"]!.ToString().ShouldBe("Conflict");
    }

    [Fact]
    public async Task Patch_OfMetadataOnly_KeepsTheGeneration_AndNothingAtAllKeepsTheVersion()
    {
        const string path = Search + "/query-suggestions?dryRun=All";
        var (_, before) = await simulator.GetAsync(Search + "/query-suggestions");
        var (_, labelled) = await simulator.AskAsync(HttpMethod.Patch, path, """{"metadata":{"labels":{"x":"y"}}}""", Merge);
        var (_, changed) = await simulator.AskAsync(HttpMethod.Patch, path, """{"spec":{"restartNonce":77}}""", Merge);
        labelled["metadata"]!["generation"]!.GetValue<long>().ShouldBe(before["metadata"]!["generation"]!.GetValue<long>());
        changed["metadata"]!["generation"]!.GetValue<long>().ShouldBe(before["metadata"]!["generation"]!.GetValue<long>() + 1);
        var (_, after) = await simulator.GetAsync(Search + "/query-suggestions");
        after["spec"]!["restartNonce"].ShouldBeNull();
    }

    [Fact]
    public async Task Patch_WithWrongTypes_NamesEveryField()
    {
        var (code, body) = await simulator.AskAsync(HttpMethod.Patch, Search + "/index-updates?dryRun=All", """{"spec":{"job":{"parallelism":"two"},"flinkVersion":"v9"}}""", Merge);
        code.ShouldBe(HttpStatusCode.UnprocessableEntity);
        body["details"]!["causes"]!.AsArray().Select(c => c!["field"]!.ToString()).ShouldBe(["spec.job.parallelism", "spec.flinkVersion"], ignoreOrder: true);
    }

    [Fact]
    public async Task UnknownField_IsPruned_WarnedOf_OrRefused()
    {
        const string patch = """{"spec":{"imgae":"x"}}""";
        var (strict, refused) = await simulator.AskAsync(HttpMethod.Patch, Search + "/index-updates?dryRun=All&fieldValidation=Strict", patch, Merge);
        strict.ShouldBe(HttpStatusCode.BadRequest);
        refused["message"]!.ToString().ShouldContain("unknown field \"spec.imgae\"");
        using var warned = await simulator.SendAsync(HttpMethod.Patch, Search + "/index-updates?dryRun=All", patch, Merge);
        warned.StatusCode.ShouldBe(HttpStatusCode.OK);
        warned.Headers.Warning.Single().Text.ShouldContain("spec.imgae");
        (await warned.Content.ReadAsStringAsync()).ShouldNotContain("\"imgae\"");
    }

    [Fact]
    public async Task Webhook_WhereInstalled_RefusesWhatTheOperatorWould()
    {
        var (code, body) = await simulator.AskAsync(HttpMethod.Patch, Search + "/index-updates?dryRun=All", """{"spec":{"job":{"parallelism":0}}}""", Merge);
        code.ShouldBe(HttpStatusCode.BadRequest);
        body["message"]!.ToString().ShouldBe("admission webhook \"validationwebhook.flink.apache.org\" denied the request: Job parallelism must be larger than 0");
    }

    [Fact]
    public async Task Apply_OfAFieldThatAnotherOwns_IsAConflictUnlessForced()
    {
        const string path = Search + "/catalog-enrichment?dryRun=All&fieldManager=somebody";
        const string body = """{"apiVersion":"flink.apache.org/v1beta1","kind":"FlinkDeployment","metadata":{"name":"catalog-enrichment"},"spec":{"job":{"parallelism":4}}}""";
        var (code, conflict) = await simulator.AskAsync(HttpMethod.Patch, path, body, "application/apply-patch+yaml");
        code.ShouldBe(HttpStatusCode.Conflict);
        conflict["details"]!["causes"]![0]!["field"]!.ToString().ShouldBe(".spec.job.parallelism");
        var (forced, applied) = await simulator.AskAsync(HttpMethod.Patch, path + "&force=true", body, "application/apply-patch+yaml");
        forced.ShouldBe(HttpStatusCode.OK);
        applied["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(4);
    }

    [Fact]
    public async Task Snapshots_ServedByTheNewestOnly()
    {
        (await simulator.GetAsync("/apis/flink.apache.org/v1beta1/flinkstatesnapshots")).Code.ShouldBe(HttpStatusCode.OK);
        using var old = await simulator.SendAsync(HttpMethod.Get, "/apis/flink.apache.org/v1beta1/flinkstatesnapshots", cluster: "us-east");
        old.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        old.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
    }

    [Fact]
    public async Task Watch_FromAListedVersion_SendsTheChangeAndABookmarkAndEndsInTime()
    {
        var (_, list) = await simulator.GetAsync("/api/v1/namespaces");
        var version = list["metadata"]!["resourceVersion"]!.ToString();
        using var response = await simulator.SendAsync(HttpMethod.Get, $"/api/v1/namespaces?watch=1&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion={version}", headersOnly: true);
        var name = "made-" + Guid.NewGuid().ToString("N")[..8];
        (await simulator.AskAsync(HttpMethod.Post, "/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}" } }""")).Code.ShouldBe(HttpStatusCode.Created);
        var lines = (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        lines[0]["type"]!.ToString().ShouldBe("ADDED");
        lines[0]["object"]!["metadata"]!["name"]!.ToString().ShouldBe(name);
        lines[^1]["type"]!.ToString().ShouldBe("BOOKMARK");
    }

    [Fact]
    public async Task Watch_FromAForgottenVersion_IsAnErrorEventOfCode410()
    {
        var (_, list) = await simulator.GetAsync(All, "us-east");
        (await simulator.ControlAsync("forget-history", """{"cluster":"us-east"}""")).ShouldBe(HttpStatusCode.OK);
        using var response = await simulator.SendAsync(HttpMethod.Get, $"{All}?watch=1&resourceVersion={list["metadata"]!["resourceVersion"]}", cluster: "us-east");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var line = JsonNode.Parse((await response.Content.ReadAsStringAsync()).Trim())!;
        line["type"]!.ToString().ShouldBe("ERROR");
        line["object"]!["code"]!.GetValue<int>().ShouldBe(410);
    }

    [Fact]
    public async Task Control_OfAScenarioThatIsNot_IsNotFound() => (await simulator.ControlAsync("earthquake", "{}")).ShouldBe(HttpStatusCode.NotFound);

    [Fact]
    public async Task Logs_OfAJobManager_TellOfItsCheckpoints()
    {
        var (_, pods) = await simulator.GetAsync("/api/v1/namespaces/search/pods?labelSelector=" + Uri.EscapeDataString("app=index-updates,component=jobmanager"));
        var pod = pods["items"]!.AsArray().ShouldHaveSingleItem()!["metadata"]!["name"]!.ToString();
        using var response = await simulator.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/search/pods/{pod}/log?tailLines=5");
        var text = await response.Content.ReadAsStringAsync();
        text.ShouldContain("heckpoint");
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(5);
    }
}
