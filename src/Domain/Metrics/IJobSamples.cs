using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Metrics;

/// <summary>What the fleet list shows of a job beyond its custom resource.</summary>
/// <param name="At">When the JobManager said so.</param>
/// <param name="LastCheckpointAt">When the last checkpoint completed; null where none did or none is known.</param>
/// <param name="Restarts">How often the job restarted; null where not known.</param>
public sealed record JobSample(DateTimeOffset At, DateTimeOffset? LastCheckpointAt, long? Restarts)
{
    /// <summary>Where the job's newest savepoint is, whoever took it; null where it has none.</summary>
    public string? LastSavepoint { get; init; }
}

/// <summary>The newest sample of every job that was sampled.</summary>
public interface IJobSamples
{
    /// <summary>The newest sample of a pipeline's job, or null.</summary>
    JobSample? Find(PipelineKey pipeline);

    /// <summary>Raised (on any thread) with the pipeline whose sample changed; handlers must be quick.</summary>
    event Action<PipelineKey>? Changed;
}
