using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>Decides which rows a search and its filters let through. Every word has to occur somewhere: address, team, image, labels, cause or the operator's error.</summary>
public sealed class FleetMatcher
{
    private readonly string[] _words;
    private readonly (FleetFacet Facet, IReadOnlySet<string> Values)[] _filters;

    public FleetMatcher(FleetUrlState state)
    {
        _words = state.Search.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        _filters = [.. state.Filters.Select(filter => (filter.Key, (IReadOnlySet<string>)filter.Value.ToHashSet(StringComparer.Ordinal)))];
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
        foreach (var (facet, values) in _filters)
        {
            if (values.Contains(FleetFacets.ValueOf(facet, row))) continue;
            misses++;
            missed = facet;
        }

        return misses;
    }

    private static bool Occurs(string word, PipelineRow row)
    {
        if (row.Searched.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
        var slash = word.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && row.Key.Namespace.EndsWith(word[..slash], StringComparison.OrdinalIgnoreCase) && row.Key.Name.StartsWith(word[(slash + 1)..], StringComparison.OrdinalIgnoreCase);
    }
}
