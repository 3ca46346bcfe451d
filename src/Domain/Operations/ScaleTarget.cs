using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations;

/// <summary>What to scale and to how much. What is not named stays as it is.</summary>
public sealed record ScaleTarget
{
    /// <summary>Subtasks of the whole job: <c>job.parallelism</c>. Vertices with a parallelism of their own keep it.</summary>
    public int? Parallelism { get; init; }

    /// <summary>Subtasks of single vertices by the vertex's id; null takes a vertex's own parallelism away, so that it follows the job's again.</summary>
    public IReadOnlyDictionary<string, int?> Vertices { get; init; } = new Dictionary<string, int?>();

    /// <summary>TaskManagers: <c>taskManager.replicas</c>. With it, parallelism is TaskManagers × slots, and <c>job.parallelism</c> counts no more.</summary>
    public int? TaskManagers { get; init; }

    /// <summary>Slots of a TaskManager: <c>taskmanager.numberOfTaskSlots</c>.</summary>
    public int? Slots { get; init; }

    /// <summary>True where nothing is asked for.</summary>
    [JsonIgnore]
    public bool IsEmpty => Parallelism is null && TaskManagers is null && Slots is null && Vertices.Count == 0;

    /// <summary>The spec with the change made; the original is left alone.</summary>
    public JsonObject ApplyTo(JsonObject spec)
    {
        var changed = (JsonObject)spec.DeepClone();
        if (Parallelism is { } parallelism && changed["job"] is JsonObject job) job["parallelism"] = parallelism;
        if (TaskManagers is { } count)
        {
            if (changed["taskManager"] is JsonObject taskManager) taskManager["replicas"] = count;
            else changed["taskManager"] = new JsonObject { ["replicas"] = count };
        }
        if (Slots is null && Vertices.Count == 0) return changed;
        var options = SpecPatch.Flatten(changed["flinkConfiguration"] as JsonObject);
        if (Slots is { } slots) options[JobSize.SlotsKey] = slots.ToString(CultureInfo.InvariantCulture);
        if (Vertices.Count > 0)
        {
            var overrides = VertexOverrides.Read(options[DeployedSpec.Overrides]?.ToString());
            foreach (var (vertex, own) in Vertices)
            {
                if (own is { } value) overrides[vertex] = value;
                else overrides.Remove(vertex);
            }
            if (overrides.Count > 0) options[DeployedSpec.Overrides] = VertexOverrides.Write(overrides);
            else options.Remove(DeployedSpec.Overrides);
        }
        changed["flinkConfiguration"] = options;
        return changed;
    }
}
