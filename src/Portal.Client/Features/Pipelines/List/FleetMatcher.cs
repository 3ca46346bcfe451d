using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>Decides which rows a search and its filters let through. Every word has to occur somewhere: address, team, image, labels, cause or the operator's error.</summary>
public sealed class FleetMatcher
{
    private readonly string[] _words;
    private readonly (FleetFacet Facet, IReadOnlySet<string> Values)[] _filters;

    public FleetMatcher(FleetUrlState state)
    {
        _words = state.Search.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
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
        var slash = word.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && In(row.Key.Namespace, word[..slash], ends: true) && row.Key.Name.StartsWith(word[(slash + 1)..], StringComparison.OrdinalIgnoreCase)) return true;
        if (In(row.Key.Name, word) || In(row.Key.Namespace, word) || In(row.Key.Cluster, word) || In(row.Team, word)) return true;
        if (In(row.State.Cause, word) || In(row.Resource.Image, word) || In(row.Resource.Error?.Message, word)) return true;
        if (FleetCauses.Of(row) is { } cause && In(cause.Label, word)) return true;
        foreach (var (name, value) in row.Resource.Labels)
            if (In(value, word) || In(name, word)) return true;
        return false;
    }

    private static bool In(string? text, string word, bool ends = false) =>
        text is not null && (ends ? text.EndsWith(word, StringComparison.OrdinalIgnoreCase) : text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
