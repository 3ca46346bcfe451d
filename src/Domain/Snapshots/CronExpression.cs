using System.Globalization;

namespace Sluice.Domain.Snapshots;

/// <summary>A timetable that cannot be read. The message names the field and what is allowed there.</summary>
public sealed class CronException(string message) : Exception(message);

/// <summary>
/// A cron expression of five fields: minute, hour, day of the month, month, day of the week. Lists, ranges, steps, names (JAN, MON), <c>L</c> for the month's last day, and <c>@hourly</c>,
/// <c>@daily</c>, <c>@weekly</c>, <c>@monthly</c>. Where both days are restricted, either is enough, as in cron.
/// In a zone with summer time, a time that is skipped falls on the end of the gap, and one that comes twice counts once; an expression for every hour (<c>*</c>) goes by the clock on the wall of both.
/// </summary>
public sealed class CronExpression
{
    private const int MostDays = 366 * 9;
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _days;
    private readonly ulong _months;
    private readonly ulong _weekdays;
    private readonly bool _lastDay;
    private readonly bool _anyDay;
    private readonly bool _anyWeekday;
    private readonly bool _everyHour;

    private CronExpression(string text)
    {
        Text = text.Trim();
        var fields = Expand(Text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            throw new CronException($"\"{Text}\" has {fields.Length} {(fields.Length == 1 ? "field" : "fields")} in place of five: minute, hour, day of the month, month, day of the week. Every night at two is \"0 2 * * *\".");
        _minutes = Field(fields[0], "minute", 0, 59, []);
        _hours = Field(fields[1], "hour", 0, 23, []);
        var days = fields[2].Split(',');
        _lastDay = days.Any(d => d is "L" or "l");
        var numbered = string.Join(',', days.Where(d => d is not ("L" or "l")));
        _days = numbered.Length == 0 ? 0 : Field(numbered, "day of the month", 1, 31, []);
        _months = Field(fields[3], "month", 1, 12, Months);
        var weekdays = Field(fields[4], "day of the week", 0, 7, Days);
        _weekdays = (weekdays & ~(1UL << 7)) | ((weekdays >> 7) & 1);
        _anyDay = fields[2].StartsWith('*');
        _anyWeekday = fields[4].StartsWith('*');
        _everyHour = fields[1].StartsWith('*');
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads an expression.</summary>
    /// <exception cref="CronException">It cannot be read, or never comes.</exception>
    public static CronExpression Parse(string text)
    {
        var expression = new CronExpression(text);
        if (expression.Next(new DateTimeOffset(2023, 12, 31, 0, 0, 0, TimeSpan.Zero), TimeZoneInfo.Utc) is null)
            throw new CronException($"\"{expression.Text}\" never comes: no such day exists in any year.");
        return expression;
    }

    /// <summary>The first time after the given one; null where there is none within nine years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        // From the day before: a clock that was put back can bring a time of that day after the given one.
        var day = TimeZoneInfo.ConvertTime(after, zone).Date.AddDays(-1);
        for (var i = 0; i < MostDays; i++, day = day.AddDays(1))
        {
            if (!On(day)) continue;
            DateTimeOffset? first = null;
            foreach (var at in TimesOf(day, zone))
                if (at > after && (first is null || at < first)) first = at;
            if (first is not null) return first;
        }
        return null;
    }

    /// <summary>The next times.</summary>
    public IEnumerable<DateTimeOffset> Following(DateTimeOffset after, TimeZoneInfo zone)
    {
        while (Next(after, zone) is { } next)
        {
            yield return next;
            after = next;
        }
    }

    /// <summary>The zone of a name such as <c>Europe/Berlin</c>; null or empty is UTC.</summary>
    /// <exception cref="CronException">There is no such zone.</exception>
    public static TimeZoneInfo Zone(string? name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Equals("UTC", StringComparison.OrdinalIgnoreCase)) return TimeZoneInfo.Utc;
        try
        {
            return TimeZoneInfo.FindSystemTimeZoneById(name);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException or System.Security.SecurityException)
        {
            throw new CronException($"\"{name}\" is no time zone that this machine knows. Write UTC, or a name such as Europe/Berlin.");
        }
    }

    private bool On(DateTime day)
    {
        if (!Has(_months, day.Month)) return false;
        var byMonth = Has(_days, day.Day) || (_lastDay && day.Day == DateTime.DaysInMonth(day.Year, day.Month));
        var byWeek = Has(_weekdays, (int)day.DayOfWeek);
        return _anyDay || _anyWeekday ? byMonth && byWeek : byMonth || byWeek;
    }

    private IEnumerable<DateTimeOffset> TimesOf(DateTime day, TimeZoneInfo zone)
    {
        for (var hour = 0; hour < 24; hour++)
        {
            if (!Has(_hours, hour)) continue;
            for (var minute = 0; minute < 60; minute++)
                if (Has(_minutes, minute))
                    foreach (var at in Instants(DateTime.SpecifyKind(day.AddHours(hour).AddMinutes(minute), DateTimeKind.Unspecified), zone))
                        yield return at;
        }
    }

    private IEnumerable<DateTimeOffset> Instants(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(local))
        {
            if (_everyHour) yield break;
            var end = local;
            while (zone.IsInvalidTime(end)) end = end.AddMinutes(1);
            yield return new DateTimeOffset(end, zone.GetUtcOffset(end)).ToUniversalTime();
        }
        else if (zone.IsAmbiguousTime(local))
        {
            var offsets = zone.GetAmbiguousTimeOffsets(local);
            yield return new DateTimeOffset(local, offsets.Max()).ToUniversalTime();
            if (_everyHour) yield return new DateTimeOffset(local, offsets.Min()).ToUniversalTime();
        }
        else
        {
            yield return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }
    }

    private static bool Has(ulong set, int value) => (set >> value & 1) == 1;

    private static string Expand(string text) => text.ToLowerInvariant() switch
    {
        "@hourly" => "0 * * * *",
        "@daily" or "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        _ => text,
    };

    private static ulong Field(string field, string name, int least, int most, string[] names)
    {
        ulong set = 0;
        foreach (var part in field.Split(','))
        {
            var slash = part.Split('/');
            var step = 1;
            if (slash.Length > 2 || (slash.Length == 2 && (!int.TryParse(slash[1], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1 || step > most)))
                throw Wrong(part, name, least, most, "a step is a whole number after one slash");
            var (from, to) = (least, most);
            if (slash[0] != "*")
            {
                var range = slash[0].Split('-');
                if (range.Length > 2) throw Wrong(part, name, least, most, "a range has one hyphen");
                from = Value(range[0], name, least, most, names);
                to = range.Length == 2 ? Value(range[1], name, least, most, names) : slash.Length == 2 ? most : from;
                if (to < from) throw Wrong(part, name, least, most, "the range ends before it begins");
            }
            for (var value = from; value <= to; value += step) set |= 1UL << value;
        }
        return set;
    }

    private static int Value(string text, string name, int least, int most, string[] names)
    {
        var named = Array.FindIndex(names, n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (named >= 0) return names.Length == 12 ? named + 1 : named;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Wrong(text, name, least, most, names.Length > 0 ? $"or a name, {names[0]} to {names[^1]}" : "with *, lists (1,2), ranges (1-5) and steps (*/15)");
    }

    private static CronException Wrong(string part, string name, int least, int most, string hint) =>
        new($"\"{part}\" does not fit the {name}: {least} to {most}, {hint}.");
}
