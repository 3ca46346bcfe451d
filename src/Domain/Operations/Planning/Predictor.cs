using System.Globalization;

namespace Sluice.Domain.Operations.Planning;

/// <summary>Estimates what an operation costs, from what operations cost before and what the job does now. The formulas stand at <see cref="OperationPrediction"/>.</summary>
internal sealed class Predictor(OperationKind kind, Pipelines.PipelineKey pipeline, ChangeClassification change, StatePlan? state, JobFacts facts, IReadOnlyList<PastOutcome> past, DateTimeOffset now)
{
    private const int MostSamples = 20;

    public OperationPrediction Make(IReadOnlyList<KnownSnapshot> snapshots, IReadOnlyList<TimeSpan?> steps)
    {
        var (pause, why) = Pause();
        var highest = past.Where(p => p.Pipeline == pipeline).Select(p => p.Outcome.Rate).Append(facts.Rate).Max();
        var replayed = Replayed(snapshots);
        var added = Added(pause);
        return new OperationPrediction(pause, why, replayed, added, CatchUp(replayed, added, highest), facts.Rate, highest, steps);
    }

    /// <summary>The median of step times of past operations, by name.</summary>
    public static IReadOnlyList<TimeSpan?> StepTimes(IEnumerable<string> names, IEnumerable<Operation> same)
    {
        var times = same.SelectMany(o => o.Steps).Where(s => s is { State: StepState.Done, StartedAt: not null, EndedAt: not null }).ToLookup(s => s.Name, s => s.EndedAt!.Value - s.StartedAt!.Value);
        // How long a bootstrap takes says nothing about the next one.
        return [.. names.Select(n => n != GoLiveOperation.Wait && times[n].Any() ? Median([.. times[n]]) : (TimeSpan?)null)];
    }

    /// <summary>The middle one; of two the longer, so that nobody waits longer than was said in more than half of the cases.</summary>
    public static TimeSpan Median(IReadOnlyList<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

    // The tasks restart from the last checkpoint, inside the job that goes on.
    private bool ScalesRunning => change is { Class: ChangeClass.Scale, Effect: JobEffect.KeepsRunning };

    private bool IsReplaced => change.Effect == JobEffect.IsReplaced;

    private (Estimate?, string) Pause() => IsReplaced ? (null, "None: the old one goes on until the new one runs.") : StartTime();

    private (Estimate?, string) StartTime()
    {
        if (ScalesRunning) return (null, "The job is not redeployed; its tasks restart within seconds, which nobody measures.");
        if (!change.Restores) return (null, change.Effect is JobEffect.Stops or JobEffect.Ends ? "The job stops and does not start again." : "The job does not stop.");
        var alike = past.Where(p => p.Outcome is { Pause: not null } o && (IsReplaced ? o.Effect is JobEffect.Starts or JobEffect.Restarts : o.Effect == change.Effect)).OrderByDescending(p => p.EndedAt).ToList();
        var what = change.Effect == JobEffect.Restarts ? "restart" : "start";
        foreach (var (samples, whose) in new[]
        {
            (alike.Where(p => p.Pipeline == pipeline && p.Kind == kind), $"{kind.ToString().ToLowerInvariant()} operations of this pipeline"),
            (alike.Where(p => p.Pipeline == pipeline), $"{what}s of this pipeline"),
            (alike.Where(p => p.Pipeline.Cluster == pipeline.Cluster), $"{what}s of other pipelines of {pipeline.Cluster}"),
        })
        {
            var times = samples.Take(MostSamples).Select(p => p.Outcome.Pause!.Value).ToList();
            if (times.Count > 0)
                return (new Estimate(Median(times), times.Min(), times.Max(), times.Count, whose), string.Create(CultureInfo.InvariantCulture, $"The median of {times.Count} {whose}."));
        }
        return (null, $"There is no history yet: no {what} of this pipeline, nor of another one on {pipeline.Cluster}, has been recorded.");
    }

    private Guess Replayed(IReadOnlyList<KnownSnapshot> snapshots)
    {
        if (ScalesRunning) return OfAge(facts.Checkpoints?.LatestCompleted?.TriggeredAt, "checkpoint");
        if (IsReplaced) return ByBoth();
        if (!change.Starts) return new(0, "Nothing starts, so nothing is read twice.");
        switch (state?.Source)
        {
            case StateSource.NewSavepoint when kind == OperationKind.Fork: return new(0, "It reads on from where the savepoint was taken, and what came after that a second time beside the first pipeline.");
            case StateSource.NewSavepoint: return new(0, "It stops with the savepoint, so nothing is read twice.");
            case StateSource.Known: return new(0, "It was stopped with that snapshot, so nothing is read twice.");
            case StateSource.Empty: return new(null, "Not known: it begins where its sources begin.");
            case StateSource.LastCheckpoint: return OfAge(facts.Checkpoints?.LatestCompleted?.TriggeredAt, "checkpoint");
            case StateSource.Chosen:
                var taken = snapshots.FirstOrDefault(s => RestoredState.Same(s.Path, state.Path))?.At
                    ?? facts.Checkpoints?.History.FirstOrDefault(c => RestoredState.Same(c.ExternalPath, state.Path))?.TriggeredAt;
                return OfAge(taken, "snapshot");
            default: return new(null, "Not known: where it starts from is not known.");
        }
    }

    // From the savepoint on, until the new one runs; the stop of the old one comes on top.
    private Guess ByBoth()
    {
        if (facts.Rate is not { } rate) return new(null, $"Not known: the input rate is not known{Because()}.");
        return StartTime() is not ({ } start, var why) ? new(null, "Not known: how long a start takes is not known.")
            : new(Math.Round(start.Median.TotalSeconds * rate), string.Create(CultureInfo.InvariantCulture, $"{start.Median.TotalSeconds:0} s for a start × {rate:0.#} records/s, read by both. {why}"));
    }

    private Guess OfAge(DateTimeOffset? taken, string what)
    {
        if (taken is null) return new(null, $"Not known: the age of the {what} is not known{Because()}.");
        if (facts.Rate is not { } rate) return new(null, $"Not known: the input rate is not known{Because()}.");
        var age = (facts.Job?.Now ?? now) - taken.Value;
        if (age < TimeSpan.Zero) age = TimeSpan.Zero;
        return new(Math.Round(age.TotalSeconds * rate), string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0} s since the {what} × {rate:0.#} records/s."));
    }

    private Guess Added(Estimate? pause)
    {
        if (!change.Starts) return new(0, IsReplaced ? "Nothing waits: the old one goes on." : "Nothing starts.");
        if (facts.Rate is not { } rate) return new(null, $"Not known: the input rate is not known{Because()}.");
        return pause is null ? new(null, "Not known: the pause is not known.") : new(Math.Round(pause.Median.TotalSeconds * rate), string.Create(CultureInfo.InvariantCulture, $"{pause.Median.TotalSeconds:0} s × {rate:0.#} records/s."));
    }

    private GuessedTime CatchUp(Guess replayed, Guess added, double? highest)
    {
        if (!change.Restores) return new(TimeSpan.Zero, "Nothing starts.");
        if (replayed.Value is not { } again || added.Value is not { } more) return new(null, "Not known: the backlog after the start is not known.");
        if (facts.Rate is not { } rate || highest is not { } most || most <= rate * 1.01)
            return new(null, "Not known: the job has not been seen working faster than its input comes now.");
        var backlog = again + more + (facts.Waiting ?? 0);
        return new(TimeSpan.FromSeconds(Math.Round(backlog / (most - rate))), string.Create(CultureInfo.InvariantCulture, $"{backlog:0} records ÷ ({most:0.#} − {rate:0.#}) records/s{(facts.Waiting is null ? "; what waits before the sources already is not known and not counted" : "")}."));
    }

    private string Because() => string.IsNullOrEmpty(facts.Problem) ? "" : $": {facts.Problem.TrimEnd('.')}";
}
