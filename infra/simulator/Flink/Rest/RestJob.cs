using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>Answers about a job as a whole.</summary>
internal sealed class RestJob(FlinkProcess process, FlinkJob job, FlinkRelease release, DateTimeOffset now)
{
    public static readonly string[] TaskStates = ["DEPLOYING", "CREATED", "RECONCILING", "INITIALIZING", "SCHEDULED", "CANCELED", "FAILED", "RUNNING", "CANCELING", "FINISHED"];
    private static readonly string[] JobStates =
        ["FAILING", "RECONCILING", "SUSPENDED", "FINISHED", "INITIALIZING", "FAILED", "RESTARTING", "RUNNING", "CANCELED", "CREATED", "CANCELLING"];

    /// <summary>What the subtasks do while the job is in its state.</summary>
    public static string TaskState(FlinkJob job) => job.State switch
    {
        "RUNNING" => "RUNNING",
        "FINISHED" => "FINISHED",
        "CANCELED" or "FAILED" or "RESTARTING" => "CANCELED",
        _ => "SCHEDULED",
    };

    public JsonObject Summary()
    {
        var tasks = new JsonObject();
        var state = TaskState(job).ToLowerInvariant();
        var total = job.TotalSubtasks;
        foreach (var name in (string[])["running", "canceling", "canceled", "total", "created", "scheduled", "deploying", "reconciling", "finished", "initializing", "failed"])
            tasks[name] = name == "total" || name == state ? total : 0;
        var summary = new JsonObject
        {
            ["jid"] = job.Id,
            ["name"] = job.Name,
            ["start-time"] = job.Started.ToUnixTimeMilliseconds(),
            ["end-time"] = job.Ended?.ToUnixTimeMilliseconds() ?? -1,
            ["duration"] = Duration(),
            ["state"] = job.State,
            ["last-modification"] = job.EnteredStates.Values.Max().ToUnixTimeMilliseconds(),
            ["tasks"] = tasks,
        };
        if (release.IsTwo) summary["pending-operators"] = 0;
        return summary;
    }

    public JsonObject Detail()
    {
        var counts = new JsonObject();
        var vertexState = job.State == "RUNNING" ? "RUNNING" : TaskState(job) == "SCHEDULED" ? "CREATED" : TaskState(job);
        foreach (var state in TaskStates) counts[state] = state == vertexState ? job.Plan.Count : 0;
        var stamps = new JsonObject();
        foreach (var state in JobStates) stamps[state] = job.EnteredStates.TryGetValue(state, out var at) ? at.ToUnixTimeMilliseconds() : 0;
        var detail = new JsonObject { ["jid"] = job.Id, ["name"] = job.Name, ["isStoppable"] = false, ["state"] = job.State };
        if (release.AtLeast20) detail["job-type"] = "STREAMING";
        detail["start-time"] = job.Started.ToUnixTimeMilliseconds();
        detail["end-time"] = job.Ended?.ToUnixTimeMilliseconds() ?? -1;
        detail["duration"] = Duration();
        detail["maxParallelism"] = -1;
        detail["now"] = now.ToUnixTimeMilliseconds();
        detail["timestamps"] = stamps;
        detail["vertices"] = new JsonArray([.. job.Plan.Select(v => Vertex(v, vertexState))]);
        detail["status-counts"] = counts;
        detail["plan"] = Plan();
        if (release.IsTwo) detail["pending-operators"] = 0;
        return detail;
    }

    public JsonObject Plan() => new()
    {
        ["jid"] = job.Id,
        ["name"] = job.Name,
        ["type"] = "STREAMING",
        ["nodes"] = new JsonArray([.. job.Plan.Reverse().Select(Node)]),
    };

    public JsonObject Config()
    {
        var execution = new JsonObject();
        if (!release.IsTwo) execution["execution-mode"] = "PIPELINED";
        execution["restart-strategy"] = "Cluster level default restart strategy";
        execution["job-parallelism"] = job.Parallelism;
        execution["object-reuse-mode"] = false;
        var user = new JsonObject();
        foreach (var argument in process.View.Args.Where(a => a.StartsWith("--", StringComparison.Ordinal) && a.Contains('=', StringComparison.Ordinal)))
            user[argument[2..argument.IndexOf('=', StringComparison.Ordinal)]] = argument[(argument.IndexOf('=', StringComparison.Ordinal) + 1)..];
        execution["user-config"] = user;
        return new() { ["jid"] = job.Id, ["name"] = job.Name, ["execution-config"] = execution };
    }

    private JsonObject Node(PlanVertex vertex)
    {
        var node = new JsonObject
        {
            ["id"] = vertex.Id,
            ["parallelism"] = job.ParallelismOf(vertex),
            ["operator"] = "",
            ["operator_strategy"] = "",
            ["description"] = vertex.Description,
        };
        if (!vertex.IsSource)
            node["inputs"] = new JsonArray([.. vertex.Inputs.Select((input, i) => new JsonObject { ["num"] = i, ["id"] = input.FromId, ["ship_strategy"] = input.Strategy, ["exchange"] = "pipelined_bounded" })]);
        node["optimizer_properties"] = new JsonObject();
        return node;
    }

    private JsonObject Vertex(PlanVertex vertex, string state)
    {
        var tasks = new JsonObject();
        var parallelism = job.ParallelismOf(vertex);
        foreach (var name in TaskStates) tasks[name] = name == TaskState(job) ? parallelism : 0;
        var answer = new JsonObject { ["id"] = vertex.Id };
        if (release.AtLeast20) answer["slotSharingGroupId"] = job.Plan[0].Id[16..] + job.Plan[0].Id[..16];
        answer["name"] = vertex.Name;
        answer["maxParallelism"] = 128;
        answer["parallelism"] = parallelism;
        answer["status"] = state;
        var started = job.RunningSince;
        answer["start-time"] = started?.ToUnixTimeMilliseconds() ?? -1;
        answer["end-time"] = job.Ended?.ToUnixTimeMilliseconds() ?? -1;
        answer["duration"] = started is null ? -1 : (long)((job.Ended ?? now) - started.Value).TotalMilliseconds;
        answer["tasks"] = tasks;
        answer["metrics"] = VertexFlow.Of(job, vertex, now).Metrics(job.State == "RUNNING");
        return answer;
    }

    private long Duration() => (long)((job.Ended ?? now) - job.Started).TotalMilliseconds;
}
