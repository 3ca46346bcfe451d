using System.Collections.Concurrent;
using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Metrics;

/// <summary>
/// Asks the JobManagers of running jobs for the few numbers that the fleet list shows: watched pipelines every two seconds, all others about once a minute,
/// silent ones less and less often. A sample stays when its JobManager falls silent; its age then tells.
/// </summary>
/// <param name="fleet">Which jobs there are.</param>
/// <param name="jobManagers">The ways to their JobManagers.</param>
/// <param name="samples">Where the samples go.</param>
/// <param name="time">The clock.</param>
/// <param name="failed">Told of what should not happen; silent JobManagers are not such a thing.</param>
public sealed class JobSampler(IFleet fleet, IJobManagers jobManagers, JobSamples samples, TimeProvider time, Action<Exception, string>? failed = null)
{
    private const string Restarts = "numRestarts";
    private static readonly TimeSpan WatchedPeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromMinutes(10);
    // Often, so that a fleet of 20,000 is asked evenly: twice a second would be 170 questions at once, and whoever clicks meanwhile waits.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<PipelineKey, int> _watched = new();
    private readonly ConcurrentDictionary<PipelineKey, SampledJob> _jobs = new();
    private readonly ConcurrentDictionary<string, SamplingQueue> _queues = new();

    /// <summary>Samples a pipeline often until the result is disposed of: someone looks at it.</summary>
    public IDisposable Watch(PipelineKey pipeline)
    {
        _watched.AddOrUpdate(pipeline, 1, static (_, count) => count + 1);
        if (_jobs.TryGetValue(pipeline, out var job)) Queue(job).Add(job, time.GetUtcNow(), first: true);
        return new Watcher(this, pipeline);
    }

    /// <summary>Samples until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(FollowAsync(cancellationToken), AskAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop; samples under way end by the same token.
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await foreach (var change in fleet.ChangesAsync(FollowEvery, cancellationToken))
            foreach (var key in change.Changed) Follow(key, change.Snapshot);
    }

    private void Follow(PipelineKey key, FleetSnapshot snapshot)
    {
        if (!snapshot.Rows.TryGetValue(key, out var row))
        {
            Drop(key);
            samples.Remove(key);
            return;
        }

        if (row.Resource is not { HasJob: true, JobState: "RUNNING", JobId: { } jobId } || !JobIds.IsValid(jobId))
        {
            Drop(key);
            return;
        }

        if (_jobs.TryGetValue(key, out var known) && known.Id == jobId) return;
        Drop(key);
        var job = _jobs[key] = new SampledJob(key, key.Resource == FlinkResource.Deployment ? key.Name : row.Resource.DeploymentName ?? key.Name, jobId);
        // After a start of Sluice the first round is spread; later, a single new job is looked at soon.
        var spread = TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * Math.Min(Period.TotalMilliseconds, snapshot.Rows.Count * 20.0));
        Queue(job).Add(job, time.GetUtcNow() + spread, _watched.ContainsKey(key));
    }

    private void Drop(PipelineKey key)
    {
        if (_jobs.TryRemove(key, out var job)) job.Gone = true;
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        do
        {
            var now = time.GetUtcNow();
            foreach (var (_, queue) in _queues)
                while (queue.TryTake(now, out var job)) _ = SampleAsync(job, queue, cancellationToken);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private SamplingQueue Queue(SampledJob job) => _queues.GetOrAdd(job.Key.Cluster, static _ => new SamplingQueue());

    private async Task SampleAsync(SampledJob job, SamplingQueue queue, CancellationToken cancellationToken)
    {
        try
        {
            var jobManager = jobManagers.Of(job.Key, job.Deployment);
            var checkpoints = await jobManager.CheckpointsAsync(job.Id, cancellationToken);
            var metrics = await jobManager.MetricsAsync(MetricScope.Job(job.Id), [Restarts], cancellationToken);
            job.Silent = 0;
            if (!job.Gone) samples.Set(job.Key, new JobSample(time.GetUtcNow(), checkpoints.LastCompletedAt, (long?)metrics.Number(Restarts)) { LastSavepoint = checkpoints.LatestSavepoint?.ExternalPath });
        }
        catch (FlinkException)
        {
            // The last sample stays and grows old in sight; asking a silent JobManager often helps nobody.
            job.Silent = Math.Min(job.Silent + 1, 8);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Sluice stops.
        }
        catch (Exception e) when (failed is not null)
        {
            job.Silent = Math.Min(job.Silent + 1, 8);
            failed(e, $"Sampling {job.Key}");
        }
        finally
        {
            queue.Done(job, time.GetUtcNow() + Wait(job), _watched.ContainsKey(job.Key));
        }
    }

    private TimeSpan Wait(SampledJob job)
    {
        var period = _watched.ContainsKey(job.Key) ? WatchedPeriod : Period * (0.9 + (Random.Shared.NextDouble() * 0.2));
        var wait = period * Math.Pow(2, job.Silent);
        return wait < LongestPeriod ? wait : LongestPeriod;
    }

    private sealed class Watcher(JobSampler sampler, PipelineKey pipeline) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0) return;
            if (sampler._watched.AddOrUpdate(pipeline, 0, static (_, count) => count - 1) <= 0)
                ((ICollection<KeyValuePair<PipelineKey, int>>)sampler._watched).Remove(new KeyValuePair<PipelineKey, int>(pipeline, 0));
        }
    }
}
