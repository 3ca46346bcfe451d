using System.Diagnostics;
using System.Globalization;

namespace Sluice.Bench;

/// <summary>Small statistics, and clocks.</summary>
internal static class Numbers
{
    /// <summary>The value below which a part of the samples lies.</summary>
    public static double Percentile(IEnumerable<double> samples, double part)
    {
        double[] sorted = [.. samples.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>The middle one.</summary>
    public static double Median(IEnumerable<double> samples) => Percentile(samples, 0.5);

    /// <summary>The median of five, in milliseconds, after a first that does not count.</summary>
    public static double Time(Action work)
    {
        work();
        return Median(Enumerable.Range(0, 5).Select(_ =>
        {
            var clock = Stopwatch.StartNew();
            work();
            return clock.Elapsed.TotalMilliseconds;
        }).ToArray());
    }

    /// <summary>Bytes that stay on the heap with what is made.</summary>
    public static double Retained<T>(Func<T> make)
    {
        var before = GC.GetTotalMemory(true);
        var made = make();
        var after = GC.GetTotalMemory(true);
        GC.KeepAlive(made);
        return after - before;
    }

    /// <summary>Three digits that matter.</summary>
    public static string Short(double value) => double.IsNaN(value) ? "-"
        : Math.Abs(value) >= 100 ? value.ToString("#,0", CultureInfo.InvariantCulture)
        : Math.Abs(value) >= 1 ? value.ToString("0.#", CultureInfo.InvariantCulture)
        : value.ToString("0.###", CultureInfo.InvariantCulture);
}
