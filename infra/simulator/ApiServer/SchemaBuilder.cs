using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>Short words for writing structural schemas.</summary>
internal static class SchemaBuilder
{
    public static JsonObject Text => Of("string");
    public static JsonObject Int => Of("integer");
    public static JsonObject Number => Of("number");
    public static JsonObject Flag => Of("boolean");

    public static JsonObject Long
    {
        get
        {
            var schema = Of("integer");
            schema["format"] = "int64";
            return schema;
        }
    }

    public static JsonObject Quantity => new()
    {
        ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" }),
        ["x-kubernetes-int-or-string"] = true,
    };

    /// <summary>Anything below it is kept as it is.</summary>
    public static JsonObject Free => new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };

    public static JsonObject Enum(params string[] values)
    {
        var schema = Of("string");
        schema["enum"] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
        return schema;
    }

    public static JsonObject List(JsonObject items) => new() { ["type"] = "array", ["items"] = items };

    public static JsonObject Map(JsonObject values) => new() { ["type"] = "object", ["additionalProperties"] = values };

    public static JsonObject Object(params (string Name, JsonObject Schema)[] fields) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create<string, JsonNode?>(f.Name, f.Schema))),
    };

    /// <summary>The operator writes explicit nulls into its status.</summary>
    public static JsonObject Nullable(JsonObject schema)
    {
        schema["nullable"] = true;
        if (schema["properties"] is JsonObject fields)
            foreach (var (_, field) in fields) Nullable(field!.AsObject());
        return schema;
    }

    private static JsonObject Of(string type) => new() { ["type"] = type };
}
