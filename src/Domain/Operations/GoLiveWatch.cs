using System.Text.Json;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>How a condition stands.</summary>
/// <param name="Holds">True only where all of it is known to hold.</param>
/// <param name="Words">What is known, as sentences.</param>
internal sealed record GoLiveLook(bool Holds, string Words);

/// <summary>Looks whether a bootstrap is through. What is not known never counts as fulfilled, and a time that was not watched counts for nothing.</summary>
internal sealed class GoLiveWatch(GoLiveWhen when)
{
    private DateTimeOffset? _lowSince;

    /// <summary>How the condition stands now.</summary>
    public async Task<GoLiveLook> LookAsync(IJobManager manager, FlinkObject seen, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (when.IsUpToSomebody) return new(false, "It waits for somebody to say so.");
        if (!seen.Runs || seen.Record.JobId is not { } id || !JobIds.IsValid(id)) return NotKnown($"the job is {seen.Record.JobState ?? "not running"}");
        try
        {
            var job = await manager.JobAsync(id, cancellationToken);
            if (job.State != JobStates.Running) return NotKnown($"the JobManager says that the job is {job.State}");
            var parts = new List<GoLiveLook>();
            if (when.RunsForSeconds is { } seconds) parts.Add(RunsFor(job, TimeSpan.FromSeconds(seconds)));
            if (when.Source is { } source) parts.Add(Finished(job, source));
            if (when.LagBelow is { } most) parts.Add(Low(await LagAsync(manager, job, cancellationToken), most, now));
            return new(parts.TrueForAll(p => p.Holds), string.Join(' ', parts.Select(p => p.Words)));
        }
        catch (FlinkException e)
        {
            return NotKnown(e.Message);
        }
        catch (JsonException e)
        {
            return NotKnown($"the JobManager's answer is not understood: {e.Message}");
        }
    }

    private GoLiveLook NotKnown(string why)
    {
        _lowSince = null;
        return new(false, $"How it stands is not known, and so does not count: {why.TrimEnd('.')}.");
    }

    private static GoLiveLook RunsFor(FlinkJob job, TimeSpan wanted) => job.Duration is { } ran
        ? new(ran >= wanted, $"The job has run for {GoLiveWhen.Time(ran)}.")
        : new(false, "How long the job has run is not known.");

    private static GoLiveLook Finished(FlinkJob job, string name)
    {
        var sources = Sources(job);
        var named = sources.Where(v => v.Name.Contains(name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (named.Count == 0)
            return new(false, sources.Count == 0 ? "The JobManager does not show its sources." : $"It has no source \u201c{name}\u201d; its sources are: {string.Join("; ", sources.Select(v => ScaleRules.Short(v.Name)))}.");
        return new(named.TrueForAll(v => v.State == "FINISHED"), string.Join(' ', named.Select(v => $"{ScaleRules.Short(v.Name)} is {v.State}.")));
    }

    private GoLiveLook Low((long? Records, string Words) lag, long most, DateTimeOffset now)
    {
        if (lag.Records is not { } records || records >= most)
        {
            _lowSince = null;
            return new(false, lag.Words);
        }
        _lowSince ??= now;
        var low = now - _lowSince.Value;
        return new(low >= when.LagFor, low >= when.LagFor ? lag.Words : $"{lag.Words} That has been low enough for {GoLiveWhen.Time(low)}.");
    }

    /// <summary>
    /// The records that wait before all sources that have not ended. A sum over the subtasks that happen to tell would be too small, so each one is asked for by name
    /// and one that does not tell makes the whole not known.
    /// </summary>
    private static async Task<(long? Records, string Words)> LagAsync(IJobManager manager, FlinkJob job, CancellationToken cancellationToken)
    {
        var sources = Sources(job).Where(v => v.State != "FINISHED").ToList();
        if (sources.Count == 0) return (null, "How many records wait is not known: the JobManager shows no source that runs.");
        double all = 0;
        foreach (var source in sources)
        {
            var told = await manager.MetricNamesAsync(MetricScope.Subtask(job.Id, source.Id, 0), cancellationToken);
            var names = told.Where(n => n.EndsWith(".pendingRecords", StringComparison.Ordinal)).ToList();
            var wanted = Enumerable.Range(0, source.Parallelism).SelectMany(i => names.Select(n => FormattableString.Invariant($"{i}.{n}"))).ToList();
            var values = wanted.Count == 0 ? [] : (await manager.MetricsAsync(MetricScope.Vertex(job.Id, source.Id), wanted, cancellationToken)) is var found ? wanted.ConvertAll(found.Number) : [];
            // A source that does not know says -1.
            var silent = values.Count(v => v is null or < 0);
            if (names.Count == 0 || silent > 0)
                return (null, $"How many records wait is not known: {ScaleRules.Short(source.Name)} does not tell{(silent > 0 ? $" for {silent} of its {source.Parallelism} subtasks" : "")} ({Instead(told)}).");
            all += values.Sum(v => v!.Value);
        }
        return ((long)all, $"{GoLiveWhen.Number((long)all)} records wait before its sources.");
    }

    private static string Instead(IReadOnlyList<string> told) => told.Any(n => n.EndsWith(".pendingBytes", StringComparison.Ordinal))
        ? "a Beam source: its pendingBytes are no records, and mostly not known; wait for a time or a source's end instead, or say so yourself"
        : "no pendingRecords";

    private static List<JobVertex> Sources(FlinkJob job)
    {
        var ids = job.Plan.Nodes.Where(n => n.Inputs.Count == 0).Select(n => n.Id).ToHashSet();
        return [.. job.Vertices.Where(v => ids.Contains(v.Id))];
    }
}
