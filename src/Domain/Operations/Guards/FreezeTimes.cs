using System.Text.Json.Serialization;

namespace Sluice.Domain.Operations.Guards;

/// <summary>
/// When a freeze window applies: once from one local time to another, or every week from a day and time to another. Times are those of a clock on the wall in the zone,
/// so that "Friday 16:00" stays that when the clocks change.
/// </summary>
public sealed record FreezeTimes
{
    private const int DaysOfWeek = 7;

    /// <summary>The zone's IANA name, for example <c>Europe/Berlin</c>.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Once: the beginning, by the zone's clock.</summary>
    public DateTime? From { get; init; }

    /// <summary>Once: the end, by the zone's clock.</summary>
    public DateTime? Until { get; init; }

    /// <summary>Every week: the day of the beginning.</summary>
    public DayOfWeek? FromDay { get; init; }

    /// <summary>Every week: the time of the beginning.</summary>
    public TimeOnly? FromTime { get; init; }

    /// <summary>Every week: the day of the end.</summary>
    public DayOfWeek? UntilDay { get; init; }

    /// <summary>Every week: the time of the end.</summary>
    public TimeOnly? UntilTime { get; init; }

    /// <summary>True where it comes every week.</summary>
    [JsonIgnore]
    public bool IsWeekly => FromDay is not null || UntilDay is not null || FromTime is not null || UntilTime is not null;

    /// <summary>What is wrong with it, by field; empty where nothing is.</summary>
    public IEnumerable<(string Field, string Message)> Problems()
    {
        if (From is { Kind: not DateTimeKind.Unspecified }) yield return ("times.from", "Give it by the zone's clock, without an offset or Z: 2026-12-20T00:00.");
        if (Until is { Kind: not DateTimeKind.Unspecified }) yield return ("times.until", "Give it by the zone's clock, without an offset or Z: 2027-01-02T06:00.");
        if (!TryZone(Zone, out _)) yield return ("times.zone", $"'{Zone}' is no time zone that is known here. Use an IANA name, for example Europe/Berlin or UTC.");
        var once = From is not null || Until is not null;
        if (once && IsWeekly) yield return ("times", "Name either from and until, or fromDay, fromTime, untilDay and untilTime: it is once or every week.");
        else if (IsWeekly)
        {
            if (FromDay is null) yield return ("times.fromDay", "Name the day on which it begins every week.");
            if (FromTime is null) yield return ("times.fromTime", "Name the time at which it begins, for example 16:00.");
            if (UntilDay is null) yield return ("times.untilDay", "Name the day on which it ends.");
            if (UntilTime is null) yield return ("times.untilTime", "Name the time at which it ends, for example 08:00.");
            if (FromDay is not null && FromDay == UntilDay && FromTime is not null && FromTime == UntilTime) yield return ("times.untilTime", "It would never end: beginning and end are the same. Name another end.");
        }
        else
        {
            if (From is null) yield return ("times.from", "Name the beginning, for example 2026-12-20T00:00.");
            if (Until is null) yield return ("times.until", "Name the end: a window without one would hold operations for ever.");
            if (From >= Until) yield return ("times.until", "The end is not after the beginning.");
        }
    }

    /// <summary>The occurrence that goes on at that moment, or null.</summary>
    public FreezeSpan? At(DateTimeOffset now) => Around(now).FirstOrDefault(s => s.From <= now && now < s.Until);

    /// <summary>The first occurrence that begins after that moment, or null.</summary>
    public FreezeSpan? Next(DateTimeOffset now) => Around(now).FirstOrDefault(s => s.From > now);

    /// <summary>True where nothing of it is to come.</summary>
    public bool IsOver(DateTimeOffset now) => !IsWeekly && At(now) is null && Next(now) is null;

    private IEnumerable<FreezeSpan> Around(DateTimeOffset now)
    {
        if (!TryZone(Zone, out var zone)) yield break;
        if (From is { } from && Until is { } until) yield return new FreezeSpan(Instant(from, zone, later: false), Instant(until, zone, later: true));
        if (FromDay is not { } fromDay || UntilDay is not { } untilDay || FromTime is not { } fromTime || UntilTime is not { } untilTime) yield break;
        var days = ((int)untilDay - (int)fromDay + DaysOfWeek) % DaysOfWeek;
        if (days == 0 && untilTime <= fromTime) days = DaysOfWeek;
        var today = TimeZoneInfo.ConvertTime(now, zone).DateTime.Date;
        var begin = today.AddDays(-(((int)today.DayOfWeek - (int)fromDay + DaysOfWeek) % DaysOfWeek));
        // It may have begun last week, and the next one may be a week off.
        for (var week = -1; week <= 2; week++)
        {
            var day = begin.AddDays(week * DaysOfWeek);
            yield return new FreezeSpan(Instant(day + fromTime.ToTimeSpan(), zone, later: false), Instant(day.AddDays(days) + untilTime.ToTimeSpan(), zone, later: true));
        }
    }

    /// <summary>When a clock on the wall shows that. An hour that is skipped counts as the moment of the change; of an hour that comes twice a beginning is the first one and an end the second.</summary>
    private static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone, bool later)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(local))
        {
            var first = local.AddTicks(-(local.Ticks % TimeSpan.TicksPerMinute));
            while (zone.IsInvalidTime(first)) first = first.AddMinutes(-1);
            // The last minute before the gap, and the moment after it.
            return new DateTimeOffset(first, zone.GetUtcOffset(first)).AddMinutes(1);
        }
        if (!zone.IsAmbiguousTime(local)) return new DateTimeOffset(local, zone.GetUtcOffset(local));
        var offsets = zone.GetAmbiguousTimeOffsets(local);
        return new DateTimeOffset(local, later ? offsets.Min() : offsets.Max());
    }

    private static bool TryZone(string name, out TimeZoneInfo zone)
    {
        zone = TimeZoneInfo.Utc;
        return name.Length is > 0 and <= 100 && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone!);
    }
}

/// <summary>From one moment to another.</summary>
/// <param name="From">The first moment in it.</param>
/// <param name="Until">The first moment after it.</param>
public sealed record FreezeSpan(DateTimeOffset From, DateTimeOffset Until);
