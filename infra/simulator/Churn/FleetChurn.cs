using System.Globalization;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.Churn;

/// <summary>What happens in a large fleet all day: ordinary changes and incidents, both settable while it runs.</summary>
internal sealed class FleetChurn
{
    private readonly Dictionary<SimulatedCluster, ClusterChurn> _parts = [];
    private double _rate;

    public FleetChurn(IReadOnlyList<SimulatedCluster> clusters, int pipelines, Seeds seeds, double rate, IncidentMix mix)
    {
        _rate = rate;
        // Only the newest operator notes the size of the state; the others change when somebody does something.
        var sizes = clusters.ToDictionary(c => c, c => (double)c.Store.All(c.Catalog.FlinkDeployments).Count * (c.Options.Operator.IsNewest ? 1 : 0.06));
        var all = Math.Max(1, sizes.Values.Sum());
        foreach (var cluster in clusters)
            _parts[cluster] = new ClusterChurn(cluster, seeds.Int(int.MaxValue, cluster.Options.Name, "churn"), () => Rate * sizes[cluster] / all);
        Incidents = new Incidents(clusters, pipelines, seeds, mix);
    }

    public Incidents Incidents { get; }

    /// <summary>Changes of pipelines a second, over all clusters.</summary>
    public double Rate { get => Volatile.Read(ref _rate); set => Volatile.Write(ref _rate, value is >= 0 and <= 20_000 ? value : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"A rate of {value} changes a second is not from 0 to 20000."))); }

    public long Written => _parts.Values.Sum(p => p.Written);

    public ClusterChurn this[SimulatedCluster cluster] => _parts[cluster];

    public void Begin()
    {
        foreach (var part in _parts.Values) part.Begin();
    }
}
