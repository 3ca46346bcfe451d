using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>One text field of the form and its place in the manifest.</summary>
internal sealed record SpecFormField(string Name, Func<SpecForm, string> Get, Func<SpecForm, string, SpecForm> Set, Func<JsonObject, string?> Read, Action<JsonObject, string> Write, Func<string, bool> Owns);

/// <summary>All text fields: which values of a manifest the form owns.</summary>
internal static class SpecFormFields
{
    public static IReadOnlyList<SpecFormField> All { get; } =
    [
        Path("Name", f => f.Name, (f, v) => f with { Name = v }, false, "metadata", "name"),
        Path("Namespace", f => f.Namespace, (f, v) => f with { Namespace = v }, false, "metadata", "namespace"),
        Path("Image", f => f.Image, (f, v) => f with { Image = v }, false, "spec", "image"),
        Path("FlinkVersion", f => f.FlinkVersion, (f, v) => f with { FlinkVersion = v }, false, "spec", "flinkVersion"),
        Path("ServiceAccount", f => f.ServiceAccount, (f, v) => f with { ServiceAccount = v }, false, "spec", "serviceAccount"),
        Path("JarUri", f => f.JarUri, (f, v) => f with { JarUri = v }, false, "spec", "job", "jarURI"),
        Path("EntryClass", f => f.EntryClass, (f, v) => f with { EntryClass = v }, false, "spec", "job", "entryClass"),
        Path("Parallelism", f => f.Parallelism, (f, v) => f with { Parallelism = v }, true, "spec", "job", "parallelism"),
        Path("UpgradeMode", f => f.UpgradeMode, (f, v) => f with { UpgradeMode = v }, false, "spec", "job", "upgradeMode"),
        Option("TaskSlots", f => f.TaskSlots, (f, v) => f with { TaskSlots = v }, "taskmanager.numberOfTaskSlots"),
        Option("CheckpointInterval", f => f.CheckpointInterval, (f, v) => f with { CheckpointInterval = v }, "execution.checkpointing.interval"),
        Option("StateBackend", f => f.StateBackend, (f, v) => f with { StateBackend = v }, "state.backend.type"),
        Option("CheckpointDirectory", f => f.CheckpointDirectory, (f, v) => f with { CheckpointDirectory = v }, "execution.checkpointing.dir"),
        Option("SavepointDirectory", f => f.SavepointDirectory, (f, v) => f with { SavepointDirectory = v }, "execution.checkpointing.savepoint-dir"),
        Option("HighAvailability", f => f.HighAvailability, (f, v) => f with { HighAvailability = v }, "high-availability.type"),
        Option("HighAvailabilityDirectory", f => f.HighAvailabilityDirectory, (f, v) => f with { HighAvailabilityDirectory = v }, "high-availability.storageDir"),
        Resource("JobManagerMemory", f => f.JobManagerMemory, (f, v) => f with { JobManagerMemory = v }, "jobManager", "memory"),
        Resource("JobManagerCpu", f => f.JobManagerCpu, (f, v) => f with { JobManagerCpu = v }, "jobManager", "cpu"),
        Resource("TaskManagerMemory", f => f.TaskManagerMemory, (f, v) => f with { TaskManagerMemory = v }, "taskManager", "memory"),
        Resource("TaskManagerCpu", f => f.TaskManagerCpu, (f, v) => f with { TaskManagerCpu = v }, "taskManager", "cpu"),
    ];

    private static readonly HashSet<string> Options = [.. new[]
    {
        "taskmanager.numberOfTaskSlots", "execution.checkpointing.interval", "state.backend.type", "execution.checkpointing.dir",
        "execution.checkpointing.savepoint-dir", "high-availability.type", "high-availability.storageDir",
    }.SelectMany(FlinkConfiguration.NamesOf)];

    public static bool OwnsOption(string option) => Options.Contains(option);

    public static string? NameOf(string path)
    {
        // A nested option is the same field as a flat one.
        if (SpecPath.Split(path) is ["spec", "flinkConfiguration", _, ..] parts) path = SpecPath.Flink(string.Join('.', parts.Skip(2)));
        if (All.FirstOrDefault(f => f.Owns(path)) is { } field) return field.Name;
        if (path.StartsWith("spec.job.args", StringComparison.Ordinal)) return nameof(SpecForm.Arguments);
        if (path.StartsWith("spec.podTemplate", StringComparison.Ordinal)) return nameof(SpecForm.PodTemplate);
        return path.StartsWith("spec.flinkConfiguration[", StringComparison.Ordinal) ? nameof(SpecForm.ExtraConfiguration) : null;
    }

    public static void WriteOptions(JsonObject manifest, IReadOnlyList<KeyValuePair<string, string>> old, IReadOnlyList<KeyValuePair<string, string>> now)
    {
        var before = old.ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
        var after = now.Where(e => e.Key.Length > 0).GroupBy(e => e.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().Value, StringComparer.Ordinal);
        foreach (var gone in before.Keys.Except(after.Keys)) WriteOption(manifest, gone, "");
        foreach (var (key, value) in after)
            if (!OwnsOption(key) && before.GetValueOrDefault(key) != value) WriteOption(manifest, key, value, keepEmpty: true);
    }

    private static SpecFormField Path(string name, Func<SpecForm, string> get, Func<SpecForm, string, SpecForm> set, bool number, params string[] path)
    {
        var text = SpecPath.Of(path);
        return new SpecFormField(name, get, set,
            manifest => SpecPath.Find(manifest, text).Text(),
            (manifest, value) =>
            {
                if (value.Length == 0) SpecJson.Remove(manifest, path);
                else SpecJson.Set(manifest, path, number ? Number(value) : value);
            },
            p => p == text);
    }

    private static SpecFormField Option(string name, Func<SpecForm, string> get, Func<SpecForm, string, SpecForm> set, string option) =>
        new(name, get, set,
            manifest => FlinkConfiguration.Of(manifest) is var all ? all.GetValueOrDefault(FlinkConfiguration.WrittenName(all, option)) : null,
            (manifest, value) => WriteOption(manifest, FlinkConfiguration.WrittenName(FlinkConfiguration.Of(manifest), option), value),
            p => FlinkConfiguration.NamesOf(option).Any(n => p == SpecPath.Flink(n)));

    // Operators up to 1.15 know only resource; where a manifest has resources (newer), that one counts and is edited.
    private static SpecFormField Resource(string name, Func<SpecForm, string> get, Func<SpecForm, string, SpecForm> set, string process, string what)
    {
        string[] plain = ["spec", process, "resource", what];
        string[] Place(JsonObject manifest)
        {
            var resources = manifest.Map("spec").Map(process).Map("resources");
            if (resources is null) return plain;
            var part = resources.Map("requests").At(what) is null && resources.Map("limits").At(what) is not null ? "limits" : "requests";
            return ["spec", process, "resources", part, what];
        }
        return new SpecFormField(name, get, set,
            manifest => SpecPath.Find(manifest, SpecPath.Of(Place(manifest))).Text(),
            (manifest, value) =>
            {
                var place = Place(manifest);
                if (value.Length == 0) SpecJson.Remove(manifest, place);
                else SpecJson.Set(manifest, place, what == "cpu" && place == plain ? Number(value) : value);
            },
            p => p == SpecPath.Of(plain) || p == SpecPath.Of("spec", process, "resources", "requests", what) || p == SpecPath.Of("spec", process, "resources", "limits", what));
    }

    private static void WriteOption(JsonObject manifest, string option, string value, bool keepEmpty = false)
    {
        var place = FlinkConfiguration.Locate(manifest.Map("spec").Map("flinkConfiguration"), option) ?? [option];
        if (value.Length == 0 && !keepEmpty) SpecJson.Remove(manifest, ["spec", "flinkConfiguration", .. place]);
        else SpecJson.Set(manifest, ["spec", "flinkConfiguration", .. place], value);
    }

    // What is no number stays text, so that the mistake is shown where it was made.
    private static JsonNode Number(string value)
    {
        var trimmed = value.Trim();
        if (!decimal.TryParse(trimmed, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) return value;
        try
        {
            return JsonNode.Parse(trimmed) ?? value;
        }
        catch (JsonException)
        {
            return value; // +1, .5 and 01 are numbers to people only
        }
    }
}
