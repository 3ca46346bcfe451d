using System.Text.Json.Nodes;

namespace Sluice.Domain.Operations;

/// <summary>
/// Computes the merge patch (RFC 7386) that turns one spec into another. <c>flinkConfiguration</c> is replaced as a whole in its flat form,
/// whether it was nested or flat before: a flat key beside its nested twin would leave to chance which one counts.
/// </summary>
public static class SpecPatch
{
    private const string Configuration = "flinkConfiguration";
    private static readonly string[] Switches = ["kubernetes.operator.", "job.autoscaler.enabled"];

    // Their default is true: off is "false", and back to the default is "true".
    private static readonly HashSet<string> OnByDefault = new(StringComparer.Ordinal)
    {
        "kubernetes.operator.job.upgrade.last-state-fallback.enabled", "kubernetes.operator.jm-deployment-recovery.enabled",
        "kubernetes.operator.savepoint.cleanup.enabled", "kubernetes.operator.job.upgrade.inplace-scaling.enabled",
        "kubernetes.operator.snapshot.resource.enabled", "kubernetes.operator.session.deletion.block-on-session-jobs",
        "kubernetes.operator.session.deletion.block-on-unmanaged-jobs",
    };

    /// <summary>
    /// The spec as it is to be sent: flat configuration, no nulls, and every switch of the operator that the current spec sets and the new one does not
    /// written as off. The operator keeps a removed switch in force, so removal alone would not turn it off.
    /// </summary>
    public static JsonObject Prepare(JsonObject current, JsonObject desired)
    {
        var spec = (JsonObject)WithoutNulls(desired)!;
        var wanted = Flatten(spec[Configuration] as JsonObject);
        foreach (var (key, value) in Flatten(current[Configuration] as JsonObject))
        {
            if (wanted.ContainsKey(key) || !Switches.Any(s => key.StartsWith(s, StringComparison.Ordinal))) continue;
            if (OnByDefault.Contains(key)) wanted[key] = "true";
            else if (value?.ToString() is "true" or "false") wanted[key] = "false";
            else if (key.EndsWith(".interval", StringComparison.Ordinal)) wanted[key] = "";
        }
        if (wanted.Count > 0 || spec.ContainsKey(Configuration)) spec[Configuration] = wanted;
        return spec;
    }

    /// <summary>The merge patch from one object to another; empty where they are the same.</summary>
    public static JsonObject Between(JsonObject current, JsonObject desired)
    {
        var patch = new JsonObject();
        foreach (var (name, _) in current)
            if (!desired.ContainsKey(name)) patch[name] = null;
        foreach (var (name, value) in desired)
        {
            if (!current.TryGetPropertyValue(name, out var before)) patch[name] = value?.DeepClone();
            else if (before is JsonObject from && value is JsonObject to)
            {
                if (Between(from, to) is { Count: > 0 } inner) patch[name] = inner;
            }
            else if (!JsonNode.DeepEquals(before, value)) patch[name] = value?.DeepClone();
        }
        return patch;
    }

    /// <summary>A configuration with one level of keys, sorted.</summary>
    public static JsonObject Flatten(JsonObject? configuration)
    {
        var flat = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        if (configuration is not null) Add(flat, "", configuration);
        return new JsonObject(flat);
    }

    private static void Add(SortedDictionary<string, JsonNode?> flat, string prefix, JsonObject node)
    {
        foreach (var (name, value) in node)
        {
            if (value is JsonObject inner) Add(flat, prefix + name + ".", inner);
            else if (value is not null) flat[prefix + name] = value.DeepClone();
        }
    }

    private static JsonNode? WithoutNulls(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Key, WithoutNulls(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(WithoutNulls)]),
        _ => node?.DeepClone(),
    };
}
