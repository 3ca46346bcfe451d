using System.Runtime.InteropServices;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// How many rows each filter value would show. A facet's own choice does not count against its other values: choosing "failed" still shows how many are degraded.
/// </summary>
public sealed class FleetCounts
{
    public static readonly FleetCounts None = new();

    private readonly Dictionary<string, int>[] _facets = [.. FleetFacets.All.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
    private readonly int[] _health = new int[Enum.GetValues<ListedHealth>().Length];
    private readonly Dictionary<string, int> _clusters = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, int> PerCluster => _clusters;

    /// <summary>Of all pipelines, whatever the filters are.</summary>
    public int Of(ListedHealth health) => _health[(int)health];

    public IReadOnlyDictionary<string, int> Of(FleetFacet facet) => _facets[(int)facet];

    /// <summary>Counts a row in, or with a weight of -1 out again.</summary>
    /// <returns>True where search and filters let the row through.</returns>
    public bool Add(PipelineRow row, FleetMatcher matcher, int weight)
    {
        _health[(int)FleetFacets.HealthOf(row)] += weight;
        Change(_clusters, row.Key.Cluster, weight);
        if (!matcher.MatchesSearch(row)) return false;
        var misses = matcher.Misses(row, out var missed);
        if (misses == 1) Change(_facets[(int)missed], FleetFacets.ValueOf(missed, row), weight);
        if (misses > 0) return false;
        foreach (var facet in FleetFacets.All) Change(_facets[(int)facet], FleetFacets.ValueOf(facet, row), weight);
        return true;
    }

    private static void Change(Dictionary<string, int> counts, string value, int weight)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _);
        count += weight;
        if (count <= 0) counts.Remove(value);
    }
}
