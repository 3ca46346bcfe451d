using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>
/// <c>spec.flinkConfiguration</c> as the operator reads it: flat, nested or mixed; numbers and booleans are text; lists are joined by semicolons;
/// of two spellings of one key the later counts.
/// </summary>
public static class FlinkConfiguration
{
    /// <summary>Options with more than one name: the new one first.</summary>
    private static readonly string[][] Names =
    [
        ["execution.checkpointing.dir", "state.checkpoints.dir"],
        ["execution.checkpointing.savepoint-dir", "state.savepoints.dir"],
        ["high-availability.type", "high-availability"],
        ["state.backend.type", "state.backend"],
        ["execution.checkpointing.max-retained-checkpoints", "state.checkpoints.num-retained"],
        ["execution.checkpointing.incremental", "state.backend.incremental"],
        ["job.autoscaler.utilization.target", "job.autoscaler.target.utilization"],
        ["job.autoscaler.scale-down.interval", "job.autoscaler.scale-up.grace-period"],
    ];

    private static readonly Dictionary<string, string[]> ByName = Names.SelectMany(n => n.Select(k => (k, n))).ToDictionary(e => e.k, e => e.n, StringComparer.Ordinal);

    /// <summary>All options of a <c>flinkConfiguration</c> by flat key. A value null stands for an option that is written as null.</summary>
    public static IReadOnlyDictionary<string, string?> Flatten(JsonNode? configuration)
    {
        var flat = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (configuration is JsonObject map) Add(flat, "", map);
        return flat;
    }

    /// <summary>The options of a manifest.</summary>
    public static IReadOnlyDictionary<string, string?> Of(JsonObject manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return Flatten(manifest.Map("spec").At("flinkConfiguration"));
    }

    /// <summary>The canonical form that Sluice writes: flat keys, every value a string.</summary>
    public static JsonObject ToJson(IEnumerable<KeyValuePair<string, string?>> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new JsonObject(options.Where(o => o.Value is not null).Select(o => KeyValuePair.Create(o.Key, (JsonNode?)JsonValue.Create(o.Value))));
    }

    /// <summary>All names of an option, the newest first.</summary>
    public static IReadOnlyList<string> NamesOf(string option) => ByName.TryGetValue(option, out var names) ? names : [option];

    /// <summary>The value of an option under any of its names, or null; blank counts as not set.</summary>
    public static string? Get(IReadOnlyDictionary<string, string?> options, string option)
    {
        ArgumentNullException.ThrowIfNull(options);
        return NamesOf(option).Select(name => options.GetValueOrDefault(name)).FirstOrDefault(v => !string.IsNullOrWhiteSpace(v));
    }

    /// <summary>The name under which an option is written, or its newest name where it is not.</summary>
    public static string WrittenName(IReadOnlyDictionary<string, string?> options, string option)
    {
        ArgumentNullException.ThrowIfNull(options);
        var names = NamesOf(option);
        return names.FirstOrDefault(options.ContainsKey) ?? names[0];
    }

    /// <summary>The keys, outermost first, under which a flat option stands in a flat, nested or mixed map; null where it does not.</summary>
    internal static IReadOnlyList<string>? Locate(JsonObject? configuration, string option)
    {
        IReadOnlyList<string>? found = null;
        if (configuration is null) return null;
        foreach (var (key, value) in configuration)
        {
            if (key == option && value is not JsonObject) found = [key];
            else if (value is JsonObject child && option.StartsWith(key + ".", StringComparison.Ordinal) && Locate(child, option[(key.Length + 1)..]) is { } below) found = [key, .. below];
        }
        return found;
    }

    private static void Add(Dictionary<string, string?> flat, string prefix, JsonObject map)
    {
        foreach (var (key, value) in map)
        {
            var name = prefix + key;
            if (value is JsonObject child) Add(flat, name + ".", child);
            else if (value is JsonArray list) flat[name] = string.Join(';', list.Select(i => i.Text() ?? i?.ToJsonString() ?? ""));
            else flat[name] = value.Text();
        }
    }
}
