using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>Savepoints, stops and checkpoints that are triggered over REST, and their answers later.</summary>
internal static class RestSavepoints
{
    public static RestAnswer Savepoint(FlinkWorld world, FlinkProcess process, FlinkRelease release, string id, JsonObject? body, DateTimeOffset now)
    {
        if (!release.IsTwo && release.Minor < 19 && body?.FirstOrDefault(p => p.Key is not ("target-directory" or "cancel-job" or "formatType" or "triggerId")).Key is { })
            return RestAnswer.Error(400, "org.apache.flink.runtime.rest.handler.RestHandlerException: Request did not match expected format SavepointTriggerRequestBody.\n");
        return Later(world, now, Text(body, "triggerId"), () =>
        {
            var job = Find(process, id);
            var directory = Text(body, "target-directory") ?? job?.SavepointDirectory;
            if (job is null) return Unknown(id);
            var (done, error) = job.Checkpoints.Savepoint(directory ?? "", world.Clock.Now, false);
            if (done is null) return Failure("org.apache.flink.runtime.checkpoint.CheckpointException", error!);
            if (body?["cancel-job"]?.GetValue<bool>() == true) job.Enter("CANCELED", world.Clock.Now);
            return new() { ["location"] = done.Path };
        });
    }

    public static RestAnswer Stop(FlinkWorld world, FlinkProcess process, string id, JsonObject? body, DateTimeOffset now) => Later(world, now, Text(body, "triggerId"), () =>
    {
        if (Find(process, id) is not { } job) return Unknown(id);
        var (done, error) = job.Checkpoints.Savepoint(Text(body, "targetDirectory") ?? job.SavepointDirectory ?? "", world.Clock.Now, body?["drain"]?.GetValue<bool>() == true);
        if (done is null) return Failure("org.apache.flink.runtime.checkpoint.CheckpointException", error!);
        job.EndAt(done, world.Clock.Now);
        return new() { ["location"] = done.Path };
    });

    public static RestAnswer Checkpoint(FlinkWorld world, FlinkProcess process, string id, DateTimeOffset now) => Later(world, now, null, () =>
    {
        if (Find(process, id) is not { } job) return Unknown(id);
        job.Advance(world.Clock.Now);
        return job.Checkpoints.LatestCompleted is { } done ? new JsonObject { ["checkpointId"] = done.Id } : Failure("org.apache.flink.runtime.checkpoint.CheckpointException", "Checkpoint triggering task is not being executed at the moment.");
    });

    /// <summary>The trigger answers 200, not 202; that nothing was there shows in the poll.</summary>
    public static RestAnswer Dispose(FlinkWorld world, JsonObject? body, DateTimeOffset now)
    {
        if (Text(body, "savepoint-path") is not { } path)
            return RestAnswer.Error(400, "org.apache.flink.runtime.rest.handler.RestHandlerException: Field savepoint-path must not be omitted or be null.\n");
        return Later(world, now, null, () =>
        {
            if (world.Storage.Find(path) is null) return NotDisposed(path);
            world.Storage.Remove(path);
            return [];
        }) with { Code = 200 };
    }

    public static RestAnswer PollDisposal(FlinkWorld world, string trigger) => world.Triggers.ContainsKey(trigger)
        ? Poll(world, trigger)
        : RestAnswer.Error(404, $"org.apache.flink.runtime.rest.NotFoundException: No result has been found for triggerId={trigger}.\n");

    public static RestAnswer Cancel(FlinkProcess process, string id, DateTimeOffset now)
    {
        if (Find(process, id) is not { } job) return RestAnswer.NoJob(id);
        if (job.State is "FINISHED" or "FAILED") return RestAnswer.Error(409, $"org.apache.flink.runtime.rest.handler.RestHandlerException: Job cancellation failed because the job has already reached another terminal state ({job.State}).\n");
        if (!job.IsTerminal) job.Enter("CANCELED", now);
        return new(202, new JsonObject());
    }

    public static RestAnswer Poll(FlinkWorld world, string trigger)
    {
        if (!world.Triggers.TryGetValue(trigger, out var operation))
            return RestAnswer.Error(404, $"org.apache.flink.runtime.rest.NotFoundException: There is no savepoint operation with triggerId={trigger}.\n");
        return RestAnswer.Ok(operation is null
            ? new JsonObject { ["status"] = new JsonObject { ["id"] = "IN_PROGRESS" }, ["operation"] = null }
            : new JsonObject { ["status"] = new JsonObject { ["id"] = "COMPLETED" }, ["operation"] = operation.DeepClone() });
    }

    private static RestAnswer Later(FlinkWorld world, DateTimeOffset now, string? wanted, Func<JsonObject> work)
    {
        _ = now;
        var trigger = wanted ?? world.Seeds.Hex(32, world.Cluster, "trigger", world.NextSerial());
        if (world.Triggers.TryAdd(trigger, null))
        {
            world.Agenda.After(TimeSpan.FromSeconds(1), () => world.Triggers[trigger] = work());
            // Flink forgets results after five minutes.
            world.Agenda.After(TimeSpan.FromMinutes(5), () => world.Triggers.Remove(trigger));
        }
        return new(202, new JsonObject { ["request-id"] = trigger });
    }

    private static FlinkJob? Find(FlinkProcess process, string id) => process.Jobs.FirstOrDefault(j => j.Id == id);

    private static JsonObject Unknown(string id) => Failure("org.apache.flink.runtime.messages.FlinkJobNotFoundException", $"Could not find Flink job ({id})");

    private static JsonObject NotDisposed(string path) => new()
    {
        ["failure-cause"] = new JsonObject
        {
            ["class"] = "org.apache.flink.util.FlinkException",
            ["stack-trace"] = $"org.apache.flink.util.FlinkException: Could not dispose savepoint {path}.\n\tat org.apache.flink.runtime.dispatcher.Dispatcher.lambda$disposeSavepoint$11(Dispatcher.java:799)\n"
                + $"Caused by: java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '{path}' on file system 'file'.\n\tat org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(AbstractFsCheckpointStorageAccess.java:275)\n\t... 6 more\n",
            ["serialized-throwable"] = Convert.ToBase64String("simulated"u8.ToArray()),
        },
    };

    private static JsonObject Failure(string type, string message) => new()
    {
        ["failure-cause"] = new JsonObject
        {
            ["class"] = "java.util.concurrent.CompletionException",
            ["stack-trace"] = $"java.util.concurrent.CompletionException: {type}: {message}\n\tat java.base/java.util.concurrent.CompletableFuture.encodeRelay(CompletableFuture.java:368)\nCaused by: {type}: {message}\n\t... 12 more\n",
            ["serialized-throwable"] = Convert.ToBase64String("simulated"u8.ToArray()),
        },
    };

    private static string? Text(JsonObject? body, string key) => body?[key]?.ToString() is { Length: > 0 } text ? text : null;
}
