using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Specs;

/// <summary>Checks against a CRD's structural schema, as an API server with strict field validation does.</summary>
internal static class SchemaValidator
{
    private const int MaxErrors = 100;
    private static readonly string[] TopLevel = ["apiVersion", "kind", "metadata"];

    public static IReadOnlyList<SpecProblem> Validate(JsonObject manifest, JsonObject schema)
    {
        var problems = new List<SpecProblem>();
        foreach (var (key, value) in manifest)
        {
            // The status is the operator's; the API server ignores what is sent in it.
            if (TopLevel.Contains(key) || key == "status") continue;
            if (schema.Map("properties").Map(key) is { } part) Node(problems, key, value, part);
            else problems.Add(Unknown(key, key, schema.Map("properties")?.Select(p => p.Key) ?? []));
        }
        return problems;
    }

    private static void Node(List<SpecProblem> problems, string path, JsonNode? value, JsonObject schema)
    {
        if (problems.Count >= MaxErrors) return;
        if (value is null)
        {
            if (!Flag(schema, "nullable") && !Flag(schema, "x-kubernetes-preserve-unknown-fields"))
                problems.Add(Error(path, $"{Last(path)} is null. Kubernetes wants {Wanted(schema)} here, or nothing.", "Delete the line."));
            return;
        }
        if (Flag(schema, "x-kubernetes-int-or-string"))
        {
            if (value is not JsonValue v || v.GetValueKind() is not (JsonValueKind.Number or JsonValueKind.String) || (v.GetValueKind() == JsonValueKind.Number && !IsWhole(v)))
                problems.Add(Error(path, $"{Last(path)} is {value.Kind()} ({value.Shown()}). Kubernetes wants text or a whole number here.", value is JsonValue ? "Put it in quotes." : "Write one value."));
            return;
        }
        var type = schema.Text("type");
        if (type is not null && !Fits(type, value))
        {
            problems.Add(Error(path, $"{Last(path)} is {value.Kind()} ({value.Shown()}). It must be {Wanted(schema)}.", Hint(type, value)));
            return;
        }
        if (schema.List("enum") is { } allowed && !allowed.Any(a => SpecJson.SameScalar(a, value)))
        {
            var names = allowed.Select(a => a.Text() ?? "null").ToList();
            var near = Nearest.Of(value.Text() ?? "", names);
            problems.Add(Error(path, $"{Last(path)} is {value.Shown()}. Allowed are {string.Join(", ", names)}.", near is null ? "Take one of them." : $"Did you mean {near}?"));
            return;
        }
        Limits(problems, path, value, schema);
        if (value is JsonArray list && schema.Map("items") is { } items)
            for (var i = 0; i < list.Count; i++) Node(problems, SpecPath.Index(path, i), list[i], items);
        if (value is JsonObject map) Map(problems, path, map, schema);
    }

    private static void Map(List<SpecProblem> problems, string path, JsonObject map, JsonObject schema)
    {
        var properties = schema.Map("properties");
        var additional = schema.At("additionalProperties");
        foreach (var (key, value) in map)
        {
            var child = SpecPath.Key(path, key);
            if (properties.Map(key) is { } part) Node(problems, child, value, part);
            else if (additional is JsonObject free) Node(problems, child, value, free);
            else if (Flag(schema, "x-kubernetes-preserve-unknown-fields") || additional.Text() == "true" || (Flag(schema, "x-kubernetes-embedded-resource") && TopLevel.Contains(key))) continue;
            else if (properties is not null || schema.Text("type") == "object") problems.Add(Unknown(child, key, properties?.Select(p => p.Key) ?? []));
            if (problems.Count >= MaxErrors) return;
        }
        foreach (var required in schema.List("required") ?? [])
            if (required.Text() is { } name && !map.ContainsKey(name)) problems.Add(Error(SpecPath.Key(path, name), $"{name} is missing in {Last(path)}.", "Add it."));
    }

    private static void Limits(List<SpecProblem> problems, string path, JsonNode value, JsonObject schema)
    {
        if (value is not JsonValue leaf) return;
        if (leaf.GetValueKind() == JsonValueKind.Number && decimal.TryParse(leaf.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            var (low, high) = (Bound(schema, "minimum"), Bound(schema, "maximum"));
            if (schema.Text("type") == "integer")
            {
                var int32 = schema.Text("format") == "int32";
                (low, high) = (low ?? (int32 ? int.MinValue : long.MinValue), high ?? (int32 ? int.MaxValue : long.MaxValue));
            }
            if (number < low || number > high) problems.Add(Error(path, $"{Last(path)} is {value.Shown()}. It must be between {low?.ToString(CultureInfo.InvariantCulture) ?? "any"} and {high?.ToString(CultureInfo.InvariantCulture) ?? "any"}.", "Take a number in that range."));
        }
        if (leaf.GetValueKind() != JsonValueKind.String) return;
        var text = leaf.GetValue<string>();
        if (Bound(schema, "maxLength") is { } longest && text.Length > longest) problems.Add(Error(path, $"{Last(path)} has {text.Length} characters; at most {longest} are allowed.", "Shorten it."));
        if (schema.Text("pattern") is { } pattern && !Matches(text, pattern)) problems.Add(Error(path, $"{Last(path)} is {value.Shown()}. It must match {pattern}.", "Write it in that form."));
    }

    // The pattern comes from a cluster: it may be foreign to .NET or slow; then the API server's own check has to do.
    private static bool Matches(string text, string pattern)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(50));
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            return true;
        }
    }

    private static bool Fits(string type, JsonNode value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value is JsonValue v && v.GetValueKind() == JsonValueKind.String,
        "boolean" => value is JsonValue v && v.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value is JsonValue v && v.GetValueKind() == JsonValueKind.Number,
        "integer" => value is JsonValue v && v.GetValueKind() == JsonValueKind.Number && IsWhole(v),
        _ => true,
    };

    private static bool IsWhole(JsonValue value) => decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && decimal.Truncate(number) == number;

    private static string Wanted(JsonObject schema) => schema.Text("type") switch
    {
        "object" => "a map",
        "array" => "a list",
        "string" => "text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        _ => "a value",
    };

    private static string Hint(string type, JsonNode value) => type switch
    {
        "string" when value is JsonValue => $"Put it in quotes: \"{value.Text()}\".",
        "integer" or "number" or "boolean" when value is JsonValue v && Unquoted(type, v) => $"Write it without quotes: {v.Text()}.",
        "array" => "Write a list: each element on a line of its own that begins with “- ”.",
        "object" => "Write “key: value” lines below it.",
        _ => "Write a value of that type.",
    };

    private static bool Unquoted(string type, JsonValue value)
    {
        try
        {
            return value.GetValueKind() == JsonValueKind.String && YamlScalars.Resolve(value.GetValue<string>()) is JsonValue plain && Fits(type, plain);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static SpecProblem Unknown(string path, string key, IEnumerable<string> known)
    {
        var near = Nearest.Of(key, known);
        return Error(path, $"{key} is not a field that this cluster's CRD knows here. The API server refuses it, or drops it without a word.", near is null ? "Delete it, or check what the installed operator version knows." : $"Did you mean {near}?");
    }

    private static SpecProblem Error(string path, string message, string fix) => new(path, ProblemSeverity.Error, message, fix, RuleSource.Schema);

    private static bool Flag(JsonObject schema, string name) => schema.Text(name) == "true";

    private static decimal? Bound(JsonObject schema, string name) => decimal.TryParse(schema.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string Last(string path) => SpecPath.Split(path) is { Count: > 0 } parts ? parts[^1] is int i ? $"Element {i}" : (string)parts[^1] : path;
}
