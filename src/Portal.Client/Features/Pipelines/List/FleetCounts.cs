using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// How many rows each filter value would show. A facet's own choice does not count against its other values: choosing "failed" still shows how many are degraded.
/// Images are not among them: they may be as many as pipelines, a megabyte for each open page; <see cref="FleetFacetValues"/> counts them when they are shown.
/// </summary>
public sealed class FleetCounts
{
    public static readonly FleetCounts None = new();

    // Facets with few values are counted by number: a page that opens counts 20,000 rows in nine facets.
    private readonly int[]?[] _few = [.. FleetFacets.All.Select(facet => FleetFacets.ValuesOf(facet) is { } values ? new int[values.Count] : null)];
    private readonly TextCounts[] _many = [.. FleetFacets.All.Select(_ => new TextCounts())];
    private readonly int[] _health = new int[Enum.GetValues<ListedHealth>().Length];
    private readonly TextCounts _clusters = new();

    public IReadOnlyDictionary<string, int> PerCluster => _clusters.Read();

    /// <summary>Of all pipelines, whatever the filters are.</summary>
    public int Of(ListedHealth health) => _health[(int)health];

    public IReadOnlyDictionary<string, int> Of(FleetFacet facet) => _few[(int)facet] is not { } few
        ? _many[(int)facet].Read()
        : FleetFacets.ValuesOf(facet)!.Select((value, i) => (Value: value, Count: few[i])).Where(pair => pair.Count > 0).ToDictionary(pair => pair.Value, pair => pair.Count, StringComparer.Ordinal);

    /// <summary>Counts a row in, or with a weight of -1 out again.</summary>
    /// <returns>True where search and filters let the row through.</returns>
    public bool Add(PipelineRow row, FleetMatcher matcher, int weight)
    {
        _health[(int)FleetFacets.HealthOf(row)] += weight;
        _clusters.Add(row.Key.Cluster, weight);
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
        else if (facet != FleetFacet.Image) _many[(int)facet].Add(FleetFacets.ValueOf(facet, row), weight);
    }

    /// <summary>Counts texts of which most are one and the same object: where that one was counted lately it is found without reading it.</summary>
    private sealed class TextCounts
    {
        private const int Lately = 32;

        private readonly Dictionary<string, Counter> _counters = new(StringComparer.Ordinal);
        private readonly (string? Value, Counter? Counter)[] _lately = new (string?, Counter?)[Lately];

        public void Add(string value, int weight)
        {
            ref var lately = ref _lately[RuntimeHelpers.GetHashCode(value) & (Lately - 1)];
            if (!ReferenceEquals(lately.Value, value))
            {
                ref var counter = ref CollectionsMarshal.GetValueRefOrAddDefault(_counters, value, out _);
                lately = (value, counter ??= new Counter());
            }

            lately.Counter!.Count += weight;
        }

        public Dictionary<string, int> Read() => _counters.Where(pair => pair.Value.Count > 0).ToDictionary(pair => pair.Key, pair => pair.Value.Count, StringComparer.Ordinal);

        private sealed class Counter
        {
            public int Count { get; set; }
        }
    }
}
