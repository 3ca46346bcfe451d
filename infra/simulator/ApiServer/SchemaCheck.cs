using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>Prunes and checks an object by a structural schema, with the words of the real API server.</summary>
internal sealed class SchemaCheck
{
    public List<string> Unknown { get; } = [];
    public List<FieldError> Errors { get; } = [];

    public void Run(JsonObject schema, JsonObject value)
    {
        // Metadata is the server's own and has no schema here.
        foreach (var (name, field) in schema["properties"]!.AsObject())
            if (name != "metadata" && value.ContainsKey(name)) Check(field!.AsObject(), value[name], name);
        foreach (var name in value.Select(p => p.Key).Where(k => !schema["properties"]!.AsObject().ContainsKey(k)).ToList())
        {
            Unknown.Add(name);
            value.Remove(name);
        }
    }

    private void Check(JsonObject schema, JsonNode? value, string path)
    {
        if (value is null)
        {
            if (schema["nullable"]?.GetValue<bool>() != true) Errors.Add(FieldError.Type(path, TypeOf(schema), "null"));
            return;
        }
        var kind = value.GetValueKind();
        if (schema.ContainsKey("x-kubernetes-int-or-string"))
        {
            if (kind is not (JsonValueKind.String or JsonValueKind.Number)) Errors.Add(FieldError.Type(path, "integer,string", Name(value)));
            return;
        }
        var type = TypeOf(schema);
        if (!Fits(type, value, kind))
        {
            Errors.Add(FieldError.Type(path, type, Name(value)));
            return;
        }
        if (value is JsonObject map) CheckObject(schema, map, path);
        else if (value is JsonArray list && schema["items"] is JsonObject items)
            for (var i = 0; i < list.Count; i++) Check(items, list[i], $"{path}[{i}]");
        else if (schema["enum"] is JsonArray allowed && !allowed.Any(a => a!.GetValue<string>() == value.ToString()))
            Errors.Add(FieldError.Enum(path, value.ToString(), allowed.Select(a => a!.GetValue<string>())));
    }

    private void CheckObject(JsonObject schema, JsonObject value, string path)
    {
        var fields = schema["properties"] as JsonObject;
        var others = schema["additionalProperties"] as JsonObject;
        var keep = schema["x-kubernetes-preserve-unknown-fields"]?.GetValue<bool>() == true;
        foreach (var name in value.Select(p => p.Key).ToList())
        {
            if (fields?[name] is JsonObject field) Check(field, value[name], $"{path}.{name}");
            else if (others is not null) Check(others, value[name], $"{path}.{name}");
            else if (!keep)
            {
                Unknown.Add($"{path}.{name}");
                value.Remove(name);
            }
        }
    }

    private static string TypeOf(JsonObject schema) => schema["type"]?.GetValue<string>() ?? "object";

    private static bool Fits(string type, JsonNode value, JsonValueKind kind) => type switch
    {
        "string" => kind == JsonValueKind.String,
        "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
        "number" => kind == JsonValueKind.Number,
        "integer" => kind == JsonValueKind.Number && value.ToJsonString().AsSpan().IndexOfAny('.', 'e', 'E') < 0,
        "array" => kind == JsonValueKind.Array,
        _ => kind == JsonValueKind.Object,
    };

    private static string Name(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => value.ToJsonString().Contains('.', StringComparison.Ordinal) ? "number" : "integer",
    };
}
