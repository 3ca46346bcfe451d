using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Testing;
using Xunit;

namespace Sluice.Simulator.Tests;

/// <summary>The simulated REST answers have the keys and types of recorded ones: nothing missing, nothing more.</summary>
public sealed class FlinkShapeTests(RunningSimulator simulator) : IClassFixture<RunningSimulator>
{
    /// <summary>A recorded answer by the end of its file's name, and the path of the same question here.</summary>
    private static readonly (string Recorded, string Path)[] Questions =
    [
        ("get-overview", "/overview"),
        ("get-config", "/config"),
        ("get-jobs", "/jobs"),
        ("get-jobs-overview", "/jobs/overview"),
        ("get-jobs-job", "/jobs/:job"),
        ("get-jobs-job-config", "/jobs/:job/config"),
        ("get-jobs-job-plan", "/jobs/:job/plan"),
        ("get-jobs-job-status", "/jobs/:job/status"),
        ("get-jobs-job-exceptions", "/jobs/:job/exceptions"),
        ("get-jobs-job-checkpoints", "/jobs/:job/checkpoints"),
        ("get-jobs-job-checkpoints-config", "/jobs/:job/checkpoints/config"),
        ("get-job-checkpoints-details-completed", "/jobs/:job/checkpoints/details/:id"),
        ("get-job-checkpoints-details-completed-subtasks-totals", "/jobs/:job/checkpoints/details/:id/subtasks/:vertex"),
        ("get-jobs-job-metrics-get", "/jobs/:job/metrics?get=uptime"),
        ("get-jobs-job-vertices-v-totals", "/jobs/:job/vertices/:vertex"),
        ("get-jobs-job-vertices-v-totals-subtasktimes", "/jobs/:job/vertices/:vertex/subtasktimes"),
        ("get-jobs-job-vertices-v-totals-taskmanagers", "/jobs/:job/vertices/:vertex/taskmanagers"),
        ("get-jobs-job-vertices-v-totals-watermarks", "/jobs/:job/vertices/:vertex/watermarks"),
        ("get-jobs-job-vertices-v-totals-backpressure", "/jobs/:job/vertices/:vertex/backpressure"),
        ("get-jobs-job-vertices-v-totals-accumulators", "/jobs/:job/vertices/:vertex/accumulators"),
        ("get-jobs-job-vertices-v-totals-subtasks-0", "/jobs/:job/vertices/:vertex/subtasks/0"),
        ("get-jobs-job-vertices-v-totals-subtasks-metrics-get", "/jobs/:job/vertices/:vertex/subtasks/metrics?get=numRecordsInPerSecond,busyTimeMsPerSecond"),
        ("get-taskmanagers", "/taskmanagers"),
        ("get-taskmanagers-tm", "/taskmanagers/:tm"),
    ];

    [Theory]
    [InlineData("1.18.1", "us-east", "search", "query-logs")]
    [InlineData("1.20.4", "eu-west", "payments", "fraud-scores")]
    [InlineData("2.0.2", "eu-west", "payments", "card-velocity")]
    public async Task Answers_OfARunningJob_HaveTheRecordedShape(string version, string cluster, string ns, string name)
    {
        var folder = SharedFolder.Require("flink", "recordings", version, "running");
        var proxy = $"/api/v1/namespaces/{ns}/services/{name}-rest:8081/proxy";
        var job = (await simulator.GetAsync(proxy + "/jobs", cluster)).Body["jobs"]![0]!["id"]!.ToString();
        var detail = (await simulator.GetAsync($"{proxy}/jobs/{job}", cluster)).Body;
        var vertex = detail["vertices"]![1]!["id"]!.ToString();
        var checkpoint = (await simulator.GetAsync($"{proxy}/jobs/{job}/checkpoints", cluster)).Body["latest"]!["completed"]!["id"]!.ToString();
        var manager = (await simulator.GetAsync(proxy + "/taskmanagers", cluster)).Body["taskmanagers"]![0]!["id"]!.ToString();

        var wrong = new List<string>();
        foreach (var (recorded, path) in Questions)
        {
            var expected = Recording(folder, recorded) ?? Recording(Path.Combine(folder, "..", "empty"), recorded);
            expected.ShouldNotBeNull(recorded);
            var url = proxy + path.Replace(":job", job, StringComparison.Ordinal).Replace(":vertex", vertex, StringComparison.Ordinal).Replace(":id", checkpoint, StringComparison.Ordinal).Replace(":tm", Uri.EscapeDataString(manager), StringComparison.Ordinal);
            var (code, actual) = await simulator.GetAsync(url, cluster);
            if (code != HttpStatusCode.OK) wrong.Add($"{path}: {code}");
            else Compare(path, expected, actual, wrong);
        }
        wrong.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("1.20.4", "logistics", "customs-declarations")]
    public async Task Exceptions_OfAJobThatFailed_HaveTheRecordedShape(string version, string ns, string name)
    {
        var expected = Recording(SharedFolder.Require("flink", "recordings", version, "failing"), "get-jobs-job-exceptions")!;
        var proxy = $"/api/v1/namespaces/{ns}/services/{name}-rest:8081/proxy";
        var job = (await simulator.GetAsync(proxy + "/jobs")).Body["jobs"]![0]!["id"]!.ToString();
        var actual = (await simulator.GetAsync($"{proxy}/jobs/{job}/exceptions")).Body;
        // This pipeline runs Flink 1.19, which has no "endpoint" yet.
        foreach (var entry in expected["exceptionHistory"]!["entries"]!.AsArray().Concat(expected["all-exceptions"]!.AsArray())) entry!.AsObject().Remove("endpoint");
        var wrong = new List<string>();
        Compare("exceptions", expected, actual, wrong);
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Savepoint_OverRest_IsPendingThenHasALocation()
    {
        const string proxy = "/api/v1/namespaces/payments/services/ledger-entries-rest:8081/proxy";
        var job = (await simulator.GetAsync(proxy + "/jobs")).Body["jobs"]![0]!["id"]!.ToString();
        var (code, started) = await simulator.AskAsync(HttpMethod.Post, $"{proxy}/jobs/{job}/savepoints", """{"target-directory":"s3://payments-flink-state/ledger-entries/savepoints"}""");
        code.ShouldBe(HttpStatusCode.Accepted);
        var deadline = DateTime.UtcNow.AddSeconds(10);
        JsonNode poll;
        do
        {
            poll = (await simulator.GetAsync($"{proxy}/jobs/{job}/savepoints/{started["request-id"]}")).Body;
            if (poll["status"]!["id"]!.ToString() == "COMPLETED") break;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        while (DateTime.UtcNow < deadline);
        poll["operation"]!["location"]!.ToString().ShouldStartWith($"s3://payments-flink-state/ledger-entries/savepoints/savepoint-{job[..6]}-");
    }

    private static JsonNode? Recording(string folder, string name) =>
        Directory.GetFiles(folder, $"???-{name}.json").Order(StringComparer.Ordinal).Select(f => JsonNode.Parse(File.ReadAllText(f))!["response"]).LastOrDefault();

    private static void Compare(string path, JsonNode? expected, JsonNode? actual, List<string> wrong)
    {
        if (expected is null || actual is null) return;
        var (want, got) = (Kind(expected), Kind(actual));
        if (want != got)
        {
            wrong.Add($"{path}: {want} recorded, {got} here");
            return;
        }
        if (expected is JsonObject map && actual is JsonObject found)
        {
            // Keys that are ids or settings say nothing about the shape.
            if (path.EndsWith(".tasks", StringComparison.Ordinal) && map.All(p => p.Key.Length == 32) || path.EndsWith(".user-config", StringComparison.Ordinal))
            {
                if (map.Count > 0 && found.Count > 0) Compare(path + ".*", map.First().Value, found.First().Value, wrong);
                return;
            }
            wrong.AddRange(map.Select(p => p.Key).Except(found.Select(p => p.Key)).Select(k => $"{path}.{k}: missing"));
            wrong.AddRange(found.Select(p => p.Key).Except(map.Select(p => p.Key)).Select(k => $"{path}.{k}: not in the recording"));
            foreach (var (key, value) in map)
                if (found.ContainsKey(key)) Compare($"{path}.{key}", value, found[key], wrong);
        }
        else if (expected is JsonArray { Count: > 0 } list && actual is JsonArray { Count: > 0 } items) Compare(path + "[]", list[0], Counterpart(list[0], items), wrong);
    }

    /// <summary>A checkpoint that is under way has fewer fields than one that completed: things are compared that have come equally far.</summary>
    private static JsonNode? Counterpart(JsonNode? expected, JsonArray items) =>
        (expected as JsonObject)?["status"] is JsonValue reached ? items.FirstOrDefault(i => i?["status"]?.ToString() == reached.ToString()) ?? items[0] : items[0];

    private static string Kind(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        // Statistics are the text NaN where there are none.
        JsonValueKind.String when node.ToString() == "NaN" => "Number",
        var kind => kind.ToString(),
    };
}
