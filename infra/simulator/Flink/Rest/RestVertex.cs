using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>Answers about one vertex of a job.</summary>
internal sealed class RestVertex(FlinkProcess process, FlinkJob job, FlinkRelease release, DateTimeOffset now)
{
    private static readonly string[] Durations = ["DEPLOYING", "CREATED", "INITIALIZING", "SCHEDULED", "RUNNING"];

    public RestAnswer Answer(RestRequest request, string id, string[] rest, string path)
    {
        var vertex = job.Plan.FirstOrDefault(v => v.Id == id);
        switch (rest)
        {
            case ["backpressure"]: return Backpressure(vertex);
            case ["jm-operator-metrics"]: return release.AtLeast20 ? RestAnswer.Ok(new JsonArray()) : RestAnswer.NoFile(path);
            case ["metrics"]: return RestAnswer.Ok(vertex is null ? new JsonArray() : RestMetrics.Plain(All(vertex), request.Names));
            case ["subtasks", "metrics"]: return vertex is null ? RestAnswer.Ok(new JsonArray()) : RestMetrics.Aggregated(Each(vertex), request, release);
        }
        if (vertex is null) return RestAnswer.Error(404, $"org.apache.flink.runtime.rest.NotFoundException: No vertex with ID {id} exists.\n");
        return rest switch
        {
            [] => RestAnswer.Ok(Detail(vertex)),
            ["subtasktimes"] => RestAnswer.Ok(Times(vertex)),
            ["taskmanagers"] => RestAnswer.Ok(TaskManagers(vertex)),
            ["watermarks"] => RestAnswer.Ok(vertex.IsSource ? new JsonArray() : RestMetrics.Plain(All(vertex), [.. Enumerable.Range(0, Parallelism(vertex)).Select(i => $"{i}.currentInputWatermark")])),
            ["accumulators"] => RestAnswer.Ok(new JsonObject { ["id"] = id, ["user-accumulators"] = new JsonArray() }),
            ["flamegraph"] => RestAnswer.Ok(new JsonObject { ["endTimestamp"] = -2 }),
            ["subtasks", "accumulators"] => RestAnswer.Ok(Accumulators(vertex)),
            ["subtasks", var index] => Subtask(vertex, index, id),
            ["subtasks", var index, "attempts", var attempt] when attempt == job.Restarts.ToString(CultureInfo.InvariantCulture) => Subtask(vertex, index, id),
            ["subtasks", var index, "metrics"] => RestAnswer.Ok(int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < Parallelism(vertex)
                ? RestMetrics.Plain(RestMetrics.Task(job, vertex, i, release, now), request.Names) : new JsonArray()),
            _ => RestAnswer.NoFile(path),
        };
    }

    private int Parallelism(PlanVertex vertex) => job.ParallelismOf(vertex);

    private IEnumerable<IReadOnlyDictionary<string, string>> Each(PlanVertex vertex) => job.RunningSince is null ? []
        : Enumerable.Range(0, Parallelism(vertex)).Select(i => RestMetrics.Task(job, vertex, i, release, now));

    private Dictionary<string, string> All(PlanVertex vertex)
    {
        var all = new Dictionary<string, string>();
        var index = 0;
        foreach (var one in Each(vertex))
        {
            foreach (var (name, value) in one) all[$"{index}.{name}"] = value;
            index++;
        }
        return all;
    }

    private JsonObject Detail(PlanVertex vertex)
    {
        var subtasks = Enumerable.Range(0, Parallelism(vertex)).Select(i => One(vertex, i)).ToList();
        return new()
        {
            ["id"] = vertex.Id,
            ["name"] = vertex.Name,
            ["parallelism"] = Parallelism(vertex),
            ["maxParallelism"] = 128,
            ["now"] = now.ToUnixTimeMilliseconds(),
            ["aggregated"] = Aggregate(subtasks),
            ["subtasks"] = new JsonArray([.. subtasks]),
        };
    }

    private RestAnswer Subtask(PlanVertex vertex, string index, string id) =>
        int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < Parallelism(vertex)
            ? RestAnswer.Ok(One(vertex, i))
            : RestAnswer.Error(404, $"org.apache.flink.runtime.rest.handler.RestHandlerException: Invalid subtask index for vertex {id}\n");

    private JsonObject One(PlanVertex vertex, int index)
    {
        var running = job.State == "RUNNING";
        var task = running ? Placement.Of(process, index) : null;
        var started = job.RunningSince?.ToUnixTimeMilliseconds() ?? -1;
        var duration = job.RunningSince is { } since ? (long)((job.Ended ?? now) - since).TotalMilliseconds : -1;
        var one = new JsonObject { ["subtask"] = index, ["status"] = RestJob.TaskState(job), ["attempt"] = job.Restarts };
        Place(one, task);
        one["start-time"] = started;
        one["end-time"] = job.Ended?.ToUnixTimeMilliseconds() ?? -1;
        one["duration"] = duration;
        one["metrics"] = VertexFlow.Of(job, vertex, now).Part(vertex, Parallelism(vertex), index).Metrics(running);
        one["taskmanager-id"] = task?.Id ?? "(unassigned)";
        one["status-duration"] = new JsonObject { ["DEPLOYING"] = 310, ["CREATED"] = 20, ["INITIALIZING"] = 400, ["SCHEDULED"] = 240, ["RUNNING"] = Math.Max(0, duration) };
        one["start_time"] = started;
        return one;
    }

    private void Place(JsonObject node, TaskManager? task, bool port = false)
    {
        var endpoint = task is null ? "(unassigned)" : $"{process.Address(task.Name)}:40121";
        if (!release.IsTwo) node["host"] = task is null ? "(unassigned)" : port ? endpoint : process.Address(task.Name);
        if (release.AtLeast20) node["endpoint"] = endpoint;
    }

    private JsonObject Times(PlanVertex vertex) => new()
    {
        ["id"] = vertex.Id,
        ["name"] = vertex.Name,
        ["now"] = now.ToUnixTimeMilliseconds(),
        ["subtasks"] = new JsonArray([.. Enumerable.Range(0, Parallelism(vertex)).Select(i =>
        {
            var running = job.RunningSince?.ToUnixTimeMilliseconds() ?? 0;
            var stamps = new JsonObject();
            foreach (var state in RestJob.TaskStates)
                stamps[state] = running == 0 ? 0 : state switch { "RUNNING" => running, "INITIALIZING" => running - 400, "DEPLOYING" => running - 710, "SCHEDULED" => running - 950, "CREATED" => running - 970, _ => 0 };
            var subtask = new JsonObject { ["subtask"] = i };
            Place(subtask, job.State == "RUNNING" ? Placement.Of(process, i) : null);
            subtask["duration"] = job.RunningSince is { } since ? (long)((job.Ended ?? now) - since).TotalMilliseconds : -1;
            subtask["timestamps"] = stamps;
            return subtask;
        })]),
    };

    private JsonObject TaskManagers(PlanVertex vertex)
    {
        var groups = Enumerable.Range(0, Parallelism(vertex)).GroupBy(i => job.State == "RUNNING" ? Placement.Of(process, i) : null);
        return new()
        {
            ["id"] = vertex.Id,
            ["name"] = vertex.Name,
            ["now"] = now.ToUnixTimeMilliseconds(),
            ["taskmanagers"] = new JsonArray([.. groups.Select(g => Group(vertex, g.Key, [.. g]))]),
        };
    }

    private JsonObject Group(PlanVertex vertex, TaskManager? task, IReadOnlyList<int> indexes)
    {
        var subtasks = indexes.Select(i => One(vertex, i)).ToList();
        var counts = new JsonObject();
        foreach (var state in RestJob.TaskStates) counts[state] = state == RestJob.TaskState(job) ? indexes.Count : 0;
        var metrics = new JsonObject();
        foreach (var (name, value) in subtasks[0]["metrics"]!.AsObject())
            metrics[name] = name.EndsWith("-complete", StringComparison.Ordinal) ? value!.DeepClone() : subtasks.Sum(s => s["metrics"]![name]!.GetValue<long>());
        var group = new JsonObject();
        Place(group, task, port: true);
        group["status"] = RestJob.TaskState(job);
        group["start-time"] = subtasks[0]["start-time"]!.DeepClone();
        group["end-time"] = subtasks[0]["end-time"]!.DeepClone();
        group["duration"] = subtasks[0]["duration"]!.DeepClone();
        group["metrics"] = metrics;
        group["status-counts"] = counts;
        group["taskmanager-id"] = task?.Id ?? "(unassigned)";
        group["aggregated"] = Aggregate(subtasks);
        return group;
    }

    private JsonObject Accumulators(PlanVertex vertex) => new()
    {
        ["id"] = vertex.Id,
        ["parallelism"] = Parallelism(vertex),
        ["subtasks"] = new JsonArray([.. Enumerable.Range(0, Parallelism(vertex)).Select(i =>
        {
            var subtask = new JsonObject { ["subtask"] = i, ["attempt"] = job.Restarts };
            Place(subtask, job.State == "RUNNING" ? Placement.Of(process, i) : null);
            subtask["user-accumulators"] = new JsonArray();
            return subtask;
        })]),
    };

    private RestAnswer Backpressure(PlanVertex? vertex)
    {
        if (vertex is null || job.IsTerminal) return RestAnswer.Ok(new JsonObject { ["status"] = "deprecated" });
        if (job.State != "RUNNING") return RestAnswer.Internal("java.util.NoSuchElementException\n\tat java.base/java.util.TreeMap.key(TreeMap.java:1602)");
        var flow = VertexFlow.Of(job, vertex, now);
        var subtasks = Enumerable.Range(0, Parallelism(vertex)).Select(i =>
        {
            var part = flow.Part(vertex, Parallelism(vertex), i);
            var level = Level(part.Backpressured);
            // Until the first update of its gauges a task looks busy all the time.
            var busy = flow.Seconds < 5 ? 1 : part.Busy;
            return new JsonObject
            {
                ["subtask"] = i,
                ["backpressureLevel"] = level,
                ["ratio"] = Math.Round(part.Backpressured, 3),
                ["idleRatio"] = Math.Round(flow.Seconds < 5 ? 0 : part.Idle, 3),
                ["busyRatio"] = Math.Round(busy, 3),
                ["backpressure-level"] = level,
            };
        }).ToList();
        var worst = Level(flow.Backpressured);
        return RestAnswer.Ok(new JsonObject
        {
            ["status"] = "ok",
            ["backpressureLevel"] = worst,
            ["end-timestamp"] = now.ToUnixTimeMilliseconds(),
            ["subtasks"] = new JsonArray([.. subtasks]),
            ["backpressure-level"] = worst,
        });
    }

    private static string Level(double ratio) => ratio > 0.5 ? "high" : ratio > 0.1 ? "low" : "ok";

    private static JsonObject Aggregate(IReadOnlyList<JsonObject> subtasks)
    {
        var metrics = new JsonObject();
        foreach (var name in subtasks[0]["metrics"]!.AsObject().Select(m => m.Key).Where(n => !n.EndsWith("-complete", StringComparison.Ordinal)))
            metrics[name] = Statistics(subtasks.Select(s => s["metrics"]![name]!.GetValue<long>()));
        var durations = new JsonObject();
        foreach (var state in Durations) durations[state] = Statistics(subtasks.Select(s => Number(s["status-duration"]![state]!)));
        return new() { ["metrics"] = metrics, ["status-duration"] = durations };
    }

    private static long Number(JsonNode node) => long.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static JsonObject Statistics(IEnumerable<long> values)
    {
        var sorted = values.Order().ToList();
        long At(double q) => sorted[(int)Math.Clamp(Math.Ceiling(q * sorted.Count) - 1, 0, sorted.Count - 1)];
        return new() { ["p25"] = At(0.25), ["min"] = sorted[0], ["avg"] = (long)sorted.Average(), ["median"] = At(0.5), ["max"] = sorted[^1], ["sum"] = sorted.Sum(), ["p95"] = At(0.95), ["p75"] = At(0.75) };
    }
}
