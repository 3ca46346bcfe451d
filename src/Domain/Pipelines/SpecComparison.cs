using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Pipelines;

/// <summary>One value that differs between two specs.</summary>
/// <param name="Path">Where, for example <c>job.parallelism</c> or <c>flinkConfiguration.state.savepoints.dir</c>.</param>
/// <param name="Desired">As the revision says it; null where it says nothing.</param>
/// <param name="Actual">As the cluster says it; null where it says nothing.</param>
public sealed record SpecDifference(string Path, string? Desired, string? Actual);

/// <summary>
/// Compares specs by what they mean: the order of fields, nulls, empty maps, the spelling of <c>flinkConfiguration</c> (flat or nested) and of numbers make no difference,
/// nor does what operators fill in by themselves.
/// </summary>
public static class SpecComparison
{
    private const string Configuration = "flinkConfiguration";

    /// <summary>Operations change these for a while; they say what is being done, not what was designed.</summary>
    private static readonly HashSet<string> Momentary = new(StringComparer.Ordinal)
    {
        "job.state", "job.savepointTriggerNonce", "job.checkpointTriggerNonce", "restartNonce", "job.savepointRedeployNonce", "job.initialSavepointPath",
    };

    /// <summary>All differences, by path.</summary>
    public static IReadOnlyList<SpecDifference> Compare(JsonObject? desired, JsonObject? actual)
    {
        var (want, have) = (Flatten(desired), Flatten(actual));
        var differences = new List<SpecDifference>();
        foreach (var (path, value) in want)
            if (!Momentary.Contains(path) && have.GetValueOrDefault(path) is var other && other != value) differences.Add(new SpecDifference(path, value, other));
        foreach (var (path, value) in have)
            if (!Momentary.Contains(path) && !want.ContainsKey(path) && !FilledIn(path, value)) differences.Add(new SpecDifference(path, null, value));
        differences.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return differences;
    }

    /// <summary>What the webhook of an operator writes into a spec that leaves it out.</summary>
    private static bool FilledIn(string path, string value) =>
        (path == "jobManager.replicas" && value == "1")
        || (path.EndsWith("podTemplate.apiVersion", StringComparison.Ordinal) && value == "v1")
        || (path.EndsWith("podTemplate.kind", StringComparison.Ordinal) && value == "Pod");

    private static Dictionary<string, string> Flatten(JsonObject? spec)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        if (spec is null) return flat;
        foreach (var (name, value) in spec) Add(flat, name, value, name == Configuration);
        return flat;
    }

    private static void Add(Dictionary<string, string> flat, string path, JsonNode? node, bool configuration)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map) Add(flat, path + "." + name, value, configuration);
                break;
            case JsonArray list when configuration:
                // The operator joins lists in the configuration.
                flat[path] = string.Join(';', list.Select(Text));
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++) Add(flat, $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]", list[i], configuration);
                break;
            case JsonValue value:
                flat[path] = Text(value);
                break;
        }
    }

    private static string Text(JsonNode? node)
    {
        if (node is null) return "";
        if (node.GetValueKind() == JsonValueKind.String) return node.GetValue<string>();
        var text = node.ToJsonString();
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number.ToString("0.############################", CultureInfo.InvariantCulture) : text;
    }
}
