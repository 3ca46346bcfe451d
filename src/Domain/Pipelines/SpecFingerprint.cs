using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Sluice.Domain.Pipelines;

/// <summary>
/// Tells apart the changes of a spec that the operator rolls out from those that it only takes note of (nonces, its own keys, upgrade mode).
/// The order of fields, nulls and the spelling of <c>flinkConfiguration</c> make no difference. Comparable within one process and version only.
/// </summary>
internal static class SpecFingerprint
{
    private const string OverridesKey = "pipeline.jobvertex-parallelism-overrides";
    private const ulong Seed = 14695981039346656037;
    private const int Deepest = 64;

    private static readonly HashSet<string> IgnoredJobFields = new(StringComparer.Ordinal)
    {
        "upgradeMode", "initialSavepointPath", "allowNonRestoredState", "savepointTriggerNonce", "checkpointTriggerNonce", "autoscalerResetNonce",
    };

    private static readonly string[] IgnoredKeys = ["kubernetes.operator.", "job.autoscaler.", "parallelism.default"];

    public static (ulong Rollout, ulong Scale) Of(JsonElement spec, IReadOnlyDictionary<string, JsonElement> configuration)
    {
        if (spec.ValueKind != JsonValueKind.Object) return (0, 0);
        var standalone = spec.Text("mode") == "standalone";
        ulong rollout = 0, scale = 0;
        foreach (var property in spec.EnumerateObject())
        {
            if (property.NameEquals("flinkConfiguration")) continue;
            var path = Name(Seed, property);
            if (!property.NameEquals("job") || property.Value.ValueKind != JsonValueKind.Object) rollout += Value(path, property.Value, 0);
            else foreach (var field in property.Value.EnumerateObject())
                if (!IgnoredJobFields.Contains(field.Name) && !IsDefaultState(field)) rollout += Value(Name(path, field), field.Value, 0);
        }
        foreach (var (key, value) in configuration)
        {
            if (IgnoredKeys.Any(k => key.StartsWith(k, StringComparison.Ordinal))) continue;
            var hash = Value(Bytes(Seed ^ 1, Encoding.UTF8.GetBytes(key)), value, 0);
            if (key == OverridesKey && !standalone) scale += hash;
            else rollout += hash;
        }
        return (rollout, scale);
    }

    /// <summary>An absent state and <c>running</c> are one.</summary>
    private static bool IsDefaultState(JsonProperty field) => field.NameEquals("state") && field.Value.Text() == "running";

    private static ulong Value(ulong path, JsonElement value, int depth)
    {
        if (depth > Deepest) return path;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                ulong sum = 0;
                foreach (var property in value.EnumerateObject()) sum += Value(Name(path, property), property.Value, depth + 1);
                return sum;
            case JsonValueKind.Array:
                ulong items = 0;
                var index = 0UL;
                foreach (var item in value.EnumerateArray()) items += Value(Mix(path + ++index), item, depth + 1);
                return items;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                return 0;
            case JsonValueKind.String:
                // Without its quotes a text equals the number or boolean that it spells, as it does for Flink.
                return Mix(Bytes(path ^ 0x9E3779B97F4A7C15, JsonMarshal.GetRawUtf8Value(value)[1..^1]));
            default:
                return Mix(Bytes(path ^ 0x9E3779B97F4A7C15, JsonMarshal.GetRawUtf8Value(value)));
        }
    }

    private static ulong Name(ulong path, JsonProperty property) => Mix(Bytes(path, JsonMarshal.GetRawUtf8PropertyName(property)));

    private static ulong Bytes(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes) hash = (hash ^ b) * 1099511628211;
        return hash;
    }

    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }
}
