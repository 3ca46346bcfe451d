using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>The paths of one JobManager's REST API, in the form of its Flink version.</summary>
internal sealed class RestApi(FlinkWorld world, FlinkProcess process)
{
    private readonly FlinkRelease _release = FlinkRelease.Of(process.View.FlinkVersion);
    private readonly DateTimeOffset _now = world.Clock.Now;

    public RestAnswer Answer(RestRequest request, string path) => request.Method switch
    {
        "GET" => Get(request, path),
        "POST" or "PATCH" or "PUT" or "DELETE" => Change(request),
        _ => RestAnswer.Error(405, "Method not allowed."),
    };

    private RestAnswer Get(RestRequest request, string path)
    {
        var cluster = new RestCluster(process, _release, _now);
        switch (request.Path)
        {
            case ["overview"]: return RestAnswer.Ok(cluster.Overview());
            case ["config"]: return RestAnswer.Ok(cluster.Config());
            case ["jobs"]: return RestAnswer.Ok(new JsonObject { ["jobs"] = new JsonArray([.. process.Jobs.Select(j => new JsonObject { ["id"] = j.Id, ["status"] = j.State })]) });
            case ["jobs", "overview"]: return RestAnswer.Ok(new JsonObject { ["jobs"] = new JsonArray([.. process.Jobs.Select(j => new RestJob(process, j, _release, _now).Summary())]) });
            case ["jobmanager", "config"]: return RestAnswer.Ok(cluster.JobManagerConfig());
            case ["jobmanager", "metrics"]: return RestAnswer.Ok(RestMetrics.Plain(RestMetrics.JobManager(process, _now), request.Names));
            case ["jobmanager", "logs"]: return RestAnswer.Ok(cluster.Logs("jobmanager"));
            case ["jobmanager", "log"]: return new(200, null, PodLogs.JobManagerText(world, process, _now));
            case ["taskmanagers"]: return RestAnswer.Ok(new JsonObject { ["taskmanagers"] = new JsonArray([.. process.Tasks.Ready.Select(t => cluster.TaskManager(t, false))]) });
            case ["taskmanagers", var id, .. var rest]: return TaskManager(request, cluster, id, rest, path);
            case ["savepoint-disposal", var trigger]: return RestSavepoints.PollDisposal(world, trigger);
            case ["jobs", "metrics"]: return RestAnswer.Ok(new JsonArray());
            case ["jobs", var id, .. var rest]: return Job(request, id, rest, path);
            default: return RestAnswer.NoFile(path);
        }
    }

    private RestAnswer TaskManager(RestRequest request, RestCluster cluster, string id, string[] rest, string path)
    {
        if (process.Tasks.Ready.FirstOrDefault(t => t.Id == id) is not { } task)
            return RestAnswer.Internal($"org.apache.flink.runtime.resourcemanager.exceptions.UnknownTaskExecutorException: No TaskExecutor registered under {id}.");
        return rest switch
        {
            [] => RestAnswer.Ok(cluster.TaskManager(task, true)),
            ["metrics"] => RestAnswer.Ok(RestMetrics.Plain(RestMetrics.TaskManager(process, task, _release, _now), request.Names)),
            ["logs"] => RestAnswer.Ok(cluster.Logs("taskmanager")),
            ["log"] => new(200, null, PodLogs.TaskManagerText(world, process, task, _now)),
            _ => RestAnswer.NoFile(path),
        };
    }

    private RestAnswer Job(RestRequest request, string id, string[] rest, string path)
    {
        if (process.Jobs.FirstOrDefault(j => j.Id == id) is not { } job)
            return rest is ["metrics"] or ["vertices", _, "metrics", ..] ? RestAnswer.Ok(new JsonArray())
                : rest is ["status"] ? RestAnswer.Internal($"org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job ({id})")
                : RestAnswer.NoJob(id);
        job.Advance(_now);
        var view = new RestJob(process, job, _release, _now);
        var checkpoints = new RestCheckpoints(process, job, _now);
        return rest switch
        {
            [] => RestAnswer.Ok(view.Detail()),
            ["status"] => RestAnswer.Ok(new JsonObject { ["status"] = job.State }),
            ["plan"] => RestAnswer.Ok(new JsonObject { ["plan"] = view.Plan() }),
            ["config"] => RestAnswer.Ok(view.Config()),
            ["exceptions"] => RestAnswer.Ok(RestExceptions.Of(job, _release, request["maxExceptions"])),
            ["accumulators"] => RestAnswer.Ok(new JsonObject { ["job-accumulators"] = new JsonArray(), ["user-task-accumulators"] = new JsonArray(), ["serialized-user-task-accumulators"] = new JsonObject() }),
            ["execution-result"] => RestAnswer.Ok(new JsonObject { ["status"] = new JsonObject { ["id"] = job.IsTerminal ? "COMPLETED" : "IN_PROGRESS" } }),
            ["checkpoints"] => RestAnswer.Ok(checkpoints.Overview()),
            ["checkpoints", "config"] => RestAnswer.Ok(checkpoints.Config()),
            ["checkpoints", "details", var number] => checkpoints.Detail(number),
            ["checkpoints", "details", var number, "subtasks", var vertex] => checkpoints.Subtasks(number, vertex),
            ["savepoints" or "checkpoints", var trigger] => RestSavepoints.Poll(world, trigger),
            ["resource-requirements"] => RestRescale.Read(process, job),
            ["metrics"] => RestAnswer.Ok(RestMetrics.Plain(RestMetrics.Job(job, _release, _now), request.Names)),
            ["vertices", var vertex, .. var tail] => new RestVertex(process, job, _release, _now).Answer(request, vertex, tail, path),
            _ => RestAnswer.NoFile(path),
        };
    }

    private RestAnswer Change(RestRequest request) => request switch
    {
        { Method: "POST", Path: ["jobs", var id, "savepoints"] } => RestSavepoints.Savepoint(world, process, _release, id, request.Body, _now),
        { Method: "POST", Path: ["jobs", var id, "stop"] } => RestSavepoints.Stop(world, process, id, request.Body, _now),
        { Method: "POST", Path: ["jobs", var id, "checkpoints"] } => RestSavepoints.Checkpoint(world, process, id, _now),
        { Method: "POST", Path: ["savepoint-disposal"] } => RestSavepoints.Dispose(world, request.Body, _now),
        { Method: "PATCH", Path: ["jobs", var id] } => RestSavepoints.Cancel(process, id, _now),
        { Method: "PUT", Path: ["jobs", var id, "resource-requirements"] } => RestRescale.Write(process, id, request.Body),
        _ => RestAnswer.Error(404, "Not found: /" + string.Join('/', request.Path)),
    };
}
