using System.Text.Json.Nodes;
using Sluice.Bench.Rig;

namespace Sluice.Bench.Rows;

/// <summary>The portal's managed heap with the fleet, less that of a portal on the same clusters without pipelines.</summary>
internal static class IndexMemory
{
    private const int Trees = 1000;

    public static async Task RunAsync(Stage stage, Report report)
    {
        double without;
        await using (var empty = await Simulator.EmptyAsync(stage.Options.Clusters))
        await using (var portal = await RunningPortal.StartAsync(empty))
        {
            await portal.HoldsAsync(0);
            without = (await portal.Probe.CollectAsync()).Heap;
        }

        var full = await stage.PortalAsync();
        var reading = await full.Probe.CollectAsync();
        var peer = await TreesAsync(stage);
        report.Add(new("index-memory", $"the portal's heap with {stage.Options.Pipelines:#,0} pipelines, less without, for each", (reading.Heap - without) / 1024 / stage.Options.Pipelines, "KB", new("the same objects as JSON trees", peer))
        {
            Budget = 10,
            Note = $"after full collections; heap {reading.Heap / 1e6:0} MB with, {without / 1e6:0} MB without; the collector held {reading.Committed / 1e6:0} MB",
        });
    }

    private static async Task<double> TreesAsync(Stage stage)
    {
        var fleet = await stage.FleetAsync();
        using var kubectl = Kubectl.Start(fleet, (string)fleet.Clusters()[0]!["name"]!, "get", "--raw", $"/apis/flink.apache.org/v1beta1/flinkdeployments?limit={Trees}");
        var text = await kubectl.StandardOutput.ReadToEndAsync();
        var items = JsonNode.Parse(text)!["items"]!.AsArray().Select(item => item!.ToJsonString()).ToList();
        return Numbers.Retained(() => items.Select(item => Rows.Trees.Touch(JsonNode.Parse(item)!)).ToArray()) / 1024 / items.Count;
    }
}
