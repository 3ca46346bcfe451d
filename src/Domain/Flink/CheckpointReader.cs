using System.Text.Json;

namespace Sluice.Domain.Flink;

/// <summary>Reads Flink's answers about checkpoints.</summary>
internal static class CheckpointReader
{
    public static CheckpointStatistics Statistics(JsonElement e)
    {
        var counts = e.At("counts");
        var latest = e.At("latest");
        var summary = e.At("summary");
        return new CheckpointStatistics(
            counts.Whole("total"), counts.Whole("in_progress"), counts.Whole("completed"), counts.Whole("failed"), counts.Whole("restored"),
            Optional(latest.At("completed")), Optional(latest.At("savepoint")), Optional(latest.At("failed")), Restored(latest.At("restored")),
            [.. e.Items("history").Select(Checkpoint)],
            new CheckpointSummary(
                Summary(summary.At("checkpointed_size")), Summary(summary.At("state_size")), Summary(summary.At("end_to_end_duration")),
                Summary(summary.At("processed_data")), Summary(summary.At("persisted_data"))));
    }

    public static Checkpoint Checkpoint(JsonElement e)
    {
        var vertices = new Dictionary<string, CheckpointVertex>();
        if (e.At("tasks") is { ValueKind: JsonValueKind.Object } tasks)
            foreach (var task in tasks.EnumerateObject().Where(static task => task.Value.ValueKind == JsonValueKind.Object))
                vertices[task.Name] = Vertex(task.Value);
        return new Checkpoint(
            e.Whole("id") ?? 0, e.String("status") ?? "", e.Bool("is_savepoint") == true, e.String("checkpoint_type"), e.String("savepointFormat"),
            e.Time("trigger_timestamp"), e.Time("latest_ack_timestamp"), e.Span("end_to_end_duration"),
            e.Whole("checkpointed_size"), e.Whole("state_size"), e.Whole("processed_data"), e.Whole("persisted_data"),
            e.Count("num_subtasks"), e.Count("num_acknowledged_subtasks"), e.String("external_path"), e.Bool("discarded"),
            e.Time("failure_timestamp"), e.String("failure_message"), vertices);
    }

    public static CheckpointVertex Vertex(JsonElement e) => new(
        e.Whole("id") ?? 0, e.String("status") ?? "", e.Time("latest_ack_timestamp"), e.Span("end_to_end_duration"),
        e.Whole("checkpointed_size"), e.Whole("state_size"), e.Whole("processed_data"), e.Whole("persisted_data"),
        e.Count("num_subtasks"), e.Count("num_acknowledged_subtasks"),
        [.. e.Items("subtasks").Select(Subtask)], e.At("summary") is { ValueKind: JsonValueKind.Object } summary ? VertexSummary(summary) : null);

    public static CheckpointConfig Config(JsonElement e)
    {
        var external = e.At("externalization");
        return new CheckpointConfig(
            e.String("mode"), e.Span("interval"), e.Span("timeout"), e.Span("min_pause"), e.Count("max_concurrent"),
            external.Bool("enabled"), external.Bool("delete_on_cancellation"), e.String("state_backend"), e.String("checkpoint_storage"),
            e.Bool("unaligned_checkpoints"), e.Span("aligned_checkpoint_timeout"), e.Count("tolerable_failed_checkpoints"), e.Bool("checkpoints_after_tasks_finish"),
            e.Bool("state_changelog_enabled"), e.String("changelog_storage"), e.Span("changelog_periodic_materialization_interval"));
    }

    private static Checkpoint? Optional(JsonElement e) => e.ValueKind == JsonValueKind.Object ? Checkpoint(e) : null;

    private static RestoredCheckpoint? Restored(JsonElement e) => e.ValueKind == JsonValueKind.Object
        ? new RestoredCheckpoint(e.Whole("id") ?? 0, e.Time("restore_timestamp"), e.Bool("is_savepoint") == true, e.String("external_path"))
        : null;

    private static CheckpointSubtask Subtask(JsonElement e)
    {
        var (duration, alignment) = (e.At("checkpoint"), e.At("alignment"));
        return new CheckpointSubtask(
            e.Count("index") ?? 0, e.String("status") == "completed", e.Time("ack_timestamp"), e.Span("end_to_end_duration"), e.Whole("checkpointed_size"), e.Whole("state_size"),
            duration.Span("sync"), duration.Span("async"), alignment.Whole("processed"), alignment.Whole("persisted"), alignment.Span("duration"),
            e.Span("start_delay"), e.Bool("unaligned_checkpoint"), e.Bool("aborted"));
    }

    private static CheckpointVertexSummary VertexSummary(JsonElement e)
    {
        var (duration, alignment) = (e.At("checkpoint_duration"), e.At("alignment"));
        return new CheckpointVertexSummary(
            Summary(e.At("checkpointed_size")), Summary(e.At("state_size")), Summary(e.At("end_to_end_duration")), Summary(duration.At("sync")), Summary(duration.At("async")),
            Summary(alignment.At("processed")), Summary(alignment.At("persisted")), Summary(alignment.At("duration")), Summary(e.At("start_delay")));
    }

    private static StatSummary Summary(JsonElement e) => e.ValueKind != JsonValueKind.Object
        ? StatSummary.None
        : new StatSummary(e.Whole("min"), e.Whole("max"), e.Whole("avg"), e.Real("p50"), e.Real("p90"), e.Real("p95"), e.Real("p99"), e.Real("p999"));
}
