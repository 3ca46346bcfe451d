using System.Collections.Immutable;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Clusters;

/// <summary>How many pipelines a cluster has.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Deployments">As FlinkDeployments.</param>
/// <param name="SessionJobs">As FlinkSessionJobs.</param>
/// <param name="Health">By health, without those that have none.</param>
public sealed record ClusterCounts(int Total, int Deployments, int SessionJobs, ImmutableSortedDictionary<HealthState, int> Health)
{
    /// <summary>No pipelines.</summary>
    public static ClusterCounts None { get; } = new(0, 0, 0, ImmutableSortedDictionary<HealthState, int>.Empty);

    /// <summary>Counts all clusters in one pass.</summary>
    public static IReadOnlyDictionary<string, ClusterCounts> Of(FleetSnapshot fleet)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        var counts = new Dictionary<string, (int Deployments, int SessionJobs, Dictionary<HealthState, int> Health)>(StringComparer.Ordinal);
        foreach (var (key, row) in fleet.Rows)
        {
            var (deployments, jobs, health) = counts.TryGetValue(key.Cluster, out var known) ? known : (0, 0, []);
            health[row.State.Health] = health.GetValueOrDefault(row.State.Health) + 1;
            counts[key.Cluster] = key.Resource == FlinkResource.SessionJob ? (deployments, jobs + 1, health) : (deployments + 1, jobs, health);
        }

        return counts.ToDictionary(static c => c.Key, static c => new ClusterCounts(c.Value.Deployments + c.Value.SessionJobs, c.Value.Deployments, c.Value.SessionJobs, c.Value.Health.ToImmutableSortedDictionary()));
    }
}
