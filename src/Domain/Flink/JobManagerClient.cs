using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Domain.Access;

namespace Sluice.Domain.Flink;

/// <summary>Reads a JobManager over HTTP, whatever way leads there.</summary>
internal sealed class JobManagerClient(FlinkRest rest) : IJobManager
{
    public string Deployment => rest.Deployment;

    public async Task<JobManagerOverview> OverviewAsync(CancellationToken cancellationToken) =>
        JobReader.Overview(await ObjectAsync("its overview", "slots-total", cancellationToken, "overview"));

    public async Task<JobManagerInfo> InfoAsync(CancellationToken cancellationToken) =>
        JobReader.Info(await ObjectAsync("its version", "flink-version", cancellationToken, "config"));

    public async Task<IReadOnlyList<JobSummary>> JobsAsync(CancellationToken cancellationToken) =>
        [.. (await ObjectAsync("the list of jobs", "jobs", cancellationToken, "jobs", "overview")).Items("jobs").Select(JobReader.Summary)];

    public async Task<FlinkJob> JobAsync(string jobId, CancellationToken cancellationToken) =>
        JobReader.Job(await ObjectAsync($"job {jobId}", "jid", cancellationToken, "jobs", JobIds.Check(jobId)));

    public async Task<string> JobStateAsync(string jobId, CancellationToken cancellationToken) =>
        (await ObjectAsync($"the state of job {jobId}", "status", cancellationToken, "jobs", JobIds.Check(jobId), "status")).String("status") ?? "";

    public async Task<JobConfig> JobConfigAsync(string jobId, CancellationToken cancellationToken) =>
        JobReader.Config(await ObjectAsync($"the configuration of job {jobId}", "jid", cancellationToken, "jobs", JobIds.Check(jobId), "config"));

    public async Task<JobResult> JobResultAsync(string jobId, CancellationToken cancellationToken) =>
        JobReader.Result(await ObjectAsync($"the result of job {jobId}", "status", cancellationToken, "jobs", JobIds.Check(jobId), "execution-result"));

    public async Task<JobExceptions> ExceptionsAsync(string jobId, int max = 20, CancellationToken cancellationToken = default)
    {
        var path = Path("jobs", JobIds.Check(jobId), "exceptions") + "?maxExceptions=" + max.ToString(CultureInfo.InvariantCulture);
        var answer = await rest.GetAsync($"the failures of job {jobId}", path, cancellationToken);
        if (!answer.At("exceptionHistory").Exists() && !answer.At("all-exceptions").Exists()) throw NotFlink("the failures of the job");
        return JobReader.Exceptions(answer);
    }

    public async Task<CheckpointStatistics> CheckpointsAsync(string jobId, CancellationToken cancellationToken) =>
        CheckpointReader.Statistics(await ObjectAsync($"the checkpoints of job {jobId}", "counts", cancellationToken, "jobs", JobIds.Check(jobId), "checkpoints"));

    public async Task<CheckpointConfig> CheckpointConfigAsync(string jobId, CancellationToken cancellationToken) =>
        CheckpointReader.Config(await ObjectAsync($"the checkpoint settings of job {jobId}", "mode", cancellationToken, "jobs", JobIds.Check(jobId), "checkpoints", "config"));

    public async Task<Checkpoint> CheckpointAsync(string jobId, Checkpoint listed, CancellationToken cancellationToken)
    {
        var answer = await ObjectAsync($"checkpoint {listed.Id} of job {jobId}", "id", cancellationToken, "jobs", JobIds.Check(jobId), "checkpoints", "details", Text(listed.Id));
        var checkpoint = CheckpointReader.Checkpoint(answer);
        return checkpoint.Id == listed.Id && checkpoint.TriggeredAt == listed.TriggeredAt ? checkpoint : throw OtherJob(listed.Id);
    }

    public async Task<CheckpointVertex> CheckpointVertexAsync(string jobId, Checkpoint listed, string vertexId, CancellationToken cancellationToken)
    {
        var answer = await ObjectAsync(
            $"checkpoint {listed.Id} of job {jobId}", "id", cancellationToken, "jobs", JobIds.Check(jobId), "checkpoints", "details", Text(listed.Id), "subtasks", JobIds.Check(vertexId));
        var vertex = CheckpointReader.Vertex(answer);
        // This answer has no trigger time; an acknowledgement outside of the listed checkpoint's life gives another job's away.
        var outside = vertex.LatestAckAt < listed.TriggeredAt || (listed.State == "COMPLETED" && vertex.LatestAckAt > listed.LatestAckAt);
        return outside ? throw OtherJob(listed.Id) : vertex;
    }

    public async Task<TriggerResult> SavepointTriggerAsync(string jobId, string triggerId, CancellationToken cancellationToken) =>
        JobReader.Trigger(await ObjectAsync($"savepoint {triggerId}", "status", cancellationToken, "jobs", JobIds.Check(jobId), "savepoints", JobIds.Check(triggerId)));

    public async Task<TriggerResult> CheckpointTriggerAsync(string jobId, string triggerId, CancellationToken cancellationToken) =>
        JobReader.Trigger(await ObjectAsync($"checkpoint {triggerId}", "status", cancellationToken, "jobs", JobIds.Check(jobId), "checkpoints", JobIds.Check(triggerId)));

    public async Task<string> DisposeSavepointAsync(string path, CancellationToken cancellationToken)
    {
        var answer = await rest.PostAsync("the disposal of a savepoint", "/savepoint-disposal", new JsonObject { ["savepoint-path"] = path }.ToJsonString(), cancellationToken);
        return answer.String("request-id") ?? throw NotFlink("the disposal of a savepoint");
    }

    public async Task<TriggerResult> DisposalAsync(string requestId, CancellationToken cancellationToken) =>
        JobReader.Trigger(await ObjectAsync("a disposal", "status", cancellationToken, "savepoint-disposal", JobIds.Check(requestId)));

    public async Task<VertexDetails> VertexAsync(string jobId, string vertexId, CancellationToken cancellationToken) =>
        VertexReader.Details(await ObjectAsync("a vertex", "subtasks", cancellationToken, "jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId)));

    public async Task<IReadOnlyList<SubtaskTimes>> SubtaskTimesAsync(string jobId, string vertexId, CancellationToken cancellationToken) =>
        VertexReader.Times(await ObjectAsync("the times of a vertex", "subtasks", cancellationToken, "jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId), "subtasktimes"));

    public async Task<IReadOnlyList<VertexTaskManager>> VertexTaskManagersAsync(string jobId, string vertexId, CancellationToken cancellationToken) =>
        VertexReader.TaskManagers(await ObjectAsync("the TaskManagers of a vertex", "taskmanagers", cancellationToken, "jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId), "taskmanagers"));

    public async Task<BackPressure> BackPressureAsync(string jobId, string vertexId, CancellationToken cancellationToken)
    {
        try
        {
            return VertexReader.BackPressure(await ObjectAsync("the backpressure of a vertex", "status", cancellationToken, "jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId), "backpressure"));
        }
        catch (FlinkException e) when (e.Error == FlinkError.Server && e.Details?.Contains("NoSuchElementException", StringComparison.Ordinal) == true)
        {
            return BackPressure.None; // Its subtasks have no metrics yet: they wait for slots or restart.
        }
    }

    public async Task<IReadOnlyDictionary<int, long?>> WatermarksAsync(string jobId, string vertexId, CancellationToken cancellationToken) =>
        VertexReader.Watermarks(await ArrayAsync("watermarks", Path("jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId), "watermarks"), cancellationToken));

    public async Task<IReadOnlyList<string>> MetricNamesAsync(MetricScope scope, CancellationToken cancellationToken) =>
        [.. (await MetricsOrNoneAsync(scope, Path([.. scope.Segments]), cancellationToken)).Select(static item => item.String("id")).OfType<string>()];

    public async Task<MetricValues> MetricsAsync(MetricScope scope, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>();
        foreach (var query in MetricQueries.Split(Path([.. scope.Segments]), names))
            foreach (var item in await MetricsOrNoneAsync(scope, query.PathAndQuery, cancellationToken))
                if (item.String("id") is { } id && item.At("value") is { } value && value.Exists())
                    values[id] = value.ToString();
        return new MetricValues(values);
    }

    public async Task<IReadOnlyDictionary<string, MetricAggregate>> AggregatesAsync(AggregateScope scope, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var path = Path([.. scope.Segments]);
        var values = new Dictionary<string, MetricAggregate>();
        HashSet<string>? existing = null;
        foreach (var query in MetricQueries.Split(path, names))
        {
            var items = (await ArrayAsync("metrics", query.PathAndQuery, cancellationToken)).Items().ToList();
            if (items.Count == 0 && query.Names.Count > 1)
            {
                // One name that does not exist empties the whole answer: ask again for those that do.
                existing ??= [.. (await ArrayAsync("the names of metrics", path, cancellationToken)).Items().Select(static item => item.String("id")).OfType<string>()];
                var known = query.Names.Where(existing.Contains).ToList();
                if (known.Count == 0 || known.Count == query.Names.Count) continue;
                items = (await ArrayAsync("metrics", MetricQueries.Split(path, known).First().PathAndQuery, cancellationToken)).Items().ToList();
            }
            foreach (var item in items.Where(static item => item.String("id") is not null)) values[item.String("id")!] = VertexReader.Aggregate(item);
        }
        return values;
    }

    public async Task<IReadOnlyList<TaskManagerInfo>> TaskManagersAsync(CancellationToken cancellationToken) =>
        [.. (await ObjectAsync("the TaskManagers", "taskmanagers", cancellationToken, "taskmanagers")).Items("taskmanagers").Select(VertexReader.TaskManager)];

    public async Task<TaskManagerInfo> TaskManagerAsync(string taskManagerId, CancellationToken cancellationToken) =>
        VertexReader.TaskManager(await ObjectAsync($"TaskManager {taskManagerId}", "id", cancellationToken, "taskmanagers", taskManagerId));

    public async Task<IReadOnlyList<LogFile>> LogsAsync(string? taskManagerId, CancellationToken cancellationToken)
    {
        var answer = await ObjectAsync("the list of logs", "logs", cancellationToken, taskManagerId is null ? ["jobmanager", "logs"] : ["taskmanagers", taskManagerId, "logs"]);
        return [.. answer.Items("logs").Where(static log => log.String("name") is not null).Select(static log => new LogFile(log.String("name")!, log.Whole("size"), log.Time("mtime")))];
    }

    public async Task<LogText> LogAsync(string? taskManagerId, string? name, int maxBytes = 256 * 1024, CancellationToken cancellationToken = default)
    {
        string[] owner = taskManagerId is null ? ["jobmanager"] : ["taskmanagers", taskManagerId];
        var path = name is null ? Path([.. owner, "log"]) : Path([.. owner, "logs", name]);
        var (text, cut) = await rest.GetTailAsync(name is null ? "its log" : $"log {name}", path, maxBytes, cancellationToken);
        return new LogText(text, cut);
    }

    public async Task<IReadOnlyDictionary<string, string>> ConfigurationAsync(CancellationToken cancellationToken)
    {
        var entries = await ArrayAsync("its configuration", Path("jobmanager", "config"), cancellationToken);
        var configuration = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries.Items())
            if (entry.String("key") is { } key)
                configuration[key] = Redactor.RedactValue(key, entry.String("value"));
        return configuration;
    }

    private static string Path(params string[] segments)
    {
        foreach (var segment in segments)
            if (segment.Length is 0 or > 300 || segment is "." or ".." || segment.Any(static c => char.IsControl(c) || c is '/' or '\\'))
                throw new FlinkException(FlinkError.NotFound, $"\"{(segment.Length > 60 ? segment[..60] + "…" : segment)}\" cannot be a name in Flink. Nothing was asked; check the address.");
        return string.Concat(segments.Select(static segment => "/" + Uri.EscapeDataString(segment)));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<JsonElement> ObjectAsync(string what, string required, CancellationToken cancellationToken, params string[] segments)
    {
        var answer = await rest.GetAsync(what, Path(segments), cancellationToken);
        return answer.At(required).Exists() ? answer : throw NotFlink(what);
    }

    private async Task<JsonElement> ArrayAsync(string what, string pathAndQuery, CancellationToken cancellationToken)
    {
        var answer = await rest.GetAsync(what, pathAndQuery, cancellationToken);
        return answer.ValueKind == JsonValueKind.Array ? answer : throw NotFlink(what);
    }

    private async Task<IEnumerable<JsonElement>> MetricsOrNoneAsync(MetricScope scope, string pathAndQuery, CancellationToken cancellationToken)
    {
        try
        {
            return (await ArrayAsync("metrics", pathAndQuery, cancellationToken)).Items();
        }
        catch (FlinkException e) when (e.Error == FlinkError.NotFound && scope.Segments[^1] == "jm-operator-metrics")
        {
            return []; // Before 1.20 there is no such endpoint; there are no such metrics either.
        }
    }

    private FlinkException NotFlink(string what) =>
        new(FlinkError.BadAnswer, $"What answers for the JobManager of {Deployment} sends something for {what} that Flink does not send. Another program may listen there.");

    private FlinkException OtherJob(long checkpointId) =>
        new(FlinkError.NotFound, $"The JobManager of {Deployment} has only another job's checkpoint {checkpointId}: the details of this one are forgotten.");
}
