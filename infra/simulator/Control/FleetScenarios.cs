using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Churn;
using static Sluice.Simulator.Control.Scenarios;

namespace Sluice.Simulator.Control;

/// <summary>What is settable about a large fleet while it runs, and single writes whose moment is told.</summary>
internal sealed class FleetScenarios(SimulatorHost host, Func<JsonObject, SimulatedCluster> cluster)
{
    public IReadOnlyList<Scenario> All =>
    [
        new("change-rate", "rate", "so many changes of pipelines a second, over all clusters; 0 stops the ordinary ones", b => Told(() => Churn().Rate = Number(b, "rate") ?? throw Missing("rate"))),
        new("incidents", "mix", "which share of the fleet is wrong: 1.5%, none, or by kind, as image-pull:0.2%,restart-loop:0.1%", b => Told(() => Churn().Incidents.Change(IncidentMix.Parse(Text(b, "mix") ?? throw Missing("mix"))))),
        new("incident", "cluster, kind, namespace?, count? (20), seconds? (600)", "one incident, beside those of the mix", Incident),
        new("burst", "count, cluster?", "so many changes at once, as after a reconnect", Burst),
        new("delete-many", "cluster, count", "so many pipelines are deleted at once; the operator takes them down", DeleteMany),
        new("write", "cluster, namespace, name, merge, plural? (flinkdeployments)", "merges into a resource, status included, and tells when that was committed", Write),
    ];

    public static JsonObject Describe(SimulatorHost host) => host.Churn is not { } churn ? [] : new()
    {
        ["rate"] = churn.Rate,
        ["written"] = churn.Written,
        ["incidents"] = new JsonArray([.. churn.Incidents.Open.Select(Describe)]),
    };

    public static JsonObject Commit(SimulatorHost host, string name, string plural, string version)
    {
        var at = host.Clusters.FirstOrDefault(c => c.Options.Name == name) ?? throw new ScenarioException(404, $"There is no cluster {name}.");
        var type = at.Catalog.All.FirstOrDefault(t => t.Plural == plural) ?? throw new ScenarioException(404, $"There is no kind {plural}.");
        lock (at.Store.Gate)
            return at.Store.WrittenAt(type, long.Parse(version, CultureInfo.InvariantCulture)) is { } written
                ? new() { ["committedAt"] = Iso(written) }
                : throw new ScenarioException(404, $"Version {version} is none of {plural}, or is too old to be remembered.");
    }

    private Task<JsonObject> Incident(JsonObject body)
    {
        var name = Text(body, "kind") ?? throw Missing("kind");
        var kind = IncidentKind.All.FirstOrDefault(k => k.Name == name) ?? throw new ScenarioException(404, $"There is no incident {name}: there are {string.Join(", ", IncidentKind.All.Select(k => k.Name))}.");
        var begun = Churn().Incidents.Begin(kind, cluster(body), Text(body, "namespace"), (int)(Number(body, "count") ?? 20), TimeSpan.FromSeconds(Number(body, "seconds") ?? 600))
            ?? throw new ScenarioException(409, "No pipeline is left there that is well.");
        return Task.FromResult(new JsonObject { ["incident"] = Describe(begun) });
    }

    private Task<JsonObject> Burst(JsonObject body)
    {
        var (churn, count, written) = (Churn(), (int)(Number(body, "count") ?? throw Missing("count")), 0);
        var targets = Text(body, "cluster") is null ? host.Clusters.Where(c => c.Options.Operator.IsNewest).ToList() : [cluster(body)];
        for (var i = 0; i < targets.Count; i++)
            lock (targets[i].Store.Gate) written += churn[targets[i]].Burst((count - written) / (targets.Count - i));
        return Task.FromResult(new JsonObject { ["written"] = written });
    }

    private Task<JsonObject> DeleteMany(JsonObject body)
    {
        var (churn, at) = (Churn(), cluster(body));
        lock (at.Store.Gate) return Task.FromResult(new JsonObject { ["deleted"] = churn[at].Delete((int)(Number(body, "count") ?? throw Missing("count"))) });
    }

    private Task<JsonObject> Write(JsonObject body)
    {
        var at = cluster(body);
        var type = at.Catalog.All.FirstOrDefault(t => t.Plural == (Text(body, "plural") ?? "flinkdeployments")) ?? throw new ScenarioException(404, $"There is no kind {Text(body, "plural")}.");
        var (ns, name) = (Text(body, "namespace") ?? throw Missing("namespace"), Text(body, "name") ?? throw Missing("name"));
        var merge = body["merge"] as JsonObject ?? throw Missing("merge");
        lock (at.Store.Gate)
        {
            var live = at.Store.Find(type, ns, name)?.ToNode() ?? throw new ScenarioException(404, $"There is no {type.Kind} {ns}/{name} in that cluster.");
            var stored = at.Store.Put(type, (JsonObject)Patches.Merge(live, merge)!);
            return Task.FromResult(new JsonObject { ["resourceVersion"] = stored.Version.ToString(CultureInfo.InvariantCulture), ["committedAt"] = Iso(at.Store.WrittenAt(type, stored.Version)!.Value) });
        }
    }

    private FleetChurn Churn() => host.Churn ?? throw new ScenarioException(409, "Only the fleet \"scale\" changes by itself.");

    private Task<JsonObject> Told(Action act)
    {
        act();
        return Task.FromResult(Describe(host));
    }

    private static JsonObject Describe(Incident incident) => new()
    {
        ["kind"] = incident.Kind.Name,
        ["cluster"] = incident.Cluster,
        ["mark"] = incident.Mark,
        ["began"] = Iso(incident.Began),
        ["pipelines"] = new JsonArray([.. incident.Victims.Select(v => (JsonNode)$"{v.Namespace}/{v.Name}")]),
    };

    private static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
