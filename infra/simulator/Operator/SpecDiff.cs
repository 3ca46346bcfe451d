using System.Text.Json.Nodes;

namespace Sluice.Simulator.Operator;

internal enum DiffType { None, Ignore, Scale, Upgrade, SavepointRedeploy }

/// <summary>What changed between the spec that runs and the one that is wanted, and what that takes.</summary>
internal sealed record SpecDiff(DiffType Type, string Text)
{
    private static readonly string[] IgnoredJobFields =
        ["upgradeMode", "initialSavepointPath", "allowNonRestoredState", "savepointTriggerNonce", "checkpointTriggerNonce", "autoscalerResetNonce"];
    private static readonly string[] Last = ["job", "restartNonce", "flinkConfiguration"];

    public static SpecDiff Between(JsonObject was, JsonObject now, bool sessionJob)
    {
        var type = DiffType.None;
        var changes = new List<string>();
        void Add(DiffType kind, string path, JsonNode? before, JsonNode? after)
        {
            if (JsonNode.DeepEquals(before, after)) return;
            type = kind > type ? kind : type;
            changes.Add($"{path} : {Show(before)} -> {Show(after)}");
        }
        // The operator's classes list their own fields before the inherited ones.
        var standalone = now["mode"]?.ToString() == "standalone";
        foreach (var field in was.Select(p => p.Key).Where(k => !Last.Contains(k)))
            if (field == "taskManager" && was[field] is JsonObject before && now[field] is JsonObject after && Without(before, "replicas") is var rest && JsonNode.DeepEquals(rest, Without(after, "replicas")))
                Add(standalone ? DiffType.Scale : DiffType.Upgrade, "taskManager.replicas", before["replicas"], after["replicas"]);
            else Add(field == "deploymentName" ? DiffType.Ignore : DiffType.Upgrade, field, was[field], now[field]);
        Jobs(was["job"] as JsonObject, now["job"] as JsonObject, standalone, Add);
        if (now["restartNonce"] is not null) Add(DiffType.Upgrade, "restartNonce", was["restartNonce"], now["restartNonce"]);
        Configuration(was, now, standalone, Add);
        return new(type, $"{type switch { DiffType.SavepointRedeploy => "SAVEPOINT_REDEPLOY", _ => type.ToString().ToUpperInvariant() }} change(s) detected (Diff: {(sessionJob ? "FlinkSessionJobSpec" : "FlinkDeploymentSpec")}[{string.Join(", ", changes)}]), starting reconciliation.");
    }

    private static JsonObject Without(JsonObject map, string field)
    {
        var copy = (JsonObject)map.DeepClone();
        copy.Remove(field);
        return copy;
    }

    private static void Jobs(JsonObject? was, JsonObject? now, bool standalone, Action<DiffType, string, JsonNode?, JsonNode?> add)
    {
        if (was is null || now is null)
        {
            add(DiffType.Upgrade, "job", was, now);
            return;
        }
        foreach (var (field, value) in now)
        {
            if (field == "args" && was[field] is JsonArray old && value is JsonArray args && old.Count == args.Count)
                for (var i = 0; i < args.Count; i++) add(DiffType.Upgrade, $"job.args.{i}", old[i], args[i]);
            else if (field == "savepointRedeployNonce") add(value is null ? DiffType.Ignore : DiffType.SavepointRedeploy, "job." + field, was[field], value);
            else if (field == "parallelism" && standalone) add(DiffType.Scale, "job." + field, was[field], value);
            else add(IgnoredJobFields.Contains(field) ? DiffType.Ignore : DiffType.Upgrade, "job." + field, was[field], value);
        }
    }

    private static void Configuration(JsonObject was, JsonObject now, bool standalone, Action<DiffType, string, JsonNode?, JsonNode?> add)
    {
        var (old, fresh) = (new SpecView(was).Config, new SpecView(now).Config);
        foreach (var key in old.Keys.Union(fresh.Keys))
        {
            var kind = key.StartsWith("kubernetes.operator", StringComparison.Ordinal) || key.StartsWith("job.autoscaler", StringComparison.Ordinal) || key.StartsWith("parallelism.default", StringComparison.Ordinal)
                ? DiffType.Ignore
                : key == Flink.JobOverrides.Key && !standalone ? DiffType.Scale : DiffType.Upgrade;
            add(kind, "flinkConfiguration." + key, old.GetValueOrDefault(key), fresh.GetValueOrDefault(key));
        }
    }

    private static string Show(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject or JsonArray => node.ToJsonString(),
        _ => node.ToString(),
    };
}
