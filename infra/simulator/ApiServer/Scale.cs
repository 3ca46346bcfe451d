using System.Text.Json.Nodes;

namespace Sluice.Simulator.ApiServer;

/// <summary>The <c>scale</c> subresource of a FlinkDeployment.</summary>
internal static class Scale
{
    public static JsonObject Read(StoredObject stored) => Of(stored.ToNode());

    public static JsonObject Of(JsonObject live)
    {
        var spec = new JsonObject();
        if (live["spec"]?["taskManager"]?["replicas"] is { } replicas) spec["replicas"] = replicas.DeepClone();
        var metadata = new JsonObject();
        foreach (var key in (string[])["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
            if (live["metadata"]![key] is { } value) metadata[key] = value.DeepClone();
        return new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = spec,
            ["status"] = new JsonObject
            {
                ["replicas"] = live["status"]?["taskManager"]?["replicas"]?.DeepClone() ?? 0,
                ["selector"] = live["status"]?["taskManager"]?["labelSelector"]?.DeepClone() ?? "",
            },
        };
    }

    public static JsonObject Write(JsonObject live, JsonObject scale)
    {
        if (scale["spec"]?["replicas"] is not { } replicas) return live;
        if (live["spec"] is not JsonObject spec) live["spec"] = spec = [];
        if (spec["taskManager"] is not JsonObject taskManager) spec["taskManager"] = taskManager = [];
        taskManager["replicas"] = replicas.DeepClone();
        return live;
    }
}
