namespace Sluice.Domain.Snapshots;

/// <summary>When savepoints are taken by themselves.</summary>
/// <param name="Cron">Five fields, see <see cref="CronExpression"/>.</param>
/// <param name="Zone">The zone that the hours are of, for example <c>Europe/Berlin</c>; null for UTC.</param>
/// <param name="Jitter">Each one begins up to this much later, so that the pipelines of one timetable do not begin at once. At most an hour.</param>
/// <param name="Enabled">Off: kept, not followed.</param>
public sealed record SnapshotSchedule(string Cron, string? Zone, TimeSpan Jitter, bool Enabled = true)
{
    /// <summary>The longest jitter.</summary>
    public static readonly TimeSpan MostJitter = TimeSpan.FromHours(1);

    /// <summary>What is wrong with it, or null.</summary>
    public PolicyDoubt? Doubt()
    {
        var field = "schedule.cron";
        try
        {
            CronExpression.Parse(Cron ?? "");
            field = "schedule.zone";
            CronExpression.Zone(Zone);
        }
        catch (CronException e)
        {
            return new PolicyDoubt(field, e.Message);
        }
        return Jitter < TimeSpan.Zero || Jitter > MostJitter ? new PolicyDoubt("schedule.jitter", "The jitter is none to 60 minutes.") : null;
    }

    /// <summary>The next time by the expression, and when this pipeline begins; null where it cannot be read.</summary>
    public SnapshotTurn? Next(DateTimeOffset after, Guid pipeline)
    {
        // Another machine may not know the zone; its turns then wait, and the page says why.
        if (Doubt() is not null) return null;
        var (cron, zone) = (CronExpression.Parse(Cron), CronExpression.Zone(Zone));
        if (cron.Next(after, zone) is not { } planned) return null;
        if (Jitter <= TimeSpan.Zero) return new SnapshotTurn(planned, planned);
        // Never into the next turn: each has one begin of its own.
        var room = cron.Next(planned, zone) is { } following && following - planned < Jitter * 2 ? (following - planned) / 2 : Jitter;
        return new SnapshotTurn(planned, planned + TimeSpan.FromSeconds(SnapshotIds.Number(pipeline, planned) % (ulong)(room.TotalSeconds + 1)));
    }

    /// <summary>The next turns.</summary>
    public IEnumerable<SnapshotTurn> Following(DateTimeOffset after, Guid pipeline)
    {
        while (Next(after, pipeline) is { } turn)
        {
            yield return turn;
            after = turn.Planned;
        }
    }
}

/// <summary>What is wrong with a timetable or a rule.</summary>
/// <param name="Field">Which value, as the API names it.</param>
/// <param name="Words">What is wrong, and what is allowed.</param>
public sealed record PolicyDoubt(string Field, string Words);

/// <summary>One turn of a timetable.</summary>
/// <param name="Planned">By the expression.</param>
/// <param name="Begins">With this pipeline's jitter.</param>
public sealed record SnapshotTurn(DateTimeOffset Planned, DateTimeOffset Begins);

/// <summary>Which snapshots may go. One goes when none of the conditions keeps it.</summary>
/// <param name="KeepNewest">So many of the newest stay.</param>
/// <param name="KeepFor">Those that are younger stay.</param>
/// <param name="Others">True: also those that neither an operation nor the timetable of Sluice took.</param>
/// <param name="Quarantine">How long what goes can be brought back before it is disposed of.</param>
/// <param name="Enabled">Off: kept, not followed.</param>
public sealed record RetentionRule(int? KeepNewest, TimeSpan? KeepFor, bool Others, TimeSpan Quarantine, bool Enabled = true)
{
    /// <summary>The usual quarantine.</summary>
    public static readonly TimeSpan UsualQuarantine = TimeSpan.FromHours(24);

    /// <summary>The longest quarantine.</summary>
    public static readonly TimeSpan LongestQuarantine = TimeSpan.FromDays(90);

    /// <summary>What is wrong with it, or null.</summary>
    public PolicyDoubt? Doubt() => this switch
    {
        { KeepNewest: null, KeepFor: null } => new("rule.keepNewest", "Say how many of the newest are kept, for how long they are kept, or both: a rule without either would remove everything."),
        { KeepNewest: < 1 or > 1000 } => new("rule.keepNewest", "The newest 1 to 1000 are kept."),
        { KeepFor: { } time } when time < TimeSpan.FromHours(1) || time > TimeSpan.FromDays(3650) => new("rule.keepFor", "Snapshots are kept for one hour to ten years."),
        _ => QuarantineDoubt(Quarantine) is { } words ? new("rule.quarantine", words) : null,
    };

    /// <summary>What is wrong with a quarantine, or null.</summary>
    public static string? QuarantineDoubt(TimeSpan quarantine) => quarantine < TimeSpan.Zero || quarantine > LongestQuarantine ? "A quarantine lasts none to 90 days." : null;
}

/// <summary>What the newest turn of a timetable came to.</summary>
/// <param name="At">When.</param>
/// <param name="Started">True where it started a savepoint; false where it was left out.</param>
/// <param name="Words">What happened.</param>
/// <param name="Operation">The operation that was started.</param>
public sealed record ScheduledRun(DateTimeOffset At, bool Started, string Words, Guid? Operation);

/// <summary>A pipeline's timetable and rule.</summary>
public sealed record SnapshotPolicy
{
    /// <summary>Whose.</summary>
    public required Guid PipelineId { get; init; }

    /// <summary>Grows with each change by a person.</summary>
    public int Version { get; init; }

    /// <summary>The timetable, or null.</summary>
    public SnapshotSchedule? Schedule { get; init; }

    /// <summary>The rule, or null.</summary>
    public RetentionRule? Retention { get; init; }

    /// <summary>The turn that comes next; null where none does.</summary>
    public SnapshotTurn? Next { get; init; }

    /// <summary>The turn that was claimed and whose outcome is not recorded: a replica works on it, or died over it.</summary>
    public DateTimeOffset? Claimed { get; init; }

    /// <summary>What the newest turn came to.</summary>
    public ScheduledRun? LastRun { get; init; }

    /// <summary>Who changed it last.</summary>
    public string? UpdatedBy { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}
