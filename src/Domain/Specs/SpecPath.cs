using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>
/// Paths into a manifest, written as Kubernetes writes them: <c>spec.podTemplate.spec.containers[0].name</c>; a key that holds a dot or another special
/// character stands in brackets: <c>spec.flinkConfiguration[taskmanager.numberOfTaskSlots]</c>, in quotes too where brackets alone could be misread.
/// </summary>
public static class SpecPath
{
    /// <summary>The path of the whole manifest.</summary>
    public const string Root = "";

    /// <summary>The path of a key of the map at <paramref name="parent"/>.</summary>
    public static string Key(string parent, string key)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(key);
        if (IsSimple(key)) return parent.Length == 0 ? key : parent + "." + key;
        return IsBracketable(key) ? $"{parent}[{key}]" : $"{parent}[{JsonSerializer.Serialize(key)}]";
    }

    /// <summary>The path of an element of the list at <paramref name="parent"/>.</summary>
    public static string Index(string parent, int index) => string.Create(CultureInfo.InvariantCulture, $"{parent}[{index}]");

    /// <summary>The path of nested keys from the root.</summary>
    public static string Of(params IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return keys.Aggregate(Root, Key);
    }

    /// <summary>The path of a Flink option inside <c>spec.flinkConfiguration</c>, in flat form.</summary>
    public static string Flink(string option) => Key("spec.flinkConfiguration", option);

    /// <summary>The keys (strings) and positions (numbers) of a path. A path that is not well-formed gives the part that is.</summary>
    public static IReadOnlyList<object> Split(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var parts = new List<object>();
        var i = 0;
        while (i < path.Length)
        {
            if (path[i] == '[')
            {
                var end = BracketEnd(path, i);
                if (end < 0) break;
                parts.Add(Unbracket(path[(i + 1)..end]));
                i = end + 1;
                continue;
            }
            if (path[i] == '.') i++;
            var stop = path.AsSpan(i).IndexOfAny('.', '[');
            var key = stop < 0 ? path[i..] : path.Substring(i, stop);
            if (key.Length > 0) parts.Add(key);
            i += key.Length;
            if (key.Length == 0 && (i >= path.Length || path[i] == '.')) i++;
        }
        return parts;
    }

    /// <summary>The path one level up; the root's parent is the root.</summary>
    public static string Parent(string path)
    {
        var parts = Split(path);
        return Join(parts.Take(parts.Count - 1));
    }

    /// <summary>The node at a path, or null where there is none.</summary>
    public static JsonNode? Find(JsonNode? root, string path)
    {
        foreach (var part in Split(path))
        {
            root = (root, part) switch
            {
                (JsonObject map, string key) => map[key],
                (JsonArray list, int index) when index < list.Count => list[index],
                _ => null,
            };
            if (root is null) return null;
        }
        return root;
    }

    internal static string Join(IEnumerable<object> parts)
    {
        var path = Root;
        foreach (var part in parts) path = part is int index ? Index(path, index) : Key(path, (string)part);
        return path;
    }

    private static bool IsSimple(string key) => key.Length > 0 && key.AsSpan().IndexOfAnyExcept(Simple) < 0 && !key.All(char.IsAsciiDigit);

    private static bool IsBracketable(string key) => key.Length > 0 && !key.AsSpan().ContainsAny('[', ']', '"') && !key.Any(char.IsControl) && !key.All(char.IsAsciiDigit);

    private static int BracketEnd(string path, int start)
    {
        if (start + 1 >= path.Length || path[start + 1] != '"') return path.IndexOf(']', start);
        for (var i = start + 2; i < path.Length; i++)
        {
            if (path[i] == '\\') i++;
            else if (path[i] == '"') return i + 1 < path.Length && path[i + 1] == ']' ? i + 1 : -1;
        }
        return -1;
    }

    private static object Unbracket(string inside)
    {
        if (int.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out var index)) return index;
        if (!inside.StartsWith('"')) return inside;
        try
        {
            return JsonSerializer.Deserialize<string>(inside) ?? inside;
        }
        catch (JsonException)
        {
            return inside; // written by a server in another way: the text itself is the best key
        }
    }

    private static readonly System.Buffers.SearchValues<char> Simple =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$");
}
