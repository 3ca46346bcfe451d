using System.Runtime.InteropServices;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// How many rows each filter value would show. A facet's own choice does not count against its other values: choosing "failed" still shows how many are degraded.
/// </summary>
public sealed class FleetCounts
{
    public static readonly FleetCounts None = new();

    // Facets with few values are counted by number: a page that opens counts 20,000 rows in nine facets.
    private readonly int[]?[] _few = [.. FleetFacets.All.Select(facet => FleetFacets.ValuesOf(facet) is { } values ? new int[values.Count] : null)];
    private readonly Dictionary<string, int>[] _many = [.. FleetFacets.All.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
    private readonly int[] _health = new int[Enum.GetValues<ListedHealth>().Length];
    private readonly Dictionary<string, int> _clusters = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, int> PerCluster => _clusters;

    /// <summary>Of all pipelines, whatever the filters are.</summary>
    public int Of(ListedHealth health) => _health[(int)health];

    public IReadOnlyDictionary<string, int> Of(FleetFacet facet) => _few[(int)facet] is not { } few
        ? _many[(int)facet]
        : FleetFacets.ValuesOf(facet)!.Select((value, i) => (Value: value, Count: few[i])).Where(pair => pair.Count > 0).ToDictionary(pair => pair.Value, pair => pair.Count, StringComparer.Ordinal);

    /// <summary>Counts a row in, or with a weight of -1 out again.</summary>
    /// <returns>True where search and filters let the row through.</returns>
    public bool Add(PipelineRow row, FleetMatcher matcher, int weight)
    {
        _health[(int)FleetFacets.HealthOf(row)] += weight;
        Change(_clusters, row.Key.Cluster, weight);
        if (!matcher.MatchesSearch(row)) return false;
        var misses = matcher.Misses(row, out var missed);
        if (misses == 1) Change(missed, row, weight);
        if (misses > 0) return false;
        foreach (var facet in FleetFacets.All) Change(facet, row, weight);
        return true;
    }

    private void Change(FleetFacet facet, PipelineRow row, int weight)
    {
        if (_few[(int)facet] is { } few) few[FleetFacets.IndexOf(facet, row)] += weight;
        else Change(_many[(int)facet], FleetFacets.ValueOf(facet, row), weight);
    }

    private static void Change(Dictionary<string, int> counts, string value, int weight)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _);
        count += weight;
        if (count <= 0) counts.Remove(value);
    }
}
