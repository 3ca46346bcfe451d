using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>Reading and changing the parallelism of a job under the adaptive scheduler.</summary>
internal static class RestRescale
{
    public static RestAnswer Read(FlinkProcess process, FlinkJob job)
    {
        if (Refusal(process) is { } refusal) return refusal;
        var answer = new JsonObject();
        foreach (var vertex in job.Plan)
            answer[vertex.Id] = new JsonObject { ["parallelism"] = new JsonObject { ["lowerBound"] = 1, ["upperBound"] = job.ParallelismOf(vertex) } };
        return RestAnswer.Ok(answer);
    }

    public static RestAnswer Write(FlinkProcess process, string id, JsonObject? body)
    {
        if (Refusal(process) is { } refusal) return refusal;
        if (process.Jobs.FirstOrDefault(j => j.Id == id) is not { } job) return RestAnswer.NoJob(id);
        if (body is null || job.Plan.Any(v => body[v.Id] is null))
            return RestAnswer.Error(400, "org.apache.flink.runtime.rest.handler.RestHandlerException: [JobVertices not found in request]\n");
        process.Tasks.Rescale(job, job.Parallelism, job.Plan.ToDictionary(v => v.Id, v => Math.Max(1, body[v.Id]!["parallelism"]?["upperBound"]?.GetValue<int>() ?? 1)));
        return RestAnswer.Ok(new JsonObject());
    }

    private static RestAnswer? Refusal(FlinkProcess process) => process.View.Get("jobmanager.scheduler")?.Equals("adaptive", StringComparison.OrdinalIgnoreCase) == true ? null
        : RestAnswer.Internal("java.lang.UnsupportedOperationException: The DefaultScheduler does not support changing the parallelism without a job restart. This feature is currently only expected to work with the AdaptiveScheduler.");
}
