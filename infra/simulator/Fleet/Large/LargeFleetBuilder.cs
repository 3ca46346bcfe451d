using Sluice.Simulator.Churn;
using Sluice.Simulator.Core;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Fleet.Large;

/// <summary>Puts a large fleet into its clusters, asleep: nothing of it runs until somebody looks.</summary>
internal sealed class LargeFleetBuilder(IReadOnlyList<SimulatedCluster> clusters, IReadOnlyList<FleetCluster> plans, Seeds seeds)
{
    // So long have the incidents of the start lasted.
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(3);

    public FleetChurn Build(SimulatorOptions options)
    {
        var shares = LargeFleet.Shares(options.Pipelines, clusters.Count, seeds);
        var now = clusters.ToDictionary(c => c, c => c.Clock.Now);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        foreach (var cluster in clusters) cluster.Clock.Freeze(now[cluster] - cluster.Clock.Scale(WarmUp));
        Parallel.For(0, clusters.Count, parallel, i => Build(clusters[i], plans[i], shares[i]));
        var churn = new FleetChurn(clusters, options.Pipelines, seeds, options.ChangeRate, options.Incidents);
        churn.Incidents.Fill();
        Parallel.ForEach(clusters, parallel, cluster =>
        {
            cluster.Agenda.LiveThrough(now[cluster]);
            cluster.Clock.Freeze(null);
        });
        return churn;
    }

    private void Build(SimulatedCluster cluster, FleetCluster plan, int count)
    {
        var all = LargeFleet.Pipelines(plan, count, seeds).ToList();
        OperatorObjects.Install(cluster);
        foreach (var group in all.GroupBy(p => p.Of.Home).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            cluster.AddNamespace(group.Key, new Dictionary<string, string> { ["team"] = group.First().Of.Team });
            OperatorObjects.AddServiceAccount(cluster, group.Key);
        }
        var settled = new SettledResource(cluster, cluster.Clock.Now);
        lock (cluster.Store.Gate)
        {
            cluster.Store.Stock(cluster.Catalog.FlinkDeployments, all.Where(p => p.Of.Kind != "sessionJob").Select(settled.Of));
            cluster.Store.Stock(cluster.Catalog.FlinkSessionJobs, all.Where(p => p.Of.Kind == "sessionJob").Select(settled.Of));
            foreach (var one in all.Where(p => p.Of.Kind != "sessionJob" && p.Of.State == "running"))
                cluster.World.Sleepers.Add(one.Of.Home, one.Of.Name, new Sleeper("s" + cluster.Seeds.Hex(6, one.Of.Home, one.Of.Name, "serial")));
            cluster.World.Sleepers.Begin(cluster.Catalog);
        }
    }
}
