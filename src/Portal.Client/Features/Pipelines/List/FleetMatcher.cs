using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>Decides which rows a search and its filters let through. Every word has to occur somewhere: address, team, image, labels, cause or the operator's error. Used by one thread at a time.</summary>
public sealed class FleetMatcher
{
    private readonly string[] _words;
    private readonly Filter[] _filters;

    public FleetMatcher(FleetUrlState state)
    {
        _words = state.Search.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        _filters = [.. state.Filters.Select(filter => new Filter(filter.Key, filter.Value.ToHashSet(StringComparer.Ordinal)))];
    }

    public bool Matches(PipelineRow row) => MatchesSearch(row) && Misses(row, out _) == 0;

    public bool MatchesSearch(PipelineRow row)
    {
        foreach (var word in _words)
            if (!Occurs(word, row)) return false;
        return true;
    }

    /// <summary>How many facets keep the row out, and the last one that does.</summary>
    public int Misses(PipelineRow row, out FleetFacet missed)
    {
        var misses = 0;
        missed = default;
        foreach (var filter in _filters)
            if (!filter.Lets(row)) (misses, missed) = (misses + 1, filter.Facet);
        return misses;
    }

    /// <summary>The same, by the row's code; the row itself is looked at only where its code does not say enough.</summary>
    public int Misses(FleetCode code, PipelineRow row, out FleetFacet missed)
    {
        var misses = 0;
        missed = default;
        foreach (var filter in _filters)
            if (!filter.Lets(code, row)) (misses, missed) = (misses + 1, filter.Facet);
        return misses;
    }

    private static bool Occurs(string word, PipelineRow row)
    {
        if (row.Searched.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
        var slash = word.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && row.Key.Namespace.EndsWith(word[..slash], StringComparison.OrdinalIgnoreCase) && row.Key.Name.StartsWith(word[(slash + 1)..], StringComparison.OrdinalIgnoreCase);
    }

    private sealed class Filter(FleetFacet facet, HashSet<string> values)
    {
        private readonly FleetField? _field = FleetFacets.FieldOf(facet);
        // What was found out about a number, which stays the same: 0 for nothing yet.
        private Found[] _found = new Found[16];

        private enum Found : byte
        {
            Nothing,
            Lets,
            KeepsOut,
            AskTheRow,
        }

        public FleetFacet Facet => facet;

        public bool Lets(PipelineRow row) => values.Contains(FleetFacets.ValueOf(facet, row));

        public bool Lets(FleetCode code, PipelineRow row)
        {
            if (_field is not { } field) return Lets(row);
            var number = code[field];
            if (number >= _found.Length) Array.Resize(ref _found, number + 16);
            if (_found[number] == Found.Nothing) _found[number] = FleetFacets.ValueOf(facet, number) is not { } value ? Found.AskTheRow : values.Contains(value) ? Found.Lets : Found.KeepsOut;
            return _found[number] == Found.Lets || (_found[number] == Found.AskTheRow && Lets(row));
        }
    }
}
