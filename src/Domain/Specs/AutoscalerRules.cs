using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Specs;

/// <summary>The operator's rules for its autoscaler (28-30); they count only where the autoscaler is on.</summary>
internal static partial class AutoscalerRules
{
    private const string Prefix = "job.autoscaler.";
    private const string Old = "kubernetes.operator.job.autoscaler.";

    public static IReadOnlyList<SpecRule> All { get; } = [new("28", Ranges), new("29", ExcludedPeriods), new("30", Window)];

    private static IEnumerable<SpecProblem> Ranges(SpecContext c)
    {
        if (!IsOn(c, "enabled")) yield break;
        var target = Value(c, "utilization.target") is { } text && Number(text) is { } number ? number : 0.7;
        var ranges = new List<(string Key, double Low, double High, bool Checked)>
        {
            ("scale-down.max-factor", 0, double.MaxValue, true),
            ("scale-up.max-factor", 0, double.MaxValue, true),
            ("utilization.target", 0, 1, true),
            ("target.utilization.boundary", 0, double.MaxValue, true),
            ("utilization.max", target, 1, true),
            ("utilization.min", 0, target, true),
            ("memory.gc-pressure.threshold", 0, 1, true),
            ("memory.heap-usage.threshold", 0, 1, true),
            ("observed-scalability.coefficient-min", 0.01, 1, IsOn(c, "observed-scalability.enabled")),
            ("scaling.effectiveness.threshold", 0, 1, IsOn(c, "scaling.effectiveness.detection.enabled")),
            ("memory.tuning.overhead", 0, 1, IsOn(c, "memory.tuning.enabled")),
        };
        foreach (var (key, low, high, isChecked) in ranges)
        {
            if (!isChecked || Value(c, key) is not { } value) continue;
            var path = Path(c, key);
            if (Number(value) is not { } amount)
                yield return SpecContext.Refused("28", path, $"{Prefix}{key} is “{NameRules.Short(value)}”, which is no number.", "Write a number.", $"Invalid value in the autoscaler config {Prefix}{key}");
            else if (amount < low || amount > high)
                yield return SpecContext.Refused("28", path, $"{Prefix}{key} is {value}. It must be {(high == double.MaxValue ? Text(low) + " or more" : $"between {Text(low)} and {Text(high)}")}.", "Take a number in that range.",
                    $"The AutoScalerOption {Prefix}{key} is invalid, it should be a value within the range [{Text(low)}, {(high == double.MaxValue ? "Infinity" : Text(high))}]");
        }
    }

    private static IEnumerable<SpecProblem> ExcludedPeriods(SpecContext c)
    {
        if (!IsOn(c, "enabled") || Value(c, "excluded.periods") is not { } periods) yield break;
        foreach (var period in periods.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = period.Split("&&", StringSplitOptions.TrimEntries);
            var (daily, cron) = (parts.Count(IsDaily), parts.Count(IsCron));
            if (parts.Length <= 2 && daily + cron == parts.Length && (parts.Length == 1 || daily == 1)) continue;
            var why = daily + cron == parts.Length ? "joins two of one kind" : "is neither a time of day nor a cron expression";
            yield return SpecContext.Refused("29", Path(c, "excluded.periods"), $"“{NameRules.Short(period)}” in {Prefix}excluded.periods {why}.", "Write 22:00:00-23:00:00, a cron expression of six or seven fields (* * 9-11 * * ?), or one of each joined by &&.",
                $"Invalid value {NameRules.Short(period)} in the autoscaler config {Prefix}excluded.periods");
        }
    }

    private static IEnumerable<SpecProblem> Window(SpecContext c)
    {
        if (!IsOn(c, "enabled") || Value(c, "metrics.window") is not { } text) yield break;
        var interval = TimeSpan.FromSeconds(60);
        if (c.Option("kubernetes.operator.reconcile.interval") is { } own && FlinkUnits.TryDuration(own, out var configured)) interval = configured;
        if (!FlinkUnits.TryDuration(text, out var window))
            yield return SpecContext.Refused("30", Path(c, "metrics.window"), $"{Prefix}metrics.window is “{NameRules.Short(text)}”, which is no duration.", "Write for example 15 min.", $"Invalid value in the autoscaler config {Prefix}metrics.window");
        else if (window < interval)
            yield return SpecContext.Refused("30", Path(c, "metrics.window"), $"{Prefix}metrics.window is {text}, shorter than the operator's reconcile interval ({interval.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s).", "Take a longer window, 15 min is the default.",
                $"The autoscaler metric window ({text}) must not be smaller than the operator reconcile interval ({interval.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s)");
    }

    internal static bool IsDaily(string text)
    {
        var ends = text.Split('-', StringSplitOptions.TrimEntries);
        return ends.Length == 2 && ends.All(e => TimeOnly.TryParseExact(e, ["HH:mm:ss", "HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            && string.CompareOrdinal(ends[0], ends[1]) < 0;
    }

    internal static bool IsCron(string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return fields.Length is 6 or 7 && fields.All(f => CronField().IsMatch(f)) && fields.Count(f => f.Contains('?', StringComparison.Ordinal)) <= 1;
    }

    private static string? Value(SpecContext c, string key) => c.Option(Prefix + key) ?? c.Option(Old + key);

    private static bool IsOn(SpecContext c, string key) => string.Equals(Value(c, key), "true", StringComparison.OrdinalIgnoreCase);

    private static string Path(SpecContext c, string key) => c.OptionPath(c.Option(Prefix + key) is null && c.Option(Old + key) is not null ? Old + key : Prefix + key);

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(\?|[0-9A-Za-z*/,#LW-]+)\z")]
    private static partial Regex CronField();
}
