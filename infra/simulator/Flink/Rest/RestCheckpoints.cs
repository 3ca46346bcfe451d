using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>Answers about a job's checkpoints.</summary>
internal sealed class RestCheckpoints(FlinkProcess process, FlinkJob job, DateTimeOffset now)
{
    private readonly CheckpointModel _model = job.Checkpoints;

    public JsonObject Overview()
    {
        var done = _model.Newest.Where(c => c.Outcome == CheckpointOutcome.Completed).ToList();
        var history = new JsonArray();
        if (_model.Running is { } running) history.Add(Item(running, null));
        foreach (var checkpoint in _model.Newest) history.Add(Item(checkpoint, null));
        return new()
        {
            ["counts"] = new JsonObject
            {
                ["restored"] = _model.Restored,
                ["total"] = _model.Total,
                ["in_progress"] = _model.Running is null ? 0 : 1,
                ["completed"] = _model.Completed,
                ["failed"] = _model.Failed,
            },
            ["summary"] = new JsonObject
            {
                ["checkpointed_size"] = Summary(done.Select(c => c.Bytes)),
                ["state_size"] = Summary(done.Select(c => c.Bytes)),
                ["end_to_end_duration"] = Summary(done.Select(Duration)),
                ["alignment_buffered"] = Summary(done.Select(_ => 0L), numbers: true),
                ["processed_data"] = Summary(done.Select(Processed)),
                ["persisted_data"] = Summary(done.Select(_ => 0L)),
            },
            ["latest"] = new JsonObject
            {
                ["completed"] = _model.LatestCompleted is { } completed ? Item(completed, null) : null,
                ["savepoint"] = _model.LatestSavepoint is { } savepoint ? Item(savepoint, null) : null,
                ["failed"] = _model.LatestFailed is { } failed ? Item(failed, null) : null,
                ["restored"] = _model.RestoredFrom is { } restored
                    ? new JsonObject { ["id"] = restored.Id, ["restore_timestamp"] = restored.At.ToUnixTimeMilliseconds(), ["is_savepoint"] = restored.IsSavepoint, ["external_path"] = restored.Path }
                    : null,
            },
            ["history"] = history,
        };
    }

    public JsonObject Config()
    {
        var view = process.View;
        return new()
        {
            ["mode"] = job.CheckpointInterval is null ? "at_least_once" : "exactly_once",
            ["interval"] = job.CheckpointInterval is { } interval ? (long)interval.TotalMilliseconds : long.MaxValue,
            ["timeout"] = (long)job.CheckpointTimeout.TotalMilliseconds,
            ["min_pause"] = (long)(view.Duration("execution.checkpointing.min-pause")?.TotalMilliseconds ?? 0),
            ["max_concurrent"] = view.Number("execution.checkpointing.max-concurrent-checkpoints", 1),
            ["externalization"] = new JsonObject { ["enabled"] = true, ["delete_on_cancellation"] = false },
            ["state_backend"] = view.Get("state.backend.type", "state.backend") is { } backend && backend.Contains("rocksdb", StringComparison.OrdinalIgnoreCase) ? "EmbeddedRocksDBStateBackend" : "HashMapStateBackend",
            ["checkpoint_storage"] = "FileSystemCheckpointStorage",
            ["unaligned_checkpoints"] = view.IsTrue("execution.checkpointing.unaligned.enabled") || view.IsTrue("execution.checkpointing.unaligned"),
            ["tolerable_failed_checkpoints"] = view.Number("execution.checkpointing.tolerable-failed-checkpoints", 0),
            ["aligned_checkpoint_timeout"] = 0,
            ["checkpoints_after_tasks_finish"] = true,
            ["state_changelog_enabled"] = false,
            ["changelog_periodic_materialization_interval"] = 600_000,
            ["changelog_storage"] = "memory",
        };
    }

    public RestAnswer Detail(string number)
    {
        if (Find(number) is not { } checkpoint) return NotFound(number);
        var tasks = new JsonObject();
        foreach (var vertex in job.Plan)
        {
            var task = Task(checkpoint, vertex);
            tasks[vertex.Id] = task;
        }
        return RestAnswer.Ok(Item(checkpoint, tasks));
    }

    public RestAnswer Subtasks(string number, string vertexId)
    {
        if (Find(number) is not { } checkpoint) return NotFound(number);
        if (job.Plan.FirstOrDefault(v => v.Id == vertexId) is not { } vertex)
            return RestAnswer.Error(404, $"org.apache.flink.runtime.rest.NotFoundException: There is no statistics for task {vertexId}.\n");
        var answer = Task(checkpoint, vertex);
        var parallelism = job.ParallelismOf(vertex);
        var acknowledged = answer["num_acknowledged_subtasks"]!.GetValue<int>();
        var bytes = answer["state_size"]!.GetValue<long>();
        var duration = Duration(checkpoint);
        JsonObject Stat(long value) => new() { ["min"] = value, ["max"] = value, ["avg"] = value, ["p50"] = "NaN", ["p90"] = "NaN", ["p95"] = "NaN", ["p99"] = "NaN", ["p999"] = "NaN" };
        JsonObject Zero() => new() { ["min"] = 0, ["max"] = 0, ["avg"] = 0, ["p50"] = 0, ["p90"] = 0, ["p95"] = 0, ["p99"] = 0, ["p999"] = 0 };
        var (sync, async, alignment, delay) = (Math.Max(1, duration / 50), duration / 6, duration / 4, duration / 2);
        answer["summary"] = new JsonObject
        {
            ["checkpointed_size"] = Stat(bytes / parallelism),
            ["state_size"] = Stat(bytes / parallelism),
            ["end_to_end_duration"] = Stat(duration),
            ["checkpoint_duration"] = new JsonObject { ["sync"] = Stat(sync), ["async"] = Stat(async) },
            ["alignment"] = new JsonObject { ["buffered"] = Zero(), ["processed"] = Stat(0), ["persisted"] = Stat(0), ["duration"] = Stat(alignment) },
            ["start_delay"] = Stat(delay),
        };
        answer["subtasks"] = new JsonArray([.. Enumerable.Range(0, parallelism).Select(i => i >= acknowledged
            ? new JsonObject { ["className"] = "pending", ["index"] = i, ["status"] = "pending_or_failed" }
            : Subtask(checkpoint, vertex, i, bytes, parallelism, (sync, async, alignment, delay)))]);
        return RestAnswer.Ok(answer);
    }

    private JsonObject Subtask(JobCheckpoint checkpoint, PlanVertex vertex, int index, long bytes, int parallelism, (long Sync, long Async, long Alignment, long Delay) times)
    {
        var share = parallelism == 1 ? 1 : (1 - vertex.Skew) / parallelism + (index == 0 ? vertex.Skew : 0);
        var size = (long)(bytes * share);
        return new()
        {
            ["className"] = "completed",
            ["index"] = index,
            ["ack_timestamp"] = (checkpoint.Acknowledged ?? checkpoint.Triggered.AddMilliseconds(Duration(checkpoint) / 2.0)).ToUnixTimeMilliseconds(),
            ["end_to_end_duration"] = Duration(checkpoint),
            ["checkpointed_size"] = size,
            ["state_size"] = size,
            ["checkpoint"] = new JsonObject { ["sync"] = times.Sync, ["async"] = times.Async },
            ["alignment"] = new JsonObject { ["buffered"] = 0, ["processed"] = 0, ["persisted"] = 0, ["duration"] = vertex.IsSource ? 0 : times.Alignment },
            ["start_delay"] = times.Delay,
            ["unaligned_checkpoint"] = false,
            ["aborted"] = checkpoint.Outcome == CheckpointOutcome.Failed,
            ["status"] = "completed",
        };
    }

    private JsonObject Task(JobCheckpoint checkpoint, PlanVertex vertex)
    {
        var parallelism = job.ParallelismOf(vertex);
        var last = vertex == job.Plan[^1];
        var acknowledged = checkpoint.Outcome == CheckpointOutcome.Completed ? parallelism
            : checkpoint.Outcome == CheckpointOutcome.InProgress ? (vertex.IsSource ? parallelism : 0)
            : last ? Math.Max(0, parallelism - (checkpoint.Subtasks - checkpoint.AcknowledgedSubtasks)) : parallelism;
        var bytes = (long)(StateOf(checkpoint) * vertex.StateShare) + (vertex.IsSource ? 530 : 0);
        return new()
        {
            ["id"] = checkpoint.Id,
            ["status"] = Status(checkpoint),
            ["latest_ack_timestamp"] = checkpoint.Acknowledged?.ToUnixTimeMilliseconds() ?? (acknowledged > 0 ? checkpoint.Triggered.AddMilliseconds(20).ToUnixTimeMilliseconds() : -1),
            ["checkpointed_size"] = bytes,
            ["state_size"] = bytes,
            ["end_to_end_duration"] = Duration(checkpoint),
            ["alignment_buffered"] = 0,
            ["processed_data"] = vertex.IsSource ? 0 : Processed(checkpoint),
            ["persisted_data"] = 0,
            ["num_subtasks"] = parallelism,
            ["num_acknowledged_subtasks"] = acknowledged,
        };
    }

    private JsonObject Item(JobCheckpoint checkpoint, JsonObject? tasks)
    {
        var bytes = StateOf(checkpoint);
        var item = new JsonObject
        {
            ["className"] = Status(checkpoint).ToLowerInvariant(),
            ["id"] = checkpoint.Id,
            ["status"] = Status(checkpoint),
            ["is_savepoint"] = checkpoint.IsSavepoint,
            ["savepointFormat"] = checkpoint.IsSavepoint ? "Canonical" : null,
            ["trigger_timestamp"] = checkpoint.Triggered.ToUnixTimeMilliseconds(),
            ["latest_ack_timestamp"] = checkpoint.Acknowledged?.ToUnixTimeMilliseconds() ?? checkpoint.Triggered.AddMilliseconds(20).ToUnixTimeMilliseconds(),
            ["checkpointed_size"] = bytes,
            ["state_size"] = bytes,
            ["end_to_end_duration"] = Duration(checkpoint),
            ["alignment_buffered"] = 0,
            ["processed_data"] = Processed(checkpoint),
            ["persisted_data"] = 0,
            ["num_subtasks"] = checkpoint.Subtasks,
            ["num_acknowledged_subtasks"] = checkpoint.AcknowledgedSubtasks,
            ["checkpoint_type"] = !checkpoint.IsSavepoint ? "CHECKPOINT" : job.State == "FINISHED" && checkpoint == _model.LatestSavepoint ? "SYNC_SAVEPOINT" : "SAVEPOINT",
            ["tasks"] = tasks ?? [],
        };
        if (checkpoint.Outcome == CheckpointOutcome.Completed)
        {
            item["external_path"] = checkpoint.Path;
            item["discarded"] = !checkpoint.IsSavepoint && checkpoint != _model.LatestCompleted;
        }
        if (checkpoint.Outcome == CheckpointOutcome.Failed)
        {
            item["failure_timestamp"] = checkpoint.FailedAt!.Value.ToUnixTimeMilliseconds();
            item["failure_message"] = checkpoint.Failure;
        }
        return item;
    }

    private JobCheckpoint? Find(string number) => !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? null
        : _model.Running?.Id == id ? _model.Running : _model.Newest.FirstOrDefault(c => c.Id == id);

    private static RestAnswer NotFound(string number) =>
        RestAnswer.Error(404, $"org.apache.flink.runtime.rest.NotFoundException: Could not find checkpointing statistics for checkpoint {number}.\n\tat org.apache.flink.runtime.rest.handler.job.checkpoints.AbstractCheckpointHandler.handleRequest(AbstractCheckpointHandler.java:98)\n");

    private static string Status(JobCheckpoint checkpoint) => checkpoint.Outcome switch
    {
        CheckpointOutcome.Completed => "COMPLETED",
        CheckpointOutcome.Failed => "FAILED",
        _ => "IN_PROGRESS",
    };

    private long Duration(JobCheckpoint checkpoint) => (long)Math.Max(1, ((checkpoint.Acknowledged ?? checkpoint.FailedAt ?? now) - checkpoint.Triggered).TotalMilliseconds);

    private long StateOf(JobCheckpoint checkpoint) => checkpoint.Outcome == CheckpointOutcome.Completed ? checkpoint.Bytes : job.Plan.Count(v => v.IsSource) * 530L * job.Parallelism;

    private long Processed(JobCheckpoint checkpoint) => checkpoint.Outcome == CheckpointOutcome.Completed ? (long)(job.Traits.Rate * 9) : 0;

    private static JsonObject Summary(IEnumerable<long> values, bool numbers = false)
    {
        var sorted = values.Order().ToList();
        JsonNode Quantile(double q) => sorted.Count > 0 ? sorted[(int)Math.Min(sorted.Count - 1, Math.Ceiling(q * sorted.Count) - 1)] : numbers ? 0 : "NaN";
        return new()
        {
            ["min"] = sorted.Count > 0 ? sorted[0] : 0,
            ["max"] = sorted.Count > 0 ? sorted[^1] : 0,
            ["avg"] = sorted.Count > 0 ? (long)sorted.Average() : 0,
            ["p50"] = Quantile(0.5),
            ["p90"] = Quantile(0.9),
            ["p95"] = Quantile(0.95),
            ["p99"] = Quantile(0.99),
            ["p999"] = Quantile(0.999),
        };
    }
}
