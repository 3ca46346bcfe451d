using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>How large a spec makes its job.</summary>
/// <param name="Parallelism">Subtasks of vertices without a parallelism of their own; null where the spec does not tell.</param>
/// <param name="Slots">Slots of a TaskManager.</param>
/// <param name="TaskManagers">As the spec fixes them (<c>taskManager.replicas</c>); null where they follow from the parallelism.</param>
/// <param name="Standalone">TaskManagers are pods of the operator's, not asked for by Flink.</param>
/// <param name="Reactive">Flink takes whatever slots there are.</param>
/// <param name="Overrides">Vertices with a parallelism of their own.</param>
internal sealed record JobSize(int? Parallelism, int Slots, int? TaskManagers, bool Standalone, bool Reactive, IReadOnlyDictionary<string, int> Overrides)
{
    public const string SlotsKey = "taskmanager.numberOfTaskSlots";

    public static JobSize Of(JsonObject spec)
    {
        var options = FlinkConfiguration.Flatten(spec["flinkConfiguration"]);
        var slots = Number(options.GetValueOrDefault(SlotsKey)) ?? 1;
        var replicas = Number(spec.Map("taskManager").Text("replicas"));
        var standalone = spec.Text("mode") == "standalone";
        var parallelism = replicas is { } count ? count * slots : Number(spec.Map("job").Text("parallelism"));
        return new(parallelism, slots, replicas, standalone, standalone && IsReactive(options), VertexOverrides.Read(options.GetValueOrDefault(DeployedSpec.Overrides)));
    }

    /// <summary>True where <c>scheduler-mode</c> is reactive, in whatever case it is written.</summary>
    public static bool IsReactive(IReadOnlyDictionary<string, string?> options) => string.Equals(options.GetValueOrDefault("scheduler-mode"), "reactive", StringComparison.OrdinalIgnoreCase);

    /// <summary>The slots that a standalone cluster of this spec has; null where Flink asks for TaskManagers as it needs them.</summary>
    public int? FixedSlots => !Standalone ? null : (TaskManagers ?? TaskManagersFor(Parallelism ?? 1)) * Slots;

    /// <summary>How many TaskManagers so many slots are.</summary>
    public int TaskManagersFor(int slots) => (slots + Slots - 1) / Slots;

    /// <summary>With how many subtasks a vertex will run; null where that cannot be told.</summary>
    /// <param name="id">The vertex.</param>
    /// <param name="now">What it runs with now.</param>
    /// <param name="most">Its max parallelism; null where not known.</param>
    /// <param name="before">The size of the spec that runs now.</param>
    public int? Expected(string id, int? now, int? most, JobSize before)
    {
        if (Reactive) return FixedSlots is { } all ? Math.Min(all, most ?? all) : null;
        if (Overrides.TryGetValue(id, out var own)) return own;
        // A vertex whose parallelism the program sets does not follow the job's.
        var follows = before.Overrides.ContainsKey(id) || now is null || now == before.Parallelism;
        return follows ? Parallelism : now;
    }

    private static int? Number(string? text) => int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;
}
