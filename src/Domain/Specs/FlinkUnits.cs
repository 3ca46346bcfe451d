using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Specs;

/// <summary>Sizes, amounts and durations as Flink, the operator and Kubernetes read them.</summary>
public static partial class FlinkUnits
{
    /// <summary>Bytes of a Flink memory size: <c>1600m</c> and <c>2 gb</c> are binary; a number alone is bytes.</summary>
    public static bool TryMemorySize(string text, out long bytes)
    {
        bytes = 0;
        if (MemorySize().Match(text ?? "") is not { Success: true } match || !long.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        var shift = match.Groups[2].Value.ToUpperInvariant() switch
        {
            "" or "B" or "BYTES" => 0,
            "K" or "KB" or "KIBIBYTES" => 10,
            "M" or "MB" or "MEBIBYTES" => 20,
            "G" or "GB" or "GIBIBYTES" => 30,
            "T" or "TB" or "TEBIBYTES" => 40,
            _ => -1,
        };
        if (shift < 0 || number > long.MaxValue >> shift) return false;
        bytes = number << shift;
        return true;
    }

    /// <summary>A Kubernetes quantity: <c>2Gi</c>, <c>500m</c>, <c>1.5</c>, <c>1e3</c>.</summary>
    public static bool TryQuantity(string text, out decimal amount)
    {
        amount = 0;
        if (Quantity().Match(text ?? "") is not { Success: true } match || !decimal.TryParse(match.Groups[1].Value, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)) return false;
        try
        {
            amount = checked(number * Factor(match.Groups[2].Value));
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    /// <summary>Bytes of a memory value of a custom resource: Flink's reading first, Kubernetes' where that fails, as the operator does.</summary>
    public static bool TryMemory(string text, out long bytes)
    {
        if (TryMemorySize(text, out bytes)) return true;
        if (!TryQuantity(text, out var amount) || amount is < 0 or > long.MaxValue) return false;
        bytes = (long)Math.Ceiling(amount);
        return true;
    }

    /// <summary>A duration of Flink's configuration: <c>5 s</c>, <c>1 min</c>, <c>PT1M</c>; a number alone is milliseconds.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        var trimmed = (text ?? "").Trim();
        if (trimmed.StartsWith('P') || trimmed.StartsWith('p'))
        {
            try
            {
                duration = System.Xml.XmlConvert.ToTimeSpan(trimmed.ToUpperInvariant());
                return true;
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                return false;
            }
        }
        if (Duration().Match(trimmed) is not { Success: true } match || !long.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        double? ticks = match.Groups[2].Value.ToUpperInvariant() switch
        {
            "D" or "DAY" or "DAYS" => TimeSpan.TicksPerDay,
            "H" or "HOUR" or "HOURS" => TimeSpan.TicksPerHour,
            "M" or "MIN" or "MINUTE" or "MINUTES" => TimeSpan.TicksPerMinute,
            "S" or "SEC" or "SECOND" or "SECONDS" => TimeSpan.TicksPerSecond,
            "" or "MS" or "MILLI" or "MILLIS" or "MILLISECOND" or "MILLISECONDS" => TimeSpan.TicksPerMillisecond,
            "µS" or "ΜS" or "MICRO" or "MICROS" or "MICROSECOND" or "MICROSECONDS" => 10,
            "NS" or "NANO" or "NANOS" or "NANOSECOND" or "NANOSECONDS" => 0.01,
            _ => null,
        };
        if (ticks is null || number * ticks.Value >= long.MaxValue) return false;
        duration = TimeSpan.FromTicks((long)(number * ticks.Value));
        return true;
    }

    private static decimal Factor(string suffix) => suffix switch
    {
        "" => 1m,
        "n" => 0.000000001m,
        "u" => 0.000001m,
        "m" => 0.001m,
        "k" => 1_000m,
        "M" => 1_000_000m,
        "G" => 1_000_000_000m,
        "T" => 1_000_000_000_000m,
        "P" => 1_000_000_000_000_000m,
        "E" => 1_000_000_000_000_000_000m,
        "Ki" => 1L << 10,
        "Mi" => 1L << 20,
        "Gi" => 1L << 30,
        "Ti" => 1L << 40,
        "Pi" => 1L << 50,
        "Ei" => 1L << 60,
        _ => (decimal)Math.Pow(10, int.Parse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
    };

    [GeneratedRegex(@"^\s*([0-9]{1,19})\s*([A-Za-z]*)\s*$")]
    private static partial Regex MemorySize();

    [GeneratedRegex(@"^([-+]?(?:[0-9]{1,25}(?:\.[0-9]{0,25})?|\.[0-9]{1,25}))([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,2})?$")]
    private static partial Regex Quantity();

    [GeneratedRegex(@"^([0-9]{1,19})\s*([A-Za-zµμ]*)$")]
    private static partial Regex Duration();
}
