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
    // For each cluster of its own: a silent one has all its turns taken by questions that nobody answers.
    private const int MostOfACluster = 16;
    private const string Restarts = "numRestarts";
    private static readonly TimeSpan WatchedPeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromMinutes(10);
    // Often, so that a fleet of 20,000 is asked evenly: twice a second would be 170 questions at once, and whoever clicks meanwhile waits.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<PipelineKey, int> _watched = new();
    private readonly ConcurrentDictionary<PipelineKey, Target> _targets = new();
    private readonly ConcurrentDictionary<string, Turns> _turns = new();

    /// <summary>Samples a pipeline often until the result is disposed of: someone looks at it.</summary>
    public IDisposable Watch(PipelineKey pipeline)
    {
        _watched.AddOrUpdate(pipeline, 1, static (_, count) => count + 1);
        if (_targets.TryGetValue(pipeline, out var target)) target.Due = time.GetUtcNow();
        return new Watcher(this, pipeline);
    }

    /// <summary>Samples until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        long version = -1;
        long followed = 0;
        try
        {
            do
            {
                var snapshot = fleet.Current;
                if (snapshot.Version != version && (version < 0 || time.GetElapsedTime(followed) >= FollowEvery))
                {
                    Follow(snapshot);
                    (version, followed) = (snapshot.Version, time.GetTimestamp());
                }

                StartDue(cancellationToken);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop; samples under way end by the same token.
        }
    }

    private void Follow(FleetSnapshot snapshot)
    {
        var now = time.GetUtcNow();
        foreach (var (key, row) in snapshot.Rows)
        {
            if (row.Resource is not { HasJob: true, JobState: "RUNNING", JobId: { } jobId } || !JobIds.IsValid(jobId))
            {
                _targets.TryRemove(key, out _);
                continue;
            }
            var deployment = key.Resource == FlinkResource.Deployment ? key.Name : row.Resource.DeploymentName ?? key.Name;
            if (_targets.TryGetValue(key, out var known) && known.JobId == jobId) continue;
            // After a start of Sluice the first round is spread; later, a single new job is looked at soon.
            var spread = TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * Math.Min(Period.TotalMilliseconds, snapshot.Rows.Count * 20.0));
            _targets[key] = new Target(key, deployment, jobId) { Due = now + spread };
        }
        foreach (var key in samples.Pipelines.Concat(_targets.Keys).Where(key => !snapshot.Rows.ContainsKey(key)).ToList())
        {
            _targets.TryRemove(key, out _);
            samples.Remove(key);
        }
    }

    private void StartDue(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // Not its Values: that is a copy of all.
        var due = _targets.Select(static t => t.Value).Where(t => !t.Busy && t.Due <= now);
        // Watched ones first: they must not wait behind a slow fleet.
        foreach (var target in due.OrderBy(t => _watched.ContainsKey(t.Key) ? 0 : 1).ThenBy(static t => t.Due))
        {
            var turns = _turns.GetOrAdd(target.Key.Cluster, static _ => new Turns());
            if (Volatile.Read(ref turns.Taken) >= MostOfACluster) continue;
            Interlocked.Increment(ref turns.Taken);
            target.Busy = true;
            _ = SampleAsync(target, turns, cancellationToken);
        }
    }

    private async Task SampleAsync(Target target, Turns turns, CancellationToken cancellationToken)
    {
        try
        {
            var jobManager = jobManagers.Of(target.Key, target.Deployment);
            var checkpoints = await jobManager.CheckpointsAsync(target.JobId, cancellationToken);
            var metrics = await jobManager.MetricsAsync(MetricScope.Job(target.JobId), [Restarts], cancellationToken);
            var sample = new JobSample(time.GetUtcNow(), checkpoints.LastCompletedAt, (long?)metrics.Number(Restarts));
            target.Silent = 0;
            if (_targets.TryGetValue(target.Key, out var newest) && !ReferenceEquals(newest, target)) return;
            samples.Set(target.Key, sample);
        }
        catch (FlinkException)
        {
            // The last sample stays and grows old in sight; asking a silent JobManager often helps nobody.
            target.Silent = Math.Min(target.Silent + 1, 8);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Sluice stops.
        }
        catch (Exception e) when (failed is not null)
        {
            target.Silent = Math.Min(target.Silent + 1, 8);
            failed(e, $"Sampling {target.Key}");
        }
        finally
        {
            target.Due = time.GetUtcNow() + Wait(target);
            target.Busy = false;
            Interlocked.Decrement(ref turns.Taken);
        }
    }

    private TimeSpan Wait(Target target)
    {
        var period = _watched.ContainsKey(target.Key) ? WatchedPeriod : Period * (0.9 + (Random.Shared.NextDouble() * 0.2));
        var wait = period * Math.Pow(2, target.Silent);
        return wait < LongestPeriod ? wait : LongestPeriod;
    }

    private sealed class Turns
    {
        public int Taken;
    }

    private sealed class Target(PipelineKey key, string deployment, string jobId)
    {
        public PipelineKey Key { get; } = key;

        public string Deployment { get; } = deployment;

        public string JobId { get; } = jobId;

        public DateTimeOffset Due { get; set; }

        public int Silent { get; set; }

        public bool Busy { get; set; }
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
