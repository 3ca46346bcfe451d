using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>The exceptions of a job, with the fields of each version.</summary>
internal static class RestExceptions
{
    public static JsonObject Of(FlinkJob job, FlinkRelease release, string? max)
    {
        var limit = int.TryParse(max, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 20;
        var history = new JsonObject
        {
            ["entries"] = new JsonArray([.. job.Failures.Take(limit).Select(f => Entry(f, release))]),
            ["truncated"] = job.Failures.Count > limit,
        };
        if (release.IsTwo) return new() { ["exceptionHistory"] = history };
        var root = job.RootFailure;
        var all = new JsonArray();
        if (root?.Task is not null)
        {
            var item = new JsonObject { ["exception"] = Stack(root), ["task"] = root.Task, ["location"] = Location(root) };
            if (release.AtLeast20) item["endpoint"] = Location(root);
            item["timestamp"] = root.At.ToUnixTimeMilliseconds();
            item["taskManagerId"] = root.TaskManager;
            all.Add(item);
        }
        return new()
        {
            ["root-exception"] = root is null ? null : Stack(root),
            ["timestamp"] = root?.At.ToUnixTimeMilliseconds(),
            ["all-exceptions"] = all,
            ["truncated"] = false,
            ["exceptionHistory"] = history,
        };
    }

    public static string Stack(JobFailure failure) => failure.Task is null
        ? $"org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: {failure.Message}\n\tat org.apache.flink.client.program.PackagedProgram.callMainMethod(PackagedProgram.java:375)\n\tat org.apache.flink.client.program.PackagedProgram.invokeInteractiveModeForExecution(PackagedProgram.java:226)\nCaused by: {failure.Class}: {failure.Message}\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n"
        : $"{failure.Class}: {failure.Message}\n\tat org.apache.flink.streaming.api.operators.StreamMap.processElement(StreamMap.java:38)\n\tat org.apache.flink.streaming.runtime.tasks.StreamTask.runMailboxLoop(StreamTask.java:901)\n\tat org.apache.flink.runtime.taskmanager.Task.run(Task.java:562)\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n";

    private static JsonObject Entry(JobFailure failure, FlinkRelease release)
    {
        var entry = new JsonObject
        {
            ["exceptionName"] = failure.Task is null ? "org.apache.flink.client.program.ProgramInvocationException" : failure.Class,
            ["stacktrace"] = Stack(failure),
            ["timestamp"] = failure.At.ToUnixTimeMilliseconds(),
            ["failureLabels"] = new JsonObject(),
        };
        if (failure.Task is not null)
        {
            entry["taskName"] = failure.Task;
            if (!release.IsTwo) entry["location"] = Location(failure);
            if (release.AtLeast20) entry["endpoint"] = Location(failure);
            entry["taskManagerId"] = failure.TaskManager;
        }
        entry["concurrentExceptions"] = new JsonArray();
        return entry;
    }

    private static string Location(JobFailure failure) => $"{failure.TaskManager}:40121";
}
