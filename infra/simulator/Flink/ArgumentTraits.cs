using System.Globalization;
using Sluice.Simulator.Core;
using Sluice.Simulator.Operator;

namespace Sluice.Simulator.Flink;

/// <summary>What a job's own arguments say about how it will behave.</summary>
internal static class ArgumentTraits
{
    private static readonly string[] Numeric = ["--rate", "--keys", "--fail-at", "--partitions", "--work-us", "--checkpointingInterval", "--hot-percent"];

    /// <summary>A job that nobody described gets an ordinary life of its own.</summary>
    public static JobTraits Guess(Seeds seeds, string ns, string name) => new()
    {
        Rate = Math.Round(80 + 4000 * Math.Pow(seeds.Unit(ns, name, "rate"), 2)),
        StateBytes = (long)(4e6 + 4e8 * Math.Pow(seeds.Unit(ns, name, "state"), 3)),
        Partitions = 4 << seeds.Int(4, ns, name, "partitions"),
    };

    public static JobTraits Read(JobTraits traits, SpecView view)
    {
        var args = view.Args;
        for (var i = 0; i < args.Count; i++)
        {
            var (key, value) = args[i].Split('=', 2) is [var k, var v] ? (k, v) : (args[i], i + 1 < args.Count ? args[i + 1] : "");
            if (key == "--fail")
            {
                var words = $"this version cannot start: {value}";
                traits = value == "main" ? traits with { MainThrows = words, FailureClass = "java.lang.IllegalStateException" }
                    : traits with { FailsAfter = TimeSpan.Zero, FailureMessage = words };
                continue;
            }
            if (!Numeric.Contains(key)) continue;
            if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                return traits with { MainThrows = $"For input string: \"{value}\"", FailureClass = "java.lang.NumberFormatException" };
            traits = key switch
            {
                "--rate" => traits with { Rate = number, Swing = 0 },
                "--partitions" => traits with { Partitions = (int)number },
                "--fail-at" => traits with { FailsAfter = TimeSpan.FromSeconds(Math.Max(2, number / Math.Max(1, traits.Rate))), FailureMessage = $"order {value} has no customer" },
                "--work-us" => traits with { Slowness = Math.Max(1, number / 40) },
                _ => traits,
            };
        }
        return traits;
    }

    /// <summary>Main classes and jars that are not in the image.</summary>
    public static bool CannotStart(SpecView view) =>
        view.EntryClass.EndsWith(".Nothing", StringComparison.Ordinal) || Missing(view.EntryClass) || Missing(view.JobText("jarURI") ?? "");

    /// <summary>Images that no registry has.</summary>
    public static bool ImageMissing(SpecView view) =>
        view.Image.EndsWith(":none", StringComparison.Ordinal) || Missing(view.Image);

    private static bool Missing(string text) =>
        text.Contains("missing", StringComparison.OrdinalIgnoreCase) || text.Contains("does-not-exist", StringComparison.OrdinalIgnoreCase)
        || text.Contains("DoesNotExist", StringComparison.Ordinal) || text.Contains("NoSuch", StringComparison.Ordinal) || text.Contains("no-such", StringComparison.OrdinalIgnoreCase);
}
