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

    private readonly Numbers?[] _facets = [.. FleetFacets.All.Select(facet => FleetFacets.FieldOf(facet) is { } field ? new Numbers(facet, field) : null)];
    // Of all pipelines, whatever the filters are.
    private readonly Numbers _clusters = new(FleetFacet.Cluster, FleetCode.Cluster);
    private readonly int[] _health = new int[1 << FleetCode.Health.Bits];

    public IReadOnlyDictionary<string, int> PerCluster => _clusters.Read();

    /// <summary>Of all pipelines, whatever the filters are.</summary>
    public int Of(ListedHealth health)
    {
        var count = 0;
        for (var number = 0; number < _health.Length; number++)
            if (FleetFacets.HealthOf(number) == health) count += _health[number];
        return count;
    }

    public IReadOnlyDictionary<string, int> Of(FleetFacet facet) => _facets[(int)facet]?.Read() ?? [];

    /// <summary>Counts a row in, or with a weight of -1 out again.</summary>
    /// <returns>True where search and filters let the row through.</returns>
    public bool Add(PipelineRow row, FleetMatcher matcher, int weight) => Add(FleetCode.Of(row), row, matcher, weight);

    /// <summary>The same with a code that is known: the row itself is read only for a search, and where its code does not say enough.</summary>
    public bool Add(FleetCode code, PipelineRow row, FleetMatcher matcher, int weight)
    {
        _health[code[FleetCode.Health]] += weight;
        _clusters.Add(code, row, weight);
        if (!matcher.MatchesSearch(row)) return false;
        var misses = matcher.Misses(code, row, out var missed);
        if (misses == 1) _facets[(int)missed]?.Add(code, row, weight);
        if (misses > 0) return false;
        foreach (var facet in _facets) facet?.Add(code, row, weight);
        return true;
    }

    private sealed class Numbers(FleetFacet facet, FleetField field)
    {
        private int[] _counts = new int[16];
        private Dictionary<string, int>? _others;

        public void Add(FleetCode code, PipelineRow row, int weight)
        {
            var number = code[field];
            if (number < _counts.Length) _counts[number] += weight;
            else AddNew(number, row, weight);
        }

        public Dictionary<string, int> Read()
        {
            var read = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var number = 0; number < _counts.Length; number++)
                if (_counts[number] > 0) CollectionsMarshal.GetValueRefOrAddDefault(read, FleetFacets.ValueOf(facet, number)!, out _) += _counts[number];
            foreach (var (value, count) in _others ?? [])
                if (count > 0) CollectionsMarshal.GetValueRefOrAddDefault(read, value, out _) += count;
            return read;
        }

        private void AddNew(int number, PipelineRow row, int weight)
        {
            if (FleetFacets.ValueOf(facet, number) is null)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_others ??= new Dictionary<string, int>(StringComparer.Ordinal), FleetFacets.ValueOf(facet, row), out _) += weight;
                return;
            }

            // Never so long that the number of what is beyond would be counted like the others.
            Array.Resize(ref _counts, Math.Min(number + 16, Math.Max(number + 1, (1 << field.Bits) - 1)));
            _counts[number] += weight;
        }
    }
}
