using System.Text.Json.Nodes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>
/// What two pipelines of one program would both use at once outside of Flink, as far as their arguments and environment tell: consumer groups, transactional ids, sinks.
/// </summary>
internal static class SharedOutside
{
    private static readonly (string[] Words, string What, string Consequence)[] Kinds =
    [
        (["transactional", "txn-prefix", "txnprefix"], "transactional id", "each fences the other's transactions off, and both keep failing"),
        (["group"], "consumer group", "both read every record where Flink assigns the partitions, and overwrite each other's committed offsets; where the broker assigns them, each gets a part only"),
        (["sink", "output", "target", "destination", "table", "to-topic", "out-topic", "totopic", "outtopic"], "sink", "every result is written twice"),
    ];

    /// <summary>What a person should know; the last sentence always stands.</summary>
    public static IEnumerable<string> Between(JsonObject first, JsonObject second)
    {
        var theirs = Settings(first);
        var found = new List<string>();
        foreach (var (name, value) in Settings(second))
            if (value.Length > 0 && theirs.TryGetValue(name, out var same) && same == value && Kinds.FirstOrDefault(k => k.Words.Any(w => name.Contains(w, StringComparison.OrdinalIgnoreCase))) is { What: not null } kind)
                found.Add($"Both would use the {kind.What} {value} ({name}): {kind.Consequence}. Give the new one another by its manifest.");
        return found.Append($"Both pipelines read and write at once from then on.{(found.Count == 0 ? " Neither arguments nor environment name a consumer group, transactional id or sink; the program may have them built in, and then both use the same." : "")}");
    }

    private static Dictionary<string, string> Settings(JsonObject spec)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var arguments = (spec.Map("job").List("args") ?? []).Select(a => a.Text() ?? "").ToList();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith('-')) continue;
            var equals = arguments[i].IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) settings[arguments[i][..equals]] = arguments[i][(equals + 1)..];
            else if (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal)) settings[arguments[i]] = arguments[i + 1];
        }
        foreach (var template in new[] { spec.Map("podTemplate"), spec.Map("jobManager").Map("podTemplate"), spec.Map("taskManager").Map("podTemplate") })
            foreach (var variable in (template.Map("spec").List("containers") ?? []).SelectMany(c => c.List("env") ?? []))
                if (variable.Text("name") is { } name && variable.Text("value") is { } value) settings[name] = value;
        return settings;
    }
}
