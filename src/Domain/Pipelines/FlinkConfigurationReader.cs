using System.Text.Json;

namespace Sluice.Domain.Pipelines;

/// <summary>Reads <c>flinkConfiguration</c>, which may be flat, nested or mixed; of two spellings of one key the later one counts, as with the operator.</summary>
internal static class FlinkConfigurationReader
{
    private const int Deepest = 32;

    public static IReadOnlyDictionary<string, JsonElement> Flatten(JsonElement configuration)
    {
        var flat = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (configuration.ValueKind == JsonValueKind.Object) Add(flat, "", configuration, 0);
        return flat;
    }

    private static void Add(Dictionary<string, JsonElement> flat, string prefix, JsonElement node, int depth)
    {
        foreach (var property in node.EnumerateObject())
        {
            var key = prefix.Length == 0 ? property.Name : prefix + "." + property.Name;
            if (property.Value.ValueKind == JsonValueKind.Object && depth < Deepest) Add(flat, key, property.Value, depth + 1);
            else if (property.Value.IsThere()) flat[key] = property.Value;
        }
    }
}
