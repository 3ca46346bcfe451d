using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>One version of one object, kept as the bytes that lists and watches send: a tree of nodes would take ten times the memory.</summary>
internal sealed class StoredObject
{
    private StoredObject(string ns, string name, string key, string uid, long version, byte[] json, LabelSet labels)
    {
        (Namespace, Name, Key, Uid, Version, Json, Labels) = (ns, name, key, uid, version, json, labels);
    }

    public string Namespace { get; }
    public string Name { get; }
    public string Key { get; }
    public string Uid { get; }
    public long Version { get; }
    public byte[] Json { get; }
    public LabelSet Labels { get; }

    public static string KeyOf(string ns, string name) => ns.Length == 0 ? name : $"{ns}/{name}";

    public JsonObject ToNode() => JsonNode.Parse(Json)!.AsObject();

    /// <summary>The same object with other bytes, which already say the version.</summary>
    public StoredObject With(byte[] json, long version) => new(Namespace, Name, Key, Uid, version, json, Labels);

    public static StoredObject From(JsonObject node, long version, StoredObject? previous = null)
    {
        var metadata = node["metadata"]!.AsObject();
        metadata["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var labels = LabelSet.Of(metadata["labels"] as JsonObject);
        var uid = metadata["uid"]?.GetValue<string>() ?? "";
        if (previous is not null) return new(previous.Namespace, previous.Name, previous.Key, previous.Uid == uid ? previous.Uid : uid, version, SortedJson.Write(node), labels);
        var (ns, name) = (LabelSet.Share(metadata["namespace"]?.GetValue<string>() ?? ""), metadata["name"]!.GetValue<string>());
        return new(ns, name, KeyOf(ns, name), uid, version, SortedJson.Write(node), labels);
    }
}
