using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>What the operator does about a change of a spec; of several the greatest counts.</summary>
public enum SpecChangeKind
{
    /// <summary>Nothing differs.</summary>
    None,

    /// <summary>Taken note of; the job goes on.</summary>
    Ignore,

    /// <summary>Scaled in place where that is possible, restarted otherwise.</summary>
    Scale,

    /// <summary>The job is stopped as <c>upgradeMode</c> says and deployed anew.</summary>
    Upgrade,

    /// <summary>The job is cancelled at once and started from <c>initialSavepointPath</c>.</summary>
    SavepointRedeploy,
}

/// <summary>One field that differs.</summary>
/// <param name="Path">Where, below <c>spec</c>, for example <c>spec.job.parallelism</c>.</param>
/// <param name="Before">The old value as text; null where it was not set.</param>
/// <param name="After">The new value as text; null where it is no longer set.</param>
/// <param name="Kind">What this one change leads to.</param>
public sealed record SpecFieldChange(string Path, string? Before, string? After, SpecChangeKind Kind)
{
    /// <summary>In words: <c>job.parallelism: 2 → 4</c>.</summary>
    public string Words
    {
        get
        {
            var name = Path.StartsWith("spec.", StringComparison.Ordinal) ? Path["spec.".Length..] : Path;
            return Before is null ? $"{name}: {Cut(After)} added" : After is null ? $"{name}: {Cut(Before)} removed" : $"{name}: {Cut(Before)} → {Cut(After)}";
        }
    }

    private static string Cut(string? value) => value is null ? "" : value.Length <= 100 ? value : value[..97] + "…";
}

/// <summary>A change of a spec as the operator will see it.</summary>
/// <param name="Kind">What it leads to.</param>
/// <param name="Fields">What differs.</param>
public sealed record SpecChange(SpecChangeKind Kind, IReadOnlyList<SpecFieldChange> Fields)
{
    /// <summary>What will happen, in words.</summary>
    public string Words => Kind switch
    {
        SpecChangeKind.None => "Nothing changes.",
        SpecChangeKind.Ignore => "The job goes on without a restart; the operator takes note of the change.",
        SpecChangeKind.Scale => "The operator tries to scale the job in place, and restarts it where that is not possible.",
        SpecChangeKind.Upgrade => "The job is stopped as its upgrade mode says and deployed anew.",
        _ => "The running job is cancelled at once and started from initialSavepointPath; what it did since that savepoint is done again.",
    };
}

/// <summary>Classifies a change before it is submitted, by the operator's own rules.</summary>
public static class SpecDiff
{
    private const string Overrides = "pipeline.jobvertex-parallelism-overrides";
    private static readonly string[] IgnoredOptions = ["job.autoscaler", "parallelism.default", "kubernetes.operator"];
    private static readonly HashSet<string> IgnoredFields =
        ["spec.job.upgradeMode", "spec.job.initialSavepointPath", "spec.job.allowNonRestoredState", "spec.job.savepointTriggerNonce", "spec.job.checkpointTriggerNonce", "spec.job.autoscalerResetNonce"];

    // The operator fills these in when it reads a spec, so writing them out is no change.
    private static readonly Dictionary<string, string> Defaults = new(StringComparer.Ordinal)
    {
        ["spec.job.state"] = "running",
        ["spec.job.upgradeMode"] = "stateless",
        ["spec.job.parallelism"] = "0",
        ["spec.job.args"] = "[]",
        ["spec.jobManager.replicas"] = "1",
    };

    /// <summary>What differs between two manifests of one pipeline, and what the operator makes of it.</summary>
    public static SpecChange Classify(JsonObject before, JsonObject after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var standalone = (after.Map("spec").Text("mode") ?? before.Map("spec").Text("mode")) == "standalone";
        var (old, now) = (Leaves(before), Leaves(after));
        var fields = new List<SpecFieldChange>();
        foreach (var path in old.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
        {
            var (was, becomes) = (old.GetValueOrDefault(path), now.GetValueOrDefault(path));
            if (was == becomes || (was ?? Defaults.GetValueOrDefault(path)) == (becomes ?? Defaults.GetValueOrDefault(path))) continue;
            fields.Add(new SpecFieldChange(path, was, becomes, KindOf(path, becomes, standalone)));
        }
        return new SpecChange(fields.Count == 0 ? SpecChangeKind.None : fields.Max(f => f.Kind), fields);
    }

    private static SpecChangeKind KindOf(string path, string? after, bool standalone)
    {
        if (IgnoredFields.Contains(path)) return SpecChangeKind.Ignore;
        if (path == "spec.job.savepointRedeployNonce") return after is null ? SpecChangeKind.Ignore : SpecChangeKind.SavepointRedeploy;
        if (path == "spec.restartNonce") return after is null ? SpecChangeKind.Ignore : SpecChangeKind.Upgrade;
        if (path is "spec.job.parallelism" or "spec.taskManager.replicas") return standalone ? SpecChangeKind.Scale : SpecChangeKind.Upgrade;
        if (SpecPath.Split(path) is not ["spec", "flinkConfiguration", string option]) return SpecChangeKind.Upgrade;
        if (IgnoredOptions.Any(p => option.StartsWith(p, StringComparison.Ordinal))) return SpecChangeKind.Ignore;
        return option == Overrides && !standalone ? SpecChangeKind.Scale : SpecChangeKind.Upgrade;
    }

    private static Dictionary<string, string> Leaves(JsonObject manifest)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        if (manifest["spec"] is not JsonObject spec) return leaves;
        foreach (var (option, value) in FlinkConfiguration.Flatten(spec["flinkConfiguration"]))
            if (value is not null) leaves[SpecPath.Flink(option)] = value;
        foreach (var (key, value) in spec)
            if (key != "flinkConfiguration") Add(leaves, SpecPath.Key("spec", key), value);
        return leaves;
    }

    private static void Add(Dictionary<string, string> leaves, string path, JsonNode? node)
    {
        if (node is JsonObject { Count: > 0 } map)
            foreach (var (key, value) in map) Add(leaves, SpecPath.Key(path, key), value);
        else if (node is not null)
            leaves[path] = Text(node);
    }

    private static string Text(JsonNode node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? (number / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture) // 1.0 and 1 are one number
            : node.Text() ?? Sorted(node)!.ToJsonString();

    // Two containers that differ in the order of their keys are one.
    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(e => e.Key, StringComparer.Ordinal).Where(e => e.Value is not null).Select(e => KeyValuePair.Create(e.Key, Sorted(e.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
