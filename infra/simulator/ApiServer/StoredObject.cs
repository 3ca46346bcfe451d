using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>One version of one object, kept as the bytes that lists and watches send: a tree of nodes would take ten times the memory.</summary>
internal sealed class StoredObject
{
    private StoredObject(string ns, string name, string uid, long version, byte[] json, FrozenDictionary<string, string> labels)
    {
        (Namespace, Name, Uid, Version, Json, Labels) = (ns, name, uid, version, json, labels);
    }

    public string Namespace { get; }
    public string Name { get; }
    public string Uid { get; }
    public long Version { get; }
    public byte[] Json { get; }
    public FrozenDictionary<string, string> Labels { get; }
    public string Key => KeyOf(Namespace, Name);

    public static string KeyOf(string ns, string name) => ns.Length == 0 ? name : $"{ns}/{name}";

    public JsonObject ToNode() => JsonNode.Parse(Json)!.AsObject();

    public static StoredObject From(JsonObject node, long version)
    {
        var metadata = node["metadata"]!.AsObject();
        metadata["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var labels = metadata["labels"] is JsonObject { Count: > 0 } found
            ? found.ToFrozenDictionary(l => l.Key, l => l.Value?.GetValueKind() == JsonValueKind.String ? l.Value.GetValue<string>() : "")
            : FrozenDictionary<string, string>.Empty;
        return new StoredObject(
            metadata["namespace"]?.GetValue<string>() ?? "",
            metadata["name"]!.GetValue<string>(),
            metadata["uid"]?.GetValue<string>() ?? "",
            version,
            SortedJson.Write(node),
            labels);
    }
}
