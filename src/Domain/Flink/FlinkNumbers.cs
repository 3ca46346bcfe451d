using System.Globalization;

namespace Sluice.Domain.Flink;

/// <summary>What Flink's number texts mean.</summary>
internal static class FlinkNumbers
{
    /// <summary>A metric's number; null for NaN, infinity, n/a, the watermarks that mean none, and -1 where -1 means unknown.</summary>
    public static double? Metric(string name, string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? Metric(name, value) : null;

    /// <summary>As <see cref="Metric(string, string?)"/>, for a number.</summary>
    public static double? Metric(string name, double value)
    {
        if (!double.IsFinite(value) || value is <= long.MinValue or >= long.MaxValue) return null;
        return value == -1 && !MinusOneIsAValue(name) ? null : value;
    }

    // Only these can be negative; every other gauge and counter says -1 for "unknown" or "not yet".
    private static bool MinusOneIsAValue(string name) =>
        name.EndsWith("Watermark", StringComparison.Ordinal) || name.EndsWith("Drift", StringComparison.Ordinal);
}
