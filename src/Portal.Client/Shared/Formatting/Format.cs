using System.Globalization;

namespace Sluice.Portal.Client.Shared.Formatting;

/// <summary>How numbers, durations and times are written everywhere. A unit never breaks away from its number.</summary>
public static class Format
{
    /// <summary>Stands for a value that is not known; the reason goes into a title beside it. Never a zero.</summary>
    public const string Missing = "–";

    private const char Nbsp = '\u00a0';
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>For tables: <c>24s</c>, <c>5m 00s</c>, <c>1h 11m</c>, <c>9d 00h</c>. The browser's clock uses the same rule (<c>app.js</c>).</summary>
    public static string Compact(TimeSpan span)
    {
        if (span < TimeSpan.Zero) span = TimeSpan.Zero;
        return span switch
        {
            { TotalSeconds: < 60 } => string.Create(Invariant, $"{(int)span.TotalSeconds}s"),
            { TotalMinutes: < 60 } => string.Create(Invariant, $"{(int)span.TotalMinutes}m{Nbsp}{span.Seconds:00}s"),
            { TotalHours: < 24 } => string.Create(Invariant, $"{(int)span.TotalHours}h{Nbsp}{span.Minutes:00}m"),
            _ => string.Create(Invariant, $"{(int)span.TotalDays}d{Nbsp}{span.Hours:00}h"),
        };
    }

    /// <summary>For sentences: <c>0.4 s</c>, <c>24 s</c>, <c>5 min 0 s</c>, <c>1 h 11 min</c>, <c>9 d 0 h</c>.</summary>
    public static string Words(TimeSpan span)
    {
        if (span < TimeSpan.Zero) span = TimeSpan.Zero;
        return span switch
        {
            { TotalMilliseconds: < 950 } => string.Create(Invariant, $"{span.TotalSeconds:0.0}{Nbsp}s"),
            { TotalSeconds: < 60 } => string.Create(Invariant, $"{(int)Math.Max(1, span.TotalSeconds)}{Nbsp}s"),
            { TotalMinutes: < 60 } => string.Create(Invariant, $"{(int)span.TotalMinutes}{Nbsp}min{Nbsp}{span.Seconds}{Nbsp}s"),
            { TotalHours: < 24 } => string.Create(Invariant, $"{(int)span.TotalHours}{Nbsp}h{Nbsp}{span.Minutes}{Nbsp}min"),
            _ => string.Create(Invariant, $"{(int)span.TotalDays}{Nbsp}d{Nbsp}{span.Hours}{Nbsp}h"),
        };
    }

    /// <summary>Decimal units, three digits: <c>512 B</c>, <c>54.6 GB</c>.</summary>
    public static string Bytes(long bytes)
    {
        if (bytes < 0) return Missing;
        double value = bytes;
        var unit = 0;
        while (value >= 999.5 && unit < ByteUnits.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(Invariant, $"{Digits(value, unit == 0)}{Nbsp}{ByteUnits[unit]}");
    }

    /// <summary>With thousands separators: <c>20,148</c>.</summary>
    public static string Count(long value) => value.ToString("N0", Invariant);

    /// <summary>Large numbers, short: <c>948</c>, <c>34.7 k</c>, <c>112.5 M</c>.</summary>
    public static string Large(double value) => Math.Abs(value) switch
    {
        double.NaN or double.PositiveInfinity => Missing,
        < 999.5 => string.Create(Invariant, $"{value:0.#}"),
        < 999_500 => string.Create(Invariant, $"{value / 1e3:0.#}{Nbsp}k"),
        < 999_500_000 => string.Create(Invariant, $"{value / 1e6:0.#}{Nbsp}M"),
        _ => string.Create(Invariant, $"{value / 1e9:0.#}{Nbsp}G"),
    };

    /// <summary>The exact time, for hover and copies: <c>Thu 12 Nov 2026 03:12:40 UTC</c>.</summary>
    public static string Exact(DateTimeOffset at) => at.UtcDateTime.ToString("ddd d MMM yyyy HH:mm:ss 'UTC'", Invariant);

    /// <summary>Machine-readable, for <c>datetime</c> attributes.</summary>
    public static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", Invariant);

    /// <summary>The time of day on evidence: <c>03:37:05</c>, with the date where it is another day.</summary>
    public static string Clock(DateTimeOffset at, DateTimeOffset now) =>
        at.UtcDateTime.ToString(at.UtcDateTime.Date == now.UtcDateTime.Date ? "HH:mm:ss" : "d MMM HH:mm:ss", Invariant);

    /// <summary>An id cut in the middle: <c>7c1f04…fe18</c>.</summary>
    public static string CutMiddle(string text, int head = 6, int tail = 4) => text.Length <= head + tail + 1 ? text : $"{text[..head]}…{text[^tail..]}";

    /// <summary>An image without registry and path: <c>flink-beam:2.58</c>.</summary>
    public static string ShortImage(string image) => image[(image.LastIndexOf('/') + 1)..] is { Length: > 0 } name ? name : image;

    /// <summary>One or many: <c>1 pipeline</c>, <c>2,010 pipelines</c>.</summary>
    public static string Plural(long count, string one, string? many = null) => $"{Count(count)}{Nbsp}{(count == 1 ? one : many ?? one + "s")}";

    /// <summary>The operator's <c>v1_20</c> as people say it: <c>1.20</c>.</summary>
    public static string FlinkVersion(string version) => version.StartsWith('v') ? version[1..].Replace('_', '.') : version;

    private static string Digits(double value, bool whole) =>
        whole || value >= 99.95 ? value.ToString("0", Invariant) : value.ToString(value >= 9.995 ? "0.0" : "0.00", Invariant);
}
