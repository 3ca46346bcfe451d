using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>
/// Who owns which field: <c>metadata.managedFields</c> in a simple form. Lists are owned whole, as they are in custom resources.
/// </summary>
internal static class FieldOwners
{
    /// <summary>Applies a configuration; a field of another owner with another value is a conflict unless forced.</summary>
    public static JsonObject Apply(JsonObject? live, JsonObject config, string manager, bool force)
    {
        var result = live is null ? [] : (JsonObject)live.DeepClone();
        var wanted = Leaves(config);
        var entries = Entries(result);
        var mine = entries.FirstOrDefault(e => e.Manager == manager && e.IsApply);
        var conflicts = new List<(string Path, string Manager)>();
        foreach (var (path, value) in wanted)
        {
            if (live is not null && JsonNode.DeepEquals(Read(result, path), value)) continue;
            foreach (var other in entries.Where(e => e != mine && e.Paths.Contains(path)).ToList())
            {
                if (force) other.Paths.Remove(path);
                else conflicts.Add((path, other.Manager));
            }
        }
        if (conflicts.Count > 0) throw Conflict(conflicts);
        foreach (var path in mine?.Paths.Where(p => !wanted.ContainsKey(p) && !entries.Any(e => e != mine && e.Paths.Contains(p))) ?? []) Remove(result, path);
        foreach (var (path, value) in wanted) Set(result, path, value?.DeepClone());
        foreach (var name in (string[])["apiVersion", "kind"]) result[name] = config[name]?.DeepClone();
        if (mine is null) entries.Add(mine = new(manager, true, []));
        mine.Paths.Clear();
        mine.Paths.UnionWith(wanted.Keys);
        Write(result, entries);
        return result;
    }

    /// <summary>After a create, replace or patch: the changed fields belong to who changed them.</summary>
    public static void Take(JsonObject? before, JsonObject after, string manager)
    {
        var old = before is null ? [] : Leaves(before);
        var now = Leaves(after);
        var changed = now.Where(l => !old.TryGetValue(l.Key, out var was) || !JsonNode.DeepEquals(was, l.Value)).Select(l => l.Key).ToHashSet();
        var entries = Entries(after);
        foreach (var entry in entries)
        {
            entry.Paths.ExceptWith(changed);
            entry.Paths.RemoveWhere(p => !now.ContainsKey(p));
        }
        if (changed.Count > 0)
        {
            var mine = entries.FirstOrDefault(e => e.Manager == manager && !e.IsApply);
            if (mine is null) entries.Add(mine = new(manager, false, []));
            mine.Paths.UnionWith(changed);
        }
        Write(after, entries);
    }

    private static ApiException Conflict(List<(string Path, string Manager)> conflicts)
    {
        var causes = conflicts.Select(c => (JsonNode)new JsonObject
        {
            ["reason"] = "FieldManagerConflict",
            ["message"] = $"conflict with \"{c.Manager}\"",
            ["field"] = Dotted(c.Path),
        });
        var one = conflicts.Count == 1;
        return new(409, "Conflict", $"Apply failed with {conflicts.Count} conflict{(one ? "" : "s")}: "
            + string.Join("; ", conflicts.Select(c => $"conflict with \"{c.Manager}\": {Dotted(c.Path)}")))
        { Details = new() { ["causes"] = new JsonArray([.. causes]) } };
    }

    /// <summary>The entry that the operator's own writes leave: its finalizer, or its status.</summary>
    public static JsonObject OfOperator(string manager, JsonObject resource, string what, DateTimeOffset at)
    {
        var entry = new JsonObject { ["manager"] = manager, ["operation"] = "Update", ["apiVersion"] = resource["apiVersion"]!.DeepClone(), ["time"] = ObjectWriter.Stamp(at), ["fieldsType"] = "FieldsV1" };
        if (what == "status")
        {
            entry["fieldsV1"] = new JsonObject { ["f:status"] = Fields(resource["status"]!) };
            entry["subresource"] = "status";
        }
        else
        {
            var names = new JsonObject { ["."] = new JsonObject() };
            foreach (var finalizer in resource["metadata"]!["finalizers"] as JsonArray ?? []) names[$"v:\"{finalizer}\""] = new JsonObject();
            entry["fieldsV1"] = new JsonObject { ["f:metadata"] = new JsonObject { ["f:finalizers"] = names } };
        }
        return entry;
    }

    private static JsonObject Fields(JsonNode node)
    {
        var fields = new JsonObject();
        if (node is not JsonObject map) return fields;
        fields["."] = new JsonObject();
        foreach (var (key, value) in map) fields["f:" + key] = value is JsonObject inner ? Fields(inner) : new JsonObject();
        return fields;
    }

    private sealed record Entry(string Manager, bool IsApply, HashSet<string> Paths);

    private static string Dotted(string path) => "." + path.Replace('\u001f', '.');

    private static Dictionary<string, JsonNode?> Leaves(JsonObject root)
    {
        var leaves = new Dictionary<string, JsonNode?>();
        void Walk(JsonNode? node, string path)
        {
            if (node is JsonObject { Count: > 0 } map)
                foreach (var (key, value) in map) Walk(value, $"{path}\u001f{key}");
            else leaves[path] = node;
        }
        foreach (var (key, value) in root)
        {
            if (key is "apiVersion" or "kind" or "status") continue;
            if (key != "metadata") Walk(value, key);
            else
                foreach (var part in (string[])["labels", "annotations", "finalizers", "ownerReferences"])
                    if (value?[part] is { } found) Walk(found, $"metadata\u001f{part}");
        }
        return leaves;
    }

    private static JsonNode? Read(JsonNode? node, string path)
    {
        foreach (var step in path.Split('\u001f')) node = (node as JsonObject)?[step];
        return node;
    }

    private static void Set(JsonObject root, string path, JsonNode? value)
    {
        var steps = path.Split('\u001f');
        foreach (var step in steps[..^1])
        {
            if (root[step] is not JsonObject) root[step] = new JsonObject();
            root = root[step]!.AsObject();
        }
        root[steps[^1]] = value;
    }

    private static void Remove(JsonObject root, string path)
    {
        var steps = path.Split('\u001f');
        foreach (var step in steps[..^1])
        {
            if (root[step] is not JsonObject next) return;
            root = next;
        }
        root.Remove(steps[^1]);
    }

    private static List<Entry> Entries(JsonObject root)
    {
        var entries = new List<Entry>();
        if (root["metadata"]?["managedFields"] is not JsonArray list) return entries;
        foreach (var item in list.OfType<JsonObject>().Where(i => !IsOperators(i)))
        {
            var paths = new HashSet<string>();
            void Walk(JsonObject node, string path)
            {
                foreach (var (key, value) in node)
                {
                    var next = path.Length == 0 ? key[2..] : $"{path}\u001f{key[2..]}";
                    if (value is JsonObject { Count: > 0 } map) Walk(map, next);
                    else paths.Add(next);
                }
            }
            if (item["fieldsV1"] is JsonObject fields) Walk(fields, "");
            entries.Add(new(item["manager"]?.GetValue<string>() ?? "", item["operation"]?.GetValue<string>() == "Apply", paths));
        }
        return entries;
    }

    /// <summary>What the operator owns is of no concern to anybody who writes a spec: it stays as it is.</summary>
    private static bool IsOperators(JsonObject entry) => entry["subresource"] is not null || entry["fieldsV1"]?["f:metadata"]?["f:finalizers"] is not null;

    private static void Write(JsonObject root, List<Entry> entries)
    {
        var list = new JsonArray();
        var kept = (root["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>().Where(IsOperators).Select(e => e.DeepClone()).ToList();
        foreach (var entry in entries.Where(e => e.Paths.Count > 0))
        {
            var fields = new JsonObject();
            foreach (var path in entry.Paths.Order(StringComparer.Ordinal))
                Set(fields, string.Join('\u001f', path.Split('\u001f').Select(s => "f:" + s)), new JsonObject());
            list.Add(new JsonObject
            {
                ["manager"] = entry.Manager,
                ["operation"] = entry.IsApply ? "Apply" : "Update",
                ["apiVersion"] = root["apiVersion"]?.DeepClone(),
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = fields,
            });
        }
        foreach (var entry in kept) list.Add(entry);
        if (root["metadata"] is not JsonObject metadata) root["metadata"] = metadata = [];
        if (list.Count > 0) metadata["managedFields"] = list;
        else metadata.Remove("managedFields");
    }
}
