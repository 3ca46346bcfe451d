using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>Reading and writing JSON that people wrote: a part of another type is simply not there.</summary>
internal static class SpecJson
{
    public static JsonObject? Map(this JsonNode? node, string key) => node is JsonObject map ? map[key] as JsonObject : null;

    public static JsonArray? List(this JsonNode? node, string key) => node is JsonObject map ? map[key] as JsonArray : null;

    public static JsonNode? At(this JsonNode? node, string key) => node is JsonObject map ? map[key] : null;

    /// <summary>A string, number or bool as text; null for anything else.</summary>
    public static string? Text(this JsonNode? node) => node is not JsonValue value ? null : value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => value.ToJsonString(),
        _ => null,
    };

    public static string? Text(this JsonNode? node, string key) => node.At(key).Text();

    public static string Kind(this JsonNode? node) => node switch
    {
        null => "null",
        JsonObject => "a map",
        JsonArray => "a list",
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => "text",
            JsonValueKind.Number => value.ToJsonString().AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "a whole number" : "a number",
            _ => "true or false",
        },
        _ => "a value",
    };

    /// <summary>The value as it is shown in a message: short, with quotes round text.</summary>
    public static string Shown(this JsonNode? node)
    {
        var text = node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? "“" + value.GetValue<string>() + "”" : node?.ToJsonString() ?? "null";
        return text.Length <= 80 ? text : text[..77] + "…";
    }

    public static void Set(JsonObject root, IReadOnlyList<string> path, JsonNode? value)
    {
        var map = root;
        foreach (var key in path.Take(path.Count - 1))
        {
            if (map[key] is not JsonObject child) map[key] = child = [];
            map = child;
        }
        map[path[^1]] = value;
    }

    /// <summary>Removes a value, and the maps above it that it leaves empty.</summary>
    public static void Remove(JsonObject root, IReadOnlyList<string> path)
    {
        var maps = new List<JsonObject> { root };
        foreach (var key in path.Take(path.Count - 1))
        {
            if (maps[^1][key] is not JsonObject child) return;
            maps.Add(child);
        }
        if (!maps[^1].Remove(path[^1])) return;
        for (var i = maps.Count - 1; i > 0 && maps[i].Count == 0; i--) maps[i - 1].Remove(path[i - 1]);
    }

    /// <summary>Numbers by value (1 and 1.0 are one), everything else exactly.</summary>
    public static bool SameScalar(JsonNode? a, JsonNode? b)
    {
        if (a is JsonValue x && b is JsonValue y && x.GetValueKind() == JsonValueKind.Number && y.GetValueKind() == JsonValueKind.Number)
            return decimal.TryParse(x.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var m) && decimal.TryParse(y.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var n)
                ? m == n
                : x.ToJsonString() == y.ToJsonString();
        return JsonNode.DeepEquals(a, b);
    }
}
