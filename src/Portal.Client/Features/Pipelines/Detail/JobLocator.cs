using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>Which job of a JobManager is the pipeline's, and how that JobManager is reached.</summary>
public static class JobLocator
{
    /// <summary>The JobManager that runs the pipeline.</summary>
    public static IJobManager JobManager(this IJobManagers managers, PipelineRow row) => managers.Of(row.Key, row.Resource.DeploymentName ?? row.Key.Name);

    /// <summary>
    /// The pipeline's job id, or null while there is none. An application's JobManager runs one job, whose id the custom resource repeats only up to a
    /// reconcile interval later: so the JobManager is asked. On a session cluster only the custom resource tells whose job it is.
    /// </summary>
    public static async Task<string?> JobIdAsync(this IJobManager manager, PipelineRow row, CancellationToken cancellationToken)
    {
        if (row.Key.Resource == FlinkResource.SessionJob) return row.Resource.JobId is { Length: > 0 } id ? id : null;
        var jobs = await manager.JobsAsync(cancellationToken);
        return jobs.OrderBy(j => JobStates.IsTerminal(j.State)).ThenByDescending(j => j.StartedAt).FirstOrDefault()?.Id;
    }
}
