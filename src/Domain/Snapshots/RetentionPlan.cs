namespace Sluice.Domain.Snapshots;

/// <summary>What a rule says about one snapshot.</summary>
/// <param name="Snapshot">Which.</param>
/// <param name="Goes">True where it goes.</param>
/// <param name="Why">Why it goes or stays.</param>
public sealed record RetentionVerdict(Snapshot Snapshot, bool Goes, string Why);

/// <summary>Applies a retention rule. Pure: what it says is shown as the preview, and is what the worker does.</summary>
public static class RetentionPlan
{
    /// <summary>A verdict on each snapshot that is available, newest first.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="snapshots">All of the pipeline.</param>
    /// <param name="uses">What depends on which, see <see cref="SnapshotUse"/>.</param>
    /// <param name="now">The clock's time.</param>
    public static IReadOnlyList<RetentionVerdict> Of(RetentionRule rule, IReadOnlyList<Snapshot> snapshots, IReadOnlyDictionary<Guid, string> uses, DateTimeOffset now)
    {
        var verdicts = new List<RetentionVerdict>();
        var counted = 0;
        foreach (var snapshot in snapshots.Where(s => s.State == SnapshotState.Available).OrderByDescending(s => s.TakenAt).ThenBy(s => s.Id))
        {
            if (snapshot.Kind == SnapshotKind.Checkpoint)
            {
                verdicts.Add(new(snapshot, false, "A checkpoint belongs to the job: Flink removes it."));
                continue;
            }
            if (!snapshot.Ours && !rule.Others)
            {
                verdicts.Add(new(snapshot, false, "Sluice did not take it, and the rule leaves those alone."));
                continue;
            }
            if (snapshot.Held)
            {
                verdicts.Add(new(snapshot, false, "Someone brought it back out of quarantine."));
                continue;
            }
            // One of a drain takes no place of one that can be resumed from.
            var place = snapshot.Usable ? ++counted : counted + 1;
            var age = now - snapshot.TakenAt;
            var kept = uses.GetValueOrDefault(snapshot.Id)
                ?? (rule.KeepNewest >= place ? $"One of the newest {rule.KeepNewest}." : null)
                ?? (rule.KeepFor > age ? $"Younger than {Time(rule.KeepFor.Value)}." : null);
            verdicts.Add(kept is not null ? new(snapshot, false, kept) : new(snapshot, true, Falls(rule)));
        }
        return verdicts;
    }

    private static string Falls(RetentionRule rule) => rule switch
    {
        { KeepNewest: { } count, KeepFor: { } time } => $"Not one of the newest {count}, and older than {Time(time)}.",
        { KeepNewest: { } count } => $"Not one of the newest {count}.",
        _ => $"Older than {Time(rule.KeepFor!.Value)}.",
    };

    private static string Time(TimeSpan time) =>
        time.TotalDays >= 2 ? FormattableString.Invariant($"{time.TotalDays:0.#} days") : time.TotalHours == 1 ? "an hour" : FormattableString.Invariant($"{time.TotalHours:0.#} hours");
}
