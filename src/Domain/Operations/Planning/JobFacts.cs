using System.Text.Json;
using Sluice.Domain.Flink;

namespace Sluice.Domain.Operations.Planning;

/// <summary>What the JobManager tells that plans and outcomes need; each part null where it does not tell.</summary>
/// <param name="Job">The job with its vertices.</param>
/// <param name="Checkpoints">Its checkpoints.</param>
/// <param name="Rate">Records per second that its sources emit, all together.</param>
/// <param name="Waiting">Records that wait before its sources, where they tell.</param>
/// <param name="Problem">Why something is missing, in words; null where the JobManager answered.</param>
internal sealed record JobFacts(FlinkJob? Job, CheckpointStatistics? Checkpoints, double? Rate, double? Waiting, string? Problem)
{
    /// <summary>The smallest and largest number of key groups of its vertices; null where not known.</summary>
    public (int Least, int Most)? KeyGroups => Job?.Vertices.Select(v => v.MaxParallelism).OfType<int>().Where(m => m > 0).ToList() is { Count: > 0 } known ? (known.Min(), known.Max()) : null;

    /// <summary>Nothing was asked.</summary>
    public static JobFacts None(string why) => new(null, null, null, null, why);

    /// <summary>Asks the JobManager, for no longer than the given time: a plan must not wait for one that is silent.</summary>
    public static async Task<JobFacts> ReadAsync(OperationEnvironment environment, Pipelines.PipelineKey pipeline, FlinkObject seen, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (seen.Record.JobId is not { } id || !JobIds.IsValid(id)) return None("the operator reports no job");
        using var limit = new CancellationTokenSource(patience, environment.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var manager = environment.JobManagers.Of(pipeline, seen.DeploymentName);
        var facts = None("");
        try
        {
            facts = facts with { Checkpoints = await manager.CheckpointsAsync(id, both.Token) };
            facts = facts with { Job = await manager.JobAsync(id, both.Token) };
            var (rate, waiting) = await RatesAsync(manager, facts.Job, both.Token);
            return facts with { Rate = rate, Waiting = waiting, Problem = null };
        }
        catch (FlinkException e)
        {
            return facts with { Problem = $"the JobManager does not say: {e.Message}" };
        }
        catch (JsonException e)
        {
            return facts with { Problem = $"the JobManager's answer is not understood: {e.Message}" };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return facts with { Problem = $"the JobManager did not answer within {(int)patience.TotalSeconds} s" };
        }
    }

    /// <summary>A source that is chained with what follows counts what leaves the chain; its own operator's metric is nearer to what it reads.</summary>
    private static async Task<(double? Rate, double? Waiting)> RatesAsync(IJobManager manager, FlinkJob job, CancellationToken cancellationToken)
    {
        const string rateName = "numRecordsOutPerSecond";
        double? rate = null, waiting = null;
        foreach (var source in job.Plan.Nodes.Where(n => n.Inputs.Count == 0))
        {
            var names = await manager.MetricNamesAsync(MetricScope.Subtask(job.Id, source.Id, 0), cancellationToken);
            var own = names.FirstOrDefault(n => n.StartsWith("Source", StringComparison.Ordinal) && n.EndsWith("." + rateName, StringComparison.Ordinal)) ?? rateName;
            var pending = names.FirstOrDefault(n => n.EndsWith(".pendingRecords", StringComparison.Ordinal));
            var values = await manager.AggregatesAsync(AggregateScope.Subtasks(job.Id, source.Id), pending is null ? [own] : [own, pending], cancellationToken);
            if (values.GetValueOrDefault(own)?.Sum is { } out1) rate = (rate ?? 0) + out1;
            // A source that does not know says -1.
            if (pending is not null && values.GetValueOrDefault(pending) is { Min: not < 0, Sum: { } backlog }) waiting = (waiting ?? 0) + backlog;
        }
        return (rate, waiting);
    }
}
