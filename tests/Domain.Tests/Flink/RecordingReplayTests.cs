using System.Text.Json;
using System.Text.RegularExpressions;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Flink;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Flink;

/// <summary>Every recorded answer of a real JobManager goes through the client over HTTP; every field is compared with the recording.</summary>
public sealed partial class RecordingReplayTests
{
    // A read of the client: its path, its call, and the comparison of what it gave.
    private sealed record Endpoint(string Pattern, Func<JobManagerClient, Exchange, Task<object>> Call, Action<Exchange, object> Compare);

    private sealed record Exchange(string File, string Target, string Path, int Status, JsonElement Response, Match Match, IReadOnlyDictionary<(string Job, long Id), JsonElement> Checkpoints)
    {
        public string Job => Match.Groups["job"].Value;

        public string Vertex => Match.Groups["vertex"].Value;

        public IReadOnlyList<string> Names => Target.Split('?').Skip(1).SelectMany(static q => q.Split('&')).Where(static p => p.StartsWith("get=", StringComparison.Ordinal))
            .SelectMany(static p => p[4..].Split(',')).Select(Uri.UnescapeDataString).ToList();

        public Checkpoint Listed
        {
            get
            {
                var id = long.Parse(Match.Groups["id"].Value);
                var known = Checkpoints.TryGetValue((Job, id), out var raw);
                return new(id, known ? raw.GetProperty("status").GetString()! : "IN_PROGRESS", false, null, null, known ? Time(raw, "trigger_timestamp") : null, known ? Time(raw, "latest_ack_timestamp") : null,
                    null, null, null, null, null, null, null, null, null, null, null, new Dictionary<string, CheckpointVertex>());
            }
        }

        private static DateTimeOffset? Time(JsonElement raw, string name) => raw.GetProperty(name).GetInt64() is > 0 and var millis ? DateTimeOffset.FromUnixTimeMilliseconds(millis) : null;
    }

    private const string Job = "/jobs/(?<job>[0-9a-f]{32})";
    private const string Vertex = Job + "/vertices/(?<vertex>[0-9a-f]{32})";

    private static readonly Endpoint[] Covered =
    [
        new("/overview", async (c, _) => await c.OverviewAsync(default), One("Overview")),
        new("/config", async (c, _) => await c.InfoAsync(default), One("Info")),
        new("/jobs/overview", async (c, _) => await c.JobsAsync(default), Many("Summary", "jobs")),
        new(Job, async (c, x) => await c.JobAsync(x.Job, default), Job_),
        new(Job + "/status", async (c, x) => await c.JobStateAsync(x.Job, default), static (x, o) => o.ShouldBe(x.Response.GetProperty("status").GetString())),
        new(Job + "/config", async (c, x) => await c.JobConfigAsync(x.Job, default), One("Config")),
        new(Job + "/execution-result", async (c, x) => await c.JobResultAsync(x.Job, default), Result),
        new(Job + "/exceptions", async (c, x) => await c.ExceptionsAsync(x.Job, 20, default), Exceptions),
        new(Job + "/checkpoints", async (c, x) => await c.CheckpointsAsync(x.Job, default), One("Statistics")),
        new(Job + "/checkpoints/config", async (c, x) => await c.CheckpointConfigAsync(x.Job, default), One("CheckpointConfig")),
        new(Job + "/checkpoints/details/(?<id>[0-9]+)", async (c, x) => await c.CheckpointAsync(x.Job, x.Listed, default), One("Checkpoint")),
        new(Job + "/checkpoints/details/(?<id>[0-9]+)/subtasks/(?<vertex>[0-9a-f]{32})", async (c, x) => await c.CheckpointVertexAsync(x.Job, x.Listed, x.Vertex, default), CheckpointVertex_),
        new(Job + "/checkpoints/(?<id>[0-9a-f]{32})", async (c, x) => await c.CheckpointTriggerAsync(x.Job, x.Match.Groups["id"].Value, default), Trigger),
        new(Job + "/savepoints/(?<id>[0-9a-f]{32})", async (c, x) => await c.SavepointTriggerAsync(x.Job, x.Match.Groups["id"].Value, default), Trigger),
        new(Job + "/metrics", (c, x) => MetricsAsync(c, MetricScope.Job(x.Job), x), Metrics),
        new(Vertex, async (c, x) => await c.VertexAsync(x.Job, x.Vertex, default), One("VertexDetails")),
        new(Vertex + "/subtasktimes", async (c, x) => await c.SubtaskTimesAsync(x.Job, x.Vertex, default), Many("SubtaskTimes", "subtasks")),
        new(Vertex + "/taskmanagers", async (c, x) => await c.VertexTaskManagersAsync(x.Job, x.Vertex, default), Many("VertexTaskManager", "taskmanagers")),
        new(Vertex + "/backpressure", async (c, x) => await c.BackPressureAsync(x.Job, x.Vertex, default), One("BackPressure")),
        new(Vertex + "/watermarks", async (c, x) => await c.WatermarksAsync(x.Job, x.Vertex, default), Watermarks),
        new(Vertex + "/metrics", (c, x) => MetricsAsync(c, MetricScope.Vertex(x.Job, x.Vertex), x), Metrics),
        new(Vertex + "/subtasks/(?<index>[0-9]+)/metrics", (c, x) => MetricsAsync(c, MetricScope.Subtask(x.Job, x.Vertex, int.Parse(x.Match.Groups["index"].Value)), x), Metrics),
        new(Vertex + "/jm-operator-metrics", (c, x) => MetricsAsync(c, MetricScope.Coordinator(x.Job, x.Vertex), x), Metrics),
        new(Vertex + "/subtasks/metrics", (c, x) => AggregatesAsync(c, AggregateScope.Subtasks(x.Job, x.Vertex), x), Aggregates),
        new("/jobs/metrics", (c, x) => AggregatesAsync(c, AggregateScope.Jobs, x), Aggregates),
        new("/taskmanagers/metrics", (c, x) => AggregatesAsync(c, AggregateScope.TaskManagers, x), Aggregates),
        new("/taskmanagers", async (c, _) => await c.TaskManagersAsync(default), Many("TaskManager", "taskmanagers")),
        new("/taskmanagers/(?<tm>[^/]+)", async (c, x) => await c.TaskManagerAsync(Uri.UnescapeDataString(x.Match.Groups["tm"].Value), default), TaskManager),
        new("/taskmanagers/(?<tm>[^/]+)/logs", async (c, x) => await c.LogsAsync(Uri.UnescapeDataString(x.Match.Groups["tm"].Value), default), Many("LogFile", "logs")),
        new("/taskmanagers/(?<tm>[^/]+)/metrics", (c, x) => MetricsAsync(c, MetricScope.TaskManager(Uri.UnescapeDataString(x.Match.Groups["tm"].Value)), x), Metrics),
        new("/jobmanager/metrics", (c, x) => MetricsAsync(c, MetricScope.JobManager, x), Metrics),
        new("/jobmanager/logs", async (c, _) => await c.LogsAsync(null, default), Many("LogFile", "logs")),
        new("/jobmanager/config", async (c, _) => await c.ConfigurationAsync(default), Configuration),
    ];

    // What the client does not read, so that a new recording cannot go unnoticed.
    private static readonly string[] NotCovered =
    [
        "/", "/datasets", "/jars", "/jars/[^/]+/plan", "/jobmanager/environment", "/jobmanager/profiler", "/jobs", "/no-such-path", "/v[12]/overview", "/savepoint-disposal/.*", "/jobs/not-a-job-id",
        Job + "/(accumulators|plan|resource-requirements|rescales/.*|jobmanager/.*|taskmanagers/[^/]+/log-url|checkpoints/details/x|savepoints/x)",
        Job + "/vertices/not-a-vertex", Vertex + "/(accumulators|flamegraph|subtasks/accumulators|subtasks/[0-9]+|subtasks/[0-9]+/attempts/.*)",
    ];

    [Theory]
    [InlineData("1.18.1", 300)]
    [InlineData("1.20.4", 300)]
    [InlineData("2.0.2", 300)]
    [InlineData("beam-2.70-on-1.19.3", 44)]
    public async Task Client_EveryRecordedAnswer_IsReadWithoutLoss(string version, int atLeast)
    {
        await using var server = await FakeJobManager.StartAsync();
        var (replayed, unknown, problems, used) = (0, new List<string>(), new List<string>(), new HashSet<Endpoint>());
        foreach (var exchange in Load(version))
        {
            var endpoint = Covered.FirstOrDefault(e => Regex.IsMatch(exchange.Path, $"^{e.Pattern}$"));
            if (endpoint is null)
            {
                if (!NotCovered.Any(p => Regex.IsMatch(exchange.Path, $"^{p}$"))) unknown.Add(exchange.File);
                continue;
            }
            replayed++;
            used.Add(endpoint);
            try
            {
                await ReplayAsync(server, endpoint, exchange with { Match = Regex.Match(exchange.Path, $"^{endpoint.Pattern}$") });
            }
            catch (Exception e) when (e is ShouldAssertException or FlinkException or KeyNotFoundException or InvalidOperationException)
            {
                problems.Add($"{exchange.File}: {e.Message}");
            }
        }
        unknown.ShouldBeEmpty("every recorded GET must be either covered or listed as not covered");
        problems.ShouldBeEmpty();
        replayed.ShouldBeGreaterThanOrEqualTo(atLeast);
        if (!version.StartsWith("beam", StringComparison.Ordinal)) Covered.Except(used).Select(static e => e.Pattern).ShouldBeEmpty("a covered endpoint has no recording");
    }

    private static async Task ReplayAsync(FakeJobManager server, Endpoint endpoint, Exchange exchange)
    {
        server.Requests.Clear();
        server.Send(exchange.Response.GetRawText(), exchange.Status);
        var foreign = exchange.Target.Contains("/details/", StringComparison.Ordinal) && exchange.File.Contains("other-jobs", StringComparison.Ordinal);
        if (exchange.Status == 200 && !foreign)
        {
            endpoint.Compare(exchange, await endpoint.Call(server.Client, exchange));
        }
        else if (exchange.Path.EndsWith("/backpressure", StringComparison.Ordinal) && exchange.Status == 500)
        {
            (await endpoint.Call(server.Client, exchange)).ShouldBe(BackPressure.None);
        }
        else if (exchange.Path.EndsWith("/jm-operator-metrics", StringComparison.Ordinal) && exchange.Status == 404)
        {
            (await endpoint.Call(server.Client, exchange)).ShouldBeAssignableTo<IReadOnlyList<string>>()!.ShouldBeEmpty();
        }
        else
        {
            var failure = await Should.ThrowAsync<FlinkException>(() => endpoint.Call(server.Client, exchange));
            var text = exchange.Response.GetRawText();
            var missing = exchange.Status is 404 or 200 || text.Contains("FlinkJobNotFoundException", StringComparison.Ordinal) || text.Contains("UnknownTaskExecutorException", StringComparison.Ordinal);
            failure.Error.ShouldBe(missing ? FlinkError.NotFound : exchange.Status == 400 ? FlinkError.Refused : FlinkError.Server);
            failure.Message.ShouldNotContain("\tat ");
            failure.Message.ShouldNotContain("RestHandlerException");
        }
        server.Requests.TryPeek(out var asked).ShouldBeTrue();
        Uri.UnescapeDataString(asked!.Split('?')[0]).ShouldBe(Uri.UnescapeDataString(exchange.Path));
        asked.Length.ShouldBeLessThan(4000);
    }

    private static IEnumerable<Exchange> Load(string version)
    {
        var folder = SharedFolder.Require("flink", "recordings", version);
        var files = Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (File: System.IO.Path.GetRelativePath(folder, file), Json: JsonDocument.Parse(File.ReadAllText(file)).RootElement)).ToList();
        var checkpoints = new Dictionary<(string, long), JsonElement>();
        foreach (var (_, json) in files.Where(static f => !f.File.Contains("other-jobs", StringComparison.Ordinal) && f.Json.GetProperty("status").ValueKind == JsonValueKind.Number && f.Json.GetProperty("status").GetInt32() == 200))
        {
            var path = CheckpointPath().Match(json.GetProperty("path").GetString()!);
            if (!path.Success) continue;
            var response = json.GetProperty("response");
            // Newest answers win: a checkpoint that was in progress once was listed as completed later.
            foreach (var item in response.TryGetProperty("history", out var history) ? history.EnumerateArray().ToList() : response.TryGetProperty("trigger_timestamp", out _) ? [response] : [])
                checkpoints[(path.Groups["job"].Value, item.GetProperty("id").GetInt64())] = item;
        }
        foreach (var (file, json) in files)
        {
            // A few calls of the Beam recording got no answer at all; there is nothing to read in them.
            if (json.GetProperty("method").GetString() != "GET" || json.GetProperty("status").ValueKind != JsonValueKind.Number) continue;
            var target = json.GetProperty("path").GetString()!;
            yield return new Exchange(file, target, target.Split('?')[0], json.GetProperty("status").GetInt32(), json.GetProperty("response"), Match.Empty, checkpoints);
        }
    }

    private static Action<Exchange, object> One(string shape) => (x, o) => Shapes.Compare(shape, x.Response, o, x.File);

    private static Action<Exchange, object> Many(string shape, string list) => (x, o) =>
    {
        var records = ((System.Collections.IEnumerable)o).Cast<object>().ToList();
        var raw = x.Response.GetProperty(list);
        records.Count.ShouldBe(raw.GetArrayLength());
        for (var i = 0; i < records.Count; i++) Shapes.Compare(shape, raw[i], records[i], $"{x.File}[{i}]");
    };

    private static void Job_(Exchange x, object o)
    {
        Shapes.Compare("Job", x.Response, o, x.File);
        var job = (FlinkJob)o;
        foreach (var (vertex, raw) in job.Vertices.Zip(x.Response.GetProperty("vertices").EnumerateArray())) Complete(vertex.Io, raw);
    }

    private static void Complete(VertexIo io, JsonElement raw) =>
        io.Complete.ShouldBe(raw.GetProperty("metrics").EnumerateObject().Where(static p => p.Name.EndsWith("-complete", StringComparison.Ordinal)).All(static p => p.Value.GetBoolean()));

    private static void CheckpointVertex_(Exchange x, object o)
    {
        Shapes.Compare("CheckpointVertex", x.Response, o, x.File);
        foreach (var (subtask, raw) in ((CheckpointVertex)o).Subtasks.Zip(x.Response.GetProperty("subtasks").EnumerateArray()))
            subtask.Acknowledged.ShouldBe(raw.GetProperty("className").GetString() == "completed");
    }

    private static void TaskManager(Exchange x, object o)
    {
        Shapes.Compare("TaskManager", x.Response, o, x.File);
        ((TaskManagerInfo)o).JobsOfSlots.ShouldBe(x.Response.GetProperty("allocatedSlots").EnumerateArray().Select(static s => s.GetProperty("jobId").GetString()!));
    }

    private static void Result(Exchange x, object o)
    {
        var result = (JobResult)o;
        var raw = Shapes.At(x.Response, "job-execution-result");
        result.Ended.ShouldBe(x.Response.GetProperty("status").GetProperty("id").GetString() == "COMPLETED");
        result.Outcome.ShouldBe(result.Ended ? raw.GetProperty("application-status").GetString() : null);
        result.NetRuntime?.TotalMilliseconds.ShouldBe(raw.GetProperty("net-runtime").GetInt64());
        result.NetRuntime.HasValue.ShouldBe(result.Ended);
        Throwable(Shapes.At(raw, "failure-cause/stack-trace"), result.Failure);
    }

    private static void Trigger(Exchange x, object o)
    {
        var trigger = (TriggerResult)o;
        trigger.Completed.ShouldBe(x.Response.GetProperty("status").GetProperty("id").GetString() == "COMPLETED");
        trigger.Location.ShouldBe(Shapes.At(x.Response, "operation/location") is { ValueKind: JsonValueKind.String } location ? location.GetString() : null);
        trigger.CheckpointId.ShouldBe(Shapes.At(x.Response, "operation/checkpointId") is { ValueKind: JsonValueKind.Number } id ? id.GetInt64() : null);
        var failure = Shapes.At(x.Response, "operation/failure-cause/stack-trace");
        Throwable(failure.ValueKind == JsonValueKind.String ? failure : Shapes.At(x.Response, "operation/failureCause/stack-trace"), trigger.Failure);
    }

    private static void Exceptions(Exchange x, object o)
    {
        var exceptions = (JobExceptions)o;
        var raw = x.Response.GetProperty("exceptionHistory");
        var entries = raw.GetProperty("entries").EnumerateArray().ToList();
        exceptions.Entries.Count.ShouldBeGreaterThanOrEqualTo(entries.Count);
        exceptions.Entries.Select(static e => e.At).ShouldBe(exceptions.Entries.Select(static e => e.At).OrderDescending());
        foreach (var entry in entries) Entry(exceptions.Entries.Single(e => e.At!.Value.ToUnixTimeMilliseconds() == entry.GetProperty("timestamp").GetInt64()), entry);
        var truncated = raw.GetProperty("truncated").GetBoolean() || (x.Response.TryGetProperty("truncated", out var old) && old.GetBoolean());
        exceptions.Truncated.ShouldBe(truncated);
        if (Shapes.At(x.Response, "root-exception") is { ValueKind: JsonValueKind.String } root)
            exceptions.Entries.SelectMany(static e => e.Concurrent.Prepend(e)).ShouldContain(e => e.Throwable.StackTrace == Redactor.Redact(root.GetString()));
    }

    private static void Entry(JobException entry, JsonElement raw)
    {
        entry.Throwable.ClassName.ShouldBe(raw.GetProperty("exceptionName").GetString());
        Throwable(raw.GetProperty("stacktrace"), entry.Throwable);
        entry.Task.ShouldBe(Shapes.At(raw, "taskName") is { ValueKind: JsonValueKind.String } task ? task.GetString() : null);
        var place = new[] { "endpoint", "location" }.Select(name => Shapes.At(raw, name)).FirstOrDefault(static e => e.ValueKind == JsonValueKind.String);
        entry.Endpoint.ShouldBe(place.ValueKind == JsonValueKind.String && place.GetString() != "(unassigned)" ? place.GetString() : null);
        entry.TaskManagerId.ShouldBe(Shapes.At(raw, "taskManagerId") is { ValueKind: JsonValueKind.String } tm && tm.GetString() != "(unassigned)" ? tm.GetString() : null);
        entry.Labels.Count.ShouldBe(Shapes.At(raw, "failureLabels") is { ValueKind: JsonValueKind.Object } labels ? labels.EnumerateObject().Count() : 0);
        var concurrent = Shapes.At(raw, "concurrentExceptions") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().ToList() : [];
        entry.Concurrent.Count.ShouldBe(concurrent.Count);
        foreach (var (one, other) in entry.Concurrent.Zip(concurrent)) Entry(one, other);
    }

    private static void Throwable(JsonElement trace, JavaThrowable? throwable)
    {
        (throwable is null).ShouldBe(trace.ValueKind != JsonValueKind.String);
        if (throwable is null) return;
        throwable.StackTrace.ShouldBe(Redactor.Redact(trace.GetString()));
        var last = trace.GetString()!.Split('\n').Last(static line => line.StartsWith("Caused by: ", StringComparison.Ordinal) || !line.StartsWith('\t') && line.Length > 0);
        last.ShouldContain(throwable.RootClass);
        last.ShouldContain(throwable.RootMessage.Split('\n')[0]);
        throwable.RootClass.ShouldNotBeEmpty();
    }

    private static void Watermarks(Exchange x, object o)
    {
        var watermarks = (IReadOnlyDictionary<int, long?>)o;
        watermarks.Count.ShouldBe(x.Response.GetArrayLength());
        foreach (var raw in x.Response.EnumerateArray())
        {
            var value = long.Parse(raw.GetProperty("value").GetString()!);
            watermarks[int.Parse(raw.GetProperty("id").GetString()!.Split('.')[0])].ShouldBe(value is long.MinValue or long.MaxValue ? null : value);
        }
    }

    private static async Task<object> MetricsAsync(JobManagerClient client, MetricScope scope, Exchange x) =>
        x.Names.Count == 0 ? await client.MetricNamesAsync(scope, default) : await client.MetricsAsync(scope, x.Names, default);

    private static async Task<object> AggregatesAsync(JobManagerClient client, AggregateScope scope, Exchange x) => await client.AggregatesAsync(scope, x.Names.Count == 0 ? ["any"] : x.Names, default);

    private static void Metrics(Exchange x, object o)
    {
        if (o is IReadOnlyList<string> names)
        {
            names.ShouldBe(x.Response.EnumerateArray().Select(static m => m.GetProperty("id").GetString()!));
            return;
        }
        var values = (MetricValues)o;
        values.Texts.Count.ShouldBe(x.Response.GetArrayLength());
        foreach (var raw in x.Response.EnumerateArray())
        {
            var (name, text) = (raw.GetProperty("id").GetString()!, raw.GetProperty("value").GetString()!);
            values.Texts[name].ShouldBe(text);
            var number = double.TryParse(text, out var parsed) && double.IsFinite(parsed) && Math.Abs(parsed) < 9.2e18 ? parsed : (double?)null;
            values.Number(name).ShouldBe(number == -1 && !name.EndsWith("Watermark", StringComparison.Ordinal) ? null : number, name);
        }
    }

    private static void Aggregates(Exchange x, object o)
    {
        var aggregates = (IReadOnlyDictionary<string, MetricAggregate>)o;
        aggregates.Count.ShouldBe(x.Response.GetArrayLength());
        foreach (var raw in x.Response.EnumerateArray())
        {
            var aggregate = aggregates[raw.GetProperty("id").GetString()!];
            var unknown = Number(raw, "min") == -1;
            aggregate.Max.ShouldBe(Number(raw, "max") is -1 ? null : Number(raw, "max"));
            (aggregate.Min, aggregate.Avg, aggregate.Sum, aggregate.Skew).ShouldBe(unknown ? (null, null, null, null) : (Number(raw, "min"), Number(raw, "avg"), Number(raw, "sum"), Number(raw, "skew")));
        }
    }

    private static double? Number(JsonElement raw, string name) =>
        raw.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && Math.Abs(value.GetDouble()) < 9.2e18 ? value.GetDouble() : null;

    private static void Configuration(Exchange x, object o)
    {
        var configuration = (IReadOnlyDictionary<string, string>)o;
        configuration.Count.ShouldBe(x.Response.GetArrayLength());
        foreach (var raw in x.Response.EnumerateArray())
            if (!Redactor.IsSecretKey(raw.GetProperty("key").GetString()))
                configuration[raw.GetProperty("key").GetString()!].ShouldBe(Redactor.Redact(raw.GetProperty("value").GetString()));
    }

    [GeneratedRegex("^/jobs/(?<job>[0-9a-f]{32})/checkpoints(?:/details/[0-9]+)?$")]
    private static partial Regex CheckpointPath();
}
