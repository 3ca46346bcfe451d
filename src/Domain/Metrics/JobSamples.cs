using System.Collections.Concurrent;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Metrics;

/// <summary>Keeps the newest sample of each job. Apart from <see cref="JobSampler"/>, because the fleet shows samples and the sampler follows the fleet.</summary>
public sealed class JobSamples : IJobSamples
{
    private readonly ConcurrentDictionary<PipelineKey, JobSample> _samples = new();

    /// <inheritdoc/>
    public event Action<PipelineKey>? Changed;

    /// <summary>The pipelines that have a sample.</summary>
    internal ICollection<PipelineKey> Pipelines => _samples.Keys;

    /// <inheritdoc/>
    public JobSample? Find(PipelineKey pipeline) => _samples.GetValueOrDefault(pipeline);

    internal void Set(PipelineKey pipeline, JobSample sample)
    {
        _samples[pipeline] = sample;
        Changed?.Invoke(pipeline);
    }

    internal void Remove(PipelineKey pipeline)
    {
        if (_samples.TryRemove(pipeline, out _)) Changed?.Invoke(pipeline);
    }
}
