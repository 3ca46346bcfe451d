using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>Merge patches (RFC 7386) and JSON patches (RFC 6902).</summary>
internal static class Patches
{
    private const string Vague = "the server rejected our request due to an error in our request";

    public static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target as JsonObject ?? [];
        foreach (var (key, value) in changes)
        {
            if (value is null) result.Remove(key);
            else
            {
                var old = result[key];
                result.Remove(key);
                result[key] = Merge(old, value);
            }
        }
        return result;
    }

    public static JsonNode? Apply(JsonNode? document, JsonArray operations)
    {
        if (operations.Count > 10_000) throw new ApiException(413, "RequestEntityTooLarge", "The allowed maximum operations in a JSON patch is 10000");
        foreach (var operation in operations) document = Step(document, operation as JsonObject ?? throw Reject());
        return document;
    }

    private static JsonNode? Step(JsonNode? document, JsonObject operation)
    {
        var path = Pointer(operation["path"]?.GetValue<string>());
        switch (operation["op"]?.GetValue<string>())
        {
            case "test":
                if (!JsonNode.DeepEquals(Get(document, path), operation["value"])) throw Reject();
                return document;
            case "add":
                return Add(document, path, operation["value"]?.DeepClone());
            case "replace":
                Get(document, path);
                return path.Length == 0 ? operation["value"]?.DeepClone() : Add(Remove(document, path), path, operation["value"]?.DeepClone());
            case "remove":
                return Remove(document, path);
            case "move":
                var from = Pointer(operation["from"]?.GetValue<string>());
                var moved = Get(document, from)?.DeepClone();
                return Add(Remove(document, from), path, moved);
            case "copy":
                return Add(document, path, Get(document, Pointer(operation["from"]?.GetValue<string>()))?.DeepClone());
            default:
                throw Reject();
        }
    }

    private static string[] Pointer(string? text)
    {
        if (text is null) throw Reject();
        if (text.Length == 0) return [];
        if (text[0] != '/') throw Reject();
        return [.. text[1..].Split('/').Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    private static JsonNode? Get(JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var step in path)
            node = node switch
            {
                JsonObject map when map.TryGetPropertyValue(step, out var value) => value,
                JsonArray list when Index(step, list.Count - 1) is { } index => list[index],
                _ => throw Reject(),
            };
        return node;
    }

    private static JsonNode? Add(JsonNode? document, string[] path, JsonNode? value)
    {
        if (path.Length == 0) return value;
        switch (Get(document, path.AsSpan(0, path.Length - 1)))
        {
            case JsonObject map:
                map[path[^1]] = value;
                break;
            case JsonArray list when path[^1] == "-":
                list.Add(value);
                break;
            case JsonArray list when Index(path[^1], list.Count) is { } index:
                list.Insert(index, value);
                break;
            default:
                throw Reject();
        }
        return document;
    }

    private static JsonNode? Remove(JsonNode? document, string[] path)
    {
        if (path.Length == 0) return null;
        switch (Get(document, path.AsSpan(0, path.Length - 1)))
        {
            case JsonObject map when map.Remove(path[^1]):
                break;
            case JsonArray list when Index(path[^1], list.Count - 1) is { } index:
                list.RemoveAt(index);
                break;
            default:
                throw Reject();
        }
        return document;
    }

    private static int? Index(string step, int max) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= max ? index : null;

    private static ApiException Reject() => new(422, "Invalid", Vague);
}
