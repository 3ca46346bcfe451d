using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>What a pipeline's JobManager says.</summary>
public static class JobEndpoints
{
    public static void MapJobs(this RouteGroupBuilder api)
    {
        var job = api.MapGroup("/pipelines/{cluster}/{namespace}/{name}").WithTags("Job");
        job.MapGet("/job", (At at, CancellationToken token) => at.Manager.JobAsync(at.JobId, token)).WithName("GetJob").WithSummary("The job with its vertices and graph.");
        job.MapGet("/job/vertices/{vertex}", (At at, string vertex, CancellationToken token) => at.Manager.VertexAsync(at.JobId, vertex, token)).WithName("GetVertex").WithSummary("A vertex with its subtasks.");
        job.MapGet("/job/vertices/{vertex}/backpressure", (At at, string vertex, CancellationToken token) => at.Manager.BackPressureAsync(at.JobId, vertex, token)).WithName("GetBackPressure").WithSummary("How busy and how backpressured each subtask is.");
        job.MapGet("/job/config", (At at, CancellationToken token) => at.Manager.JobConfigAsync(at.JobId, token)).WithName("GetJobConfig").WithSummary("The job's execution configuration.");
        job.MapGet("/checkpoints", (At at, CancellationToken token) => at.Manager.CheckpointsAsync(at.JobId, token)).WithName("ListCheckpoints").WithSummary("Counts, the latest of each kind, and the newest checkpoints.");
        job.MapGet("/checkpoints/config", (At at, CancellationToken token) => at.Manager.CheckpointConfigAsync(at.JobId, token)).WithName("GetCheckpointConfig").WithSummary("How the job takes checkpoints.");
        job.MapGet("/checkpoints/{id:long}", CheckpointAsync).WithName("GetCheckpoint").WithSummary("A checkpoint by vertex.");
        job.MapGet("/checkpoints/{id:long}/vertices/{vertex}", CheckpointVertexAsync).WithName("GetCheckpointVertex").WithSummary("A checkpoint's vertex by subtask.");
        job.MapGet("/exceptions", (At at, CancellationToken token) => at.Manager.ExceptionsAsync(at.JobId, cancellationToken: token)).WithName("ListExceptions").WithSummary("The job's failures, newest first.");
        job.MapGet("/taskmanagers", (At at, CancellationToken token) => at.Manager.TaskManagersAsync(token)).WithName("ListTaskManagers").WithSummary("The TaskManagers that are registered now.");
    }

    private static async Task<Checkpoint> CheckpointAsync(At at, long id, CancellationToken cancellationToken) =>
        await at.Manager.CheckpointAsync(at.JobId, await ListedAsync(at, id, cancellationToken), cancellationToken);

    private static async Task<CheckpointVertex> CheckpointVertexAsync(At at, long id, string vertex, CancellationToken cancellationToken) =>
        await at.Manager.CheckpointVertexAsync(at.JobId, await ListedAsync(at, id, cancellationToken), vertex, cancellationToken);

    private static async Task<Checkpoint> ListedAsync(At at, long id, CancellationToken cancellationToken)
    {
        var all = await at.Manager.CheckpointsAsync(at.JobId, cancellationToken);
        return all.History.FirstOrDefault(c => c.Id == id)
            ?? throw new NoSuchPipelineException($"The JobManager no longer lists a checkpoint {id}. It keeps only the newest {all.History.Count}.");
    }

    /// <summary>The job that an address leads to.</summary>
    public sealed class At
    {
        private readonly PipelineRow _row;

        private At(PipelineRow row, IJobManager manager) => (_row, Manager) = (row, manager);

        public IJobManager Manager { get; }

        public string JobId => _row.JobId();

        public static ValueTask<At?> BindAsync(HttpContext context)
        {
            string Part(string name) => (string?)context.Request.RouteValues[name] ?? "";
            var row = context.RequestServices.GetRequiredService<IFleet>().Row(new(Part("cluster"), Part("namespace"), Part("name"), context.Request.Query["resource"]));
            return new(new At(row, context.RequestServices.GetRequiredService<IJobManagers>().JobManager(row)));
        }
    }
}
