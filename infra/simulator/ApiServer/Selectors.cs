using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sluice.Simulator.ApiServer;

/// <summary>What a list or a watch is limited to: a namespace, labels and a few fields.</summary>
internal sealed partial class Selector
{
    private readonly string _namespace;
    private readonly List<Func<StoredObject, bool>> _tests = [];

    public Selector(ResourceType type, string ns, string? labels, string? fields)
    {
        _namespace = ns;
        foreach (var part in Split(labels)) _tests.Add(Label(part));
        foreach (var part in (fields ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) _tests.Add(Field(type, part));
        IsEmpty = _tests.Count == 0;
    }

    public bool IsEmpty { get; }

    public bool Matches(StoredObject found)
    {
        if (_namespace.Length > 0 && found.Namespace != _namespace) return false;
        foreach (var test in _tests)
            if (!test(found)) return false;
        return true;
    }

    private static Func<StoredObject, bool> Label(string part)
    {
        if (SetBased().Match(part) is { Success: true } set)
        {
            var (key, values) = (set.Groups[1].Value, set.Groups[3].Value.Split(',', StringSplitOptions.TrimEntries));
            return set.Groups[2].Value == "in"
                ? o => o.Labels.TryGetValue(key, out var v) && values.Contains(v)
                : o => !o.Labels.TryGetValue(key, out var v) || !values.Contains(v);
        }
        if (Equality().Match(part) is { Success: true } equal)
        {
            var (key, value) = (equal.Groups[1].Value, equal.Groups[3].Value);
            return equal.Groups[2].Value == "!="
                ? o => !o.Labels.TryGetValue(key, out var v) || v != value
                : o => o.Labels.TryGetValue(key, out var v) && v == value;
        }
        if (Existence().Match(part) is { Success: true } exists)
        {
            var key = exists.Groups[2].Value;
            return exists.Groups[1].Length > 0 ? o => !o.Labels.ContainsKey(key) : o => o.Labels.ContainsKey(key);
        }
        throw ApiException.BadRequest($"unable to parse requirement: invalid label selector \"{part}\"");
    }

    private static Func<StoredObject, bool> Field(ResourceType type, string part)
    {
        var not = part.Contains("!=", StringComparison.Ordinal);
        var pair = part.Split(not ? "!=" : part.Contains("==", StringComparison.Ordinal) ? "==" : "=", 2);
        if (pair.Length != 2) throw ApiException.BadRequest($"invalid selector: '{part}'; can't understand '{part}'");
        var (path, value) = (pair[0], pair[1]);
        if (path == "metadata.name") return o => o.Name == value != not;
        if (path == "metadata.namespace") return o => o.Namespace == value != not;
        if (!Supported(type, path)) throw ApiException.BadRequest($"Unable to find \"{type.ApiVersion}, Resource={type.Plural}\" that match label selector \"\", field selector \"{part}\": field label not supported: {path}");
        var steps = path.Split('.');
        return o => (Read(o.ToNode(), steps) ?? "") == value != not;
    }

    private static bool Supported(ResourceType type, string path) => type.Plural switch
    {
        "events" => path.StartsWith("involvedObject.", StringComparison.Ordinal) || path is "reason" or "type" or "source",
        "pods" => path is "status.phase" or "spec.nodeName" or "status.podIP" or "spec.restartPolicy",
        "namespaces" => path == "status.phase",
        _ => false,
    };

    private static string? Read(JsonNode? node, string[] steps)
    {
        foreach (var step in steps) node = node is JsonObject map ? map[step] : null;
        return node?.ToString();
    }

    /// <summary>Splits at commas outside of parentheses.</summary>
    private static IEnumerable<string> Split(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) yield break;
        var (depth, start) = (0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
            else if (text[i] == '(') depth++;
            else if (text[i] == ')') depth--;
        }
    }

    [GeneratedRegex(@"^([A-Za-z0-9._/-]+)\s+(in|notin)\s*\(([^()]*)\)$")]
    private static partial Regex SetBased();

    [GeneratedRegex(@"^([A-Za-z0-9._/-]+)\s*(==|=|!=)\s*([A-Za-z0-9._-]*)$")]
    private static partial Regex Equality();

    [GeneratedRegex(@"^(!?)\s*([A-Za-z0-9._/-]+)$")]
    private static partial Regex Existence();
}
