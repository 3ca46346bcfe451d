using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>Whether a state fits the spec that is to read it, as far as that can be told from outside the program.</summary>
internal static class StateFit
{
    private const string MaxParallelism = "pipeline.max-parallelism";
    private static readonly string[] ProgramFields = ["jarURI", "entryClass", "args"];

    /// <summary>Keyed state is cut into a fixed number of key groups: no operator can run with more subtasks than that, and a program that sets another number is refused.</summary>
    public static StateCheck KeyGroups(FlinkObject? seen, JsonObject after, JobFacts facts, StateSource source)
    {
        const string what = "The state's max parallelism allows the new parallelism";
        if (facts.KeyGroups is not var (least, most)) return new(what, CheckResult.Unknown, $"The state's max parallelism is known from a running job only{(facts.Problem is { Length: > 0 } problem ? $", and {problem.TrimEnd('.')}" : "")}.");
        var options = FlinkConfiguration.Flatten(after["flinkConfiguration"]);
        var groups = least == most ? $"{most}" : string.Create(CultureInfo.InvariantCulture, $"{least} to {most}");
        // Of an older snapshot the job of now tells nothing for sure.
        var fails = source == StateSource.Chosen ? CheckResult.Unknown : CheckResult.Fails;
        var holds = source == StateSource.Chosen ? CheckResult.Unknown : CheckResult.Holds;
        var more = source == StateSource.Chosen ? " That is the job of now; the chosen snapshot may have another." : "";
        var had = seen is null ? null : FlinkConfiguration.Flatten(seen.Spec["flinkConfiguration"]).GetValueOrDefault(MaxParallelism);
        if (options.GetValueOrDefault(MaxParallelism) is { } set && set != had && int.TryParse(set, CultureInfo.InvariantCulture, out var wanted) && (wanted != most || wanted != least))
            return new(what, fails, $"{MaxParallelism} becomes {set}, the state has {groups}: Flink refuses to restore it.{more}");
        if (Parallelism(after) is not { } parallelism) return new(what, CheckResult.Unknown, $"The state has {groups}; the spec does not tell the parallelism.");
        return parallelism > most ? new(what, fails, $"{parallelism} subtasks are asked for, the state has {groups}: Flink refuses to restore it.{more}")
            : parallelism > least ? new(what, CheckResult.Unknown, $"{parallelism} subtasks are asked for; some operators have only {least}. It fits where the program gives those a parallelism of their own.{more}")
            : new(what, holds, $"{parallelism} of {groups}.{more}");
    }

    /// <summary>Whether each operator with state finds it again only the program knows.</summary>
    public static StateCheck Program(FlinkObject? seen, JsonObject after, StateSource source, bool allowNonRestored)
    {
        const string what = "The operators find their state again";
        if (seen is null) return new(what, CheckResult.Unknown, "Shows when the job starts.");
        var before = DeployedSpec.Of(seen);
        string[] changed =
        [
            .. JsonNode.DeepEquals(before["image"], after["image"]) ? Array.Empty<string>() : ["image"],
            .. ProgramFields.Where(f => !Same(before["job"]?[f], after["job"]?[f])),
        ];
        var dropped = allowNonRestored || after["job"]?["allowNonRestoredState"]?.ToString() == "true" ? " State without an operator is dropped: allowNonRestoredState is on." : "";
        if (changed.Length > 0) return new(what, CheckResult.Unknown, $"{string.Join(", ", changed)} {(changed.Length == 1 ? "changes" : "change")}: whether every operator keeps its uid and can read its state shows when the job starts.{dropped}");
        return source == StateSource.Chosen
            ? new(what, CheckResult.Unknown, $"The program stays the same; with which one the chosen snapshot was taken is not known.{dropped}")
            : new(what, CheckResult.Holds, $"Image, jar, entry class and arguments stay the same.{dropped}");
    }

    /// <summary>A newer Flink reads the state of an older one, not the other way round. Null where the version stays.</summary>
    public static StateCheck? Version(FlinkObject? seen, JsonObject after)
    {
        const string what = "The Flink version can read the state";
        var (was, now) = (seen?.Spec.Text("flinkVersion"), after.Text("flinkVersion"));
        if (was is null || now is null || was == now) return null;
        return Number(now) < Number(was)
            ? new(what, CheckResult.Unknown, $"{was} → {now}: an older Flink is not made to read what a newer one wrote.")
            : new(what, CheckResult.Holds, $"{was} → {now}: a newer Flink reads the savepoints of an older one.");
    }

    private static int Number(string version) => version.TrimStart('v').Split('_') is [var major, var minor] && int.TryParse(major, CultureInfo.InvariantCulture, out var a) && int.TryParse(minor, CultureInfo.InvariantCulture, out var b) ? (a * 1000) + b : 0;

    private static bool Same(JsonNode? a, JsonNode? b) => JsonNode.DeepEquals(a, b) || (a is null or JsonArray { Count: 0 } && b is null or JsonArray { Count: 0 });

    private static int? Parallelism(JsonObject spec)
    {
        var size = JobSize.Of(spec);
        return size.Overrides.Values.Append(size.Parallelism ?? 0).Max() is > 0 and var most ? most : null;
    }
}
