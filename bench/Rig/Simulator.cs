using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rig;

/// <summary>Starts simulated fleets.</summary>
internal static class Simulator
{
    /// <summary>So many pipelines on so many clusters, and nothing happens to them by itself.</summary>
    public static async Task<SimulatorProcess> StartAsync(int pipelines, int clusters)
    {
        var file = Path.GetTempFileName();
        var plan = new JsonObject
        {
            ["clusters"] = new JsonArray([.. Enumerable.Range(0, clusters).Select(c => new JsonObject { ["name"] = $"region-{c}", ["operator"] = "1.16" })]),
            ["pipelines"] = new JsonArray([.. Enumerable.Range(0, pipelines).Select(p => new JsonObject { ["cluster"] = $"region-{p % clusters}", ["team"] = $"team-{p / clusters % 40}", ["name"] = $"pipeline-{p}", ["parallelism"] = p % 7 + 1 })]),
        };
        await File.WriteAllTextAsync(file, plan.ToJsonString());
        return await SimulatorProcess.StartAsync(file, speed: 0.01);
    }

    /// <summary>Its clusters: name, server and token.</summary>
    public static JsonArray Clusters(this SimulatorProcess simulator) => simulator.Ready["clusters"]!.AsArray();
}
