using System.Globalization;
using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Operations.Planning;

/// <summary>What a start continues from, and what can be checked about it before anything stops.</summary>
internal sealed class StatePlanner(FlinkObject? seen, PlannedWrite write, ChangeClassification change, JobFacts facts, IReadOnlyList<KnownSnapshot> snapshots, ISnapshotFiles? files, DateTimeOffset now)
{
    /// <summary>The plan of the state; null where the change leaves the job alone.</summary>
    public async Task<StatePlan?> MakeAsync(CancellationToken cancellationToken)
    {
        if (change.Effect is JobEffect.KeepsRunning or JobEffect.StaysStopped) return null;
        var (source, path, why) = Choose();
        var checks = new List<StateCheck>();
        if (source is not (StateSource.Empty or StateSource.None)) await CheckAsync(checks, source, path, cancellationToken);
        return new StatePlan(source, path, why, checks);
    }

    private (StateSource Source, string? Path, string Why) Choose()
    {
        if (write.Snapshot is { } chosen) return (StateSource.Chosen, chosen, $"You chose it.{Age(chosen)}");
        if (write.Source is { } source) return (StateSource.NewSavepoint, null, $"A new savepoint of {source.Record.ObjectKey.Name}, which runs on.");
        if (write.Beside) return (StateSource.NewSavepoint, null, "A new savepoint of the job, which runs on until the new one does.");
        if (change.Class == ChangeClass.Deploy)
            return (string?)write.Spec?["job"]?["initialSavepointPath"] is { Length: > 0 } initial ? (StateSource.Chosen, initial, "The manifest names it as initialSavepointPath.") : (StateSource.Empty, null, "A first deployment begins without state.");
        if (change.Class == ChangeClass.Delete && change.Mode is null) return (StateSource.None, null, "Nothing starts.");
        var why = change.ModeWhy ?? "";
        return (change.Mode, change.Effect) switch
        {
            (StopMode.Stateless, _) => (StateSource.Empty, null, $"Nothing is kept: {why}."),
            (StopMode.Savepoint, JobEffect.Starts) => (StateSource.Known, seen?.SavepointPath, seen?.SavepointPath is null ? $"The path is not known, although {why}." : $"It was left by the stop: {why}."),
            (StopMode.Savepoint, _) => (StateSource.NewSavepoint, null, $"A new savepoint, because {why}.{NotTheCheckpoint()}"),
            (StopMode.LastState or StopMode.Cancel, _) => (StateSource.LastCheckpoint, facts.Checkpoints?.LatestCompleted?.ExternalPath ?? seen?.Record.UpgradeSavepointPath, $"The newest checkpoint{CheckpointAge()}, because {why}."),
            _ => (StateSource.Unknown, null, why.Length > 0 ? $"Not known: {why}." : "Not known."),
        };
    }

    private async Task CheckAsync(List<StateCheck> checks, StateSource source, string? path, CancellationToken cancellationToken)
    {
        checks.Add(source == StateSource.NewSavepoint ? Directory() : PathKnown(source, path));
        if (path is not null) checks.Add(await MetadataAsync(source, path, cancellationToken));
        if (!change.Restores || write.Spec is not { } after) return;
        checks.Add(StateFit.KeyGroups(seen, after, facts, source));
        checks.Add(StateFit.Program(seen, after, source, write.AllowNonRestored));
        if (StateFit.Version(seen, after) is { } version) checks.Add(version);
    }

    private StateCheck Directory()
    {
        const string what = "The savepoint directory is set and takes savepoints";
        var target = seen is null || write.Spec is null || write.Beside ? seen : RolloutSteps.WithSpec(seen, write.Spec);
        if (target?.SavepointDirectory is not { } directory)
            return seen?.Record.Resource == Pipelines.FlinkResource.SessionJob
                ? new(what, CheckResult.Unknown, "The session cluster's configuration names it; the job's own does not.")
                : new(what, CheckResult.Fails, "No savepoint directory is set.");
        var newest = snapshots.Select(s => (s.Path, (DateTimeOffset?)s.At)).Append((facts.Checkpoints?.LatestSavepoint?.ExternalPath ?? "", facts.Checkpoints?.LatestSavepoint?.LatestAckAt))
            .Where(s => Below(s.Item1, directory)).OrderByDescending(s => s.Item2).FirstOrDefault();
        return newest.Item1 is { Length: > 0 }
            ? new(what, CheckResult.Holds, $"{directory}: the last savepoint was written there {Ago(now - (newest.Item2 ?? now))}.")
            : new(what, CheckResult.Unknown, $"{directory}: no savepoint of this pipeline was written there before. If it cannot be written, the job is not stopped and runs on.");
    }

    private StateCheck PathKnown(StateSource source, string? path)
    {
        const string what = "A snapshot to restore from is known";
        if (path is null)
            return source == StateSource.LastCheckpoint
                ? new(what, CheckResult.Unknown, $"The high-availability metadata names it; Sluice cannot read that. {Sentence(facts.Problem)}".TrimEnd())
                : new(what, CheckResult.Fails, "No path is known.");
        var gone = facts.Checkpoints?.History.FirstOrDefault(c => RestoredState.Same(c.ExternalPath, path)) is { Discarded: true };
        if (!gone) return new(what, CheckResult.Holds, path);
        // Flink removes a checkpoint once the next is complete, and says so a moment before it tells of that one.
        return source == StateSource.LastCheckpoint ? new(what, CheckResult.Holds, $"{path}: a newer checkpoint takes its place at this moment.") : new(what, CheckResult.Fails, $"{path}: Flink has removed it again.");
    }

    private async Task<StateCheck> MetadataAsync(StateSource source, string path, CancellationToken cancellationToken)
    {
        if (files is null) return new StateCheck("Its _metadata can be read", CheckResult.Unknown, "Sluice is not set up to read this storage.");
        var check = await files.CheckAsync(path, cancellationToken);
        return check.Result == CheckResult.Fails && source == StateSource.LastCheckpoint && seen?.Runs == true
            ? check with { Result = CheckResult.Unknown, Why = $"{check.Why} The job runs: a newer checkpoint may have taken its place." }
            : check;
    }

    private string NotTheCheckpoint() => facts.Checkpoints?.LatestCompleted is { } checkpoint
        ? string.Create(CultureInfo.InvariantCulture, $" Not checkpoint {checkpoint.Id}{CheckpointAge()}: what came after it would be read twice.")
        : "";

    private string CheckpointAge() => facts.Checkpoints?.LatestCompleted is { TriggeredAt: { } at } ? $" ({Ago((facts.Job?.Now ?? now) - at)})" : "";

    private string Age(string path) => snapshots.FirstOrDefault(s => RestoredState.Same(s.Path, path)) is { } known
        ? $" It was taken {Ago(now - known.At)} by an operation of this pipeline{(known.Drained ? ", a drain" : "")}."
        : " No operation of this pipeline took it.";

    private static bool Below(string path, string directory) => path.Length > 0 && SnapshotPath.Plain(path).StartsWith(SnapshotPath.Plain(directory) + "/", StringComparison.Ordinal);

    private static string Sentence(string? problem) => string.IsNullOrEmpty(problem) ? "" : char.ToUpperInvariant(problem[0]) + problem[1..].TrimEnd('.') + ".";

    internal static string Ago(TimeSpan age) => age switch
    {
        { TotalSeconds: < 1 } => "just now",
        { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0} s ago"),
        { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0} min ago"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h ago"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0} days ago"),
    };
}
