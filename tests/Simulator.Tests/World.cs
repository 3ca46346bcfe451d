using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.Tests;

/// <summary>A simulated cluster whose time passes only when a test says so: a walk of twenty minutes takes a second.</summary>
internal sealed class World
{
    private readonly SimClock _clock;

    public World(OperatorVersion version)
    {
        _clock = new SimClock(TimeProvider.System, 1);
        _clock.Freeze(new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));
        Cluster = new SimulatedCluster(
            new ClusterOptions("test", version) { ReconcileInterval = TimeSpan.FromSeconds(10), ProgressInterval = TimeSpan.FromSeconds(2) },
            _clock, new Seeds(1), null, NullLogger.Instance);
        Cluster.AddNamespace("team-orders", new Dictionary<string, string> { ["team"] = "orders" });
        Cluster.Store.Changed += (type, entry) =>
        {
            if (type.Custom) Changes.Add((type.Kind, entry.Object.Name, entry.Object.ToNode()));
        };
    }

    public SimulatedCluster Cluster { get; }

    /// <summary>Every version of every custom resource, in order.</summary>
    public List<(string Kind, string Name, JsonObject Object)> Changes { get; } = [];

    public void Live(double seconds) => Cluster.Agenda.LiveThrough(_clock.Now + TimeSpan.FromSeconds(seconds));

    public void Create(JsonNode resource)
    {
        var body = new JsonObject { ["apiVersion"] = resource["apiVersion"]!.DeepClone(), ["kind"] = resource["kind"]!.DeepClone(), ["metadata"] = new JsonObject { ["name"] = resource["metadata"]!["name"]!.DeepClone() }, ["spec"] = resource["spec"]!.DeepClone() };
        Cluster.Writer.Create(Type(body["kind"]!.ToString()), "team-orders", body, new WriteOptions());
    }

    public void Patch(string name, string patch, string kind = "FlinkDeployment") => Cluster.Writer.Update(Type(kind), "team-orders", name, false, new WriteOptions(),
        live => (JsonObject)Patches.Merge(live, JsonNode.Parse(patch))!);

    public void Delete(string name, string kind = "FlinkDeployment") => Cluster.Writer.Delete(Type(kind), "team-orders", name, null, false);

    public JsonObject? Read(string name, string kind = "FlinkDeployment") => Cluster.Store.Find(Type(kind), "team-orders", name)?.ToNode();

    public IEnumerable<JsonObject> Events(string name) => Cluster.Store.All(ResourceCatalog.Events).Values.Select(e => e.ToNode()).Where(e => e["involvedObject"]!["name"]!.ToString() == name && e["involvedObject"]!["kind"]!.ToString().StartsWith("Flink", StringComparison.Ordinal));

    private ResourceType Type(string kind) => Cluster.Catalog.Custom.First(t => t.Kind == kind);
}
