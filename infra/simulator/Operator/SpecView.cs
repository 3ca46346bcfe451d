using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sluice.Simulator.Operator;

/// <summary>A resource's spec as the operator reads it: flat configuration, defaults filled in.</summary>
internal sealed partial class SpecView
{
    public SpecView(JsonObject spec)
    {
        Spec = spec;
        Flatten(spec["flinkConfiguration"], "");
        Job = spec["job"] as JsonObject;
    }

    public JsonObject Spec { get; }
    public JsonObject? Job { get; }
    public SortedDictionary<string, string> Config { get; } = new(StringComparer.Ordinal);

    public string? Text(string field) => Spec[field]?.ToString();
    public string? JobText(string field) => Job?[field]?.ToString();
    public string UpgradeMode => JobText("upgradeMode") ?? "stateless";
    public bool WantsRunning => JobText("state") != "suspended";
    public string Image => Text("image") ?? "flink";
    public string FlinkVersion => Text("flinkVersion") ?? "";
    public string EntryClass => JobText("entryClass") ?? "";
    public IReadOnlyList<string> Args => [.. (Job?["args"] as JsonArray ?? []).Select(a => a?.ToString() ?? "")];
    public int Slots => Number("taskmanager.numberOfTaskSlots", 1);
    public long? Nonce(string field) => Job?[field] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.GetValue<long>() : null;

    public int Parallelism
    {
        get
        {
            if (Spec["taskManager"]?["replicas"] is JsonValue replicas && replicas.GetValueKind() == JsonValueKind.Number) return replicas.GetValue<int>() * Slots;
            return Job?["parallelism"] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.GetValue<int>() : 0;
        }
    }

    public bool IsStandalone => Text("mode") == "standalone";

    /// <summary>Flink takes whatever slots there are.</summary>
    public bool IsReactive => IsStandalone && string.Equals(Get("scheduler-mode"), "reactive", StringComparison.OrdinalIgnoreCase);

    public int TaskManagers => Math.Max(1, (Parallelism + Slots - 1) / Slots);

    public bool HasHa => Get("high-availability.type", "high-availability") is { } type && !type.Equals("NONE", StringComparison.OrdinalIgnoreCase);
    public string? CheckpointDirectory => Get("execution.checkpointing.dir", "state.checkpoints.dir");
    public string? SavepointDirectory => Get("execution.checkpointing.savepoint-dir", "state.savepoints.dir");
    public bool Drains => IsTrue("kubernetes.operator.job.drain-on-savepoint-deletion");

    public string? Get(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            if (Config.TryGetValue(key, out var value)) return value;
        return null;
    }

    public bool IsTrue(string key, bool otherwise = false) => Get(key) is { Length: > 0 } text ? text.Equals("true", StringComparison.OrdinalIgnoreCase) : otherwise;

    public int Number(string key, int otherwise) => int.TryParse(Get(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    public TimeSpan? Duration(params ReadOnlySpan<string> keys) => Get(keys) is { } text ? ParseDuration(text) : null;

    public static TimeSpan? ParseDuration(string text)
    {
        if (text.StartsWith('P'))
        {
            try { return System.Xml.XmlConvert.ToTimeSpan(text); }
            catch (FormatException) { return null; }
        }
        if (DurationPattern().Match(text.Trim()) is not { Success: true } match) return null;
        var number = long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return match.Groups[2].Value.ToLowerInvariant() switch
        {
            "" or "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.FromMilliseconds(number),
            "s" or "sec" or "secs" or "second" or "seconds" => TimeSpan.FromSeconds(number),
            "m" or "min" or "mins" or "minute" or "minutes" => TimeSpan.FromMinutes(number),
            "h" or "hour" or "hours" => TimeSpan.FromHours(number),
            "d" or "day" or "days" => TimeSpan.FromDays(number),
            _ => null,
        };
    }

    /// <summary>Bytes of a memory size as Flink or Kubernetes writes it; null where it cannot be read.</summary>
    public static long? ParseMemory(string text)
    {
        if (MemoryPattern().Match(text.Trim()) is not { Success: true } match) return null;
        var number = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        double? unit = match.Groups[2].Value.ToLowerInvariant() switch
        {
            "" or "b" or "bytes" => 1,
            "k" or "kb" or "ki" or "kib" or "kibibytes" => 1L << 10,
            "m" or "mb" or "mi" or "mib" or "mebibytes" => 1L << 20,
            "g" or "gb" or "gi" or "gib" or "gibibytes" => 1L << 30,
            "t" or "tb" or "ti" or "tib" or "tebibytes" => 1L << 40,
            _ => null,
        };
        return unit is { } factor ? (long)(number * factor) : null;
    }

    public (double Cpu, long Memory) Resources(string process)
    {
        var part = Spec[process];
        var memory = part?["resource"]?["memory"]?.ToString() ?? part?["resources"]?["requests"]?["memory"]?.ToString() ?? part?["resources"]?["limits"]?["memory"]?.ToString()
            ?? Get((process == "jobManager" ? "jobmanager" : "taskmanager") + ".memory.process.size");
        var cpu = part?["resource"]?["cpu"]?.ToString() ?? part?["resources"]?["requests"]?["cpu"]?.ToString();
        return (double.TryParse(cpu, NumberStyles.Float, CultureInfo.InvariantCulture, out var cores) ? cores : 1, memory is null ? 0 : ParseMemory(memory) ?? 0);
    }

    private void Flatten(JsonNode? node, string prefix)
    {
        if (node is not JsonObject map) return;
        foreach (var (key, value) in map)
        {
            var path = prefix.Length == 0 ? key : $"{prefix}.{key}";
            if (value is JsonObject) Flatten(value, path);
            else if (value is JsonArray list) Config[path] = string.Join(';', list.Select(i => i?.ToString() ?? ""));
            else if (value is not null) Config[path] = value.ToString();
        }
    }

    [GeneratedRegex(@"^(\d+)\s*([A-Za-z]*)$")]
    private static partial Regex DurationPattern();

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$")]
    private static partial Regex MemoryPattern();
}
