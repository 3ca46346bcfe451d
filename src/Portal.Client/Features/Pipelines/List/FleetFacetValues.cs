using System.Collections.Immutable;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>One value of a facet.</summary>
/// <param name="Value">As it stands in the URL.</param>
/// <param name="Count">How many rows it would show.</param>
/// <param name="Chosen">True where the list is narrowed by it.</param>
public readonly record struct FleetFacetValue(string Value, int Count, bool Chosen);

/// <summary>The values of a facet that the page shows: those with a fixed order in it, the others by how many rows they have; what is chosen is always among them.</summary>
/// <param name="Shown">The values, in order.</param>
/// <param name="Found">How many there are of which the text that is looked for is a part.</param>
/// <param name="All">How many there are.</param>
public sealed record FleetFacetValues(IReadOnlyList<FleetFacetValue> Shown, int Found, int All)
{
    // Nearly every pipeline may have an image of its own: what they are counted in is used again for the next page that asks.
    [ThreadStatic]
    private static Dictionary<string, int>? _scratch;

    public static FleetFacetValues Read(FleetListModel model, FleetFacet facet, int most, string find)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(find);
        var chosen = model.State.Filters.GetValueOrDefault(facet, ImmutableSortedSet<string>.Empty);
        if (facet != FleetFacet.Image) return Choose(facet, model.Counts.Of(facet), chosen, most, find);
        var counts = _scratch ??= new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            model.CountImages(counts);
            return Choose(facet, counts, chosen, most, find);
        }
        finally
        {
            counts.Clear();
        }
    }

    private static FleetFacetValues Choose(FleetFacet facet, IReadOnlyDictionary<string, int> counts, ImmutableSortedSet<string> chosen, int most, string find)
    {
        var best = new List<FleetFacetValue>(Math.Min(most, counts.Count) + chosen.Count);
        var order = Comparer<FleetFacetValue>.Create((a, b) => Compare(facet, a, b));
        var found = 0;
        foreach (var (value, count) in counts)
        {
            if (find.Length > 0 && !FleetFacets.Say(facet, value).Contains(find, StringComparison.OrdinalIgnoreCase)) continue;
            found++;
            if (chosen.Contains(value)) continue;
            var one = new FleetFacetValue(value, count, false);
            if (best.Count == most && order.Compare(one, best[^1]) >= 0) continue;
            if (best.Count == most) best.RemoveAt(most - 1);
            best.Insert(~best.BinarySearch(one, order), one);
        }

        // What is chosen takes the place of the last ones.
        var extra = chosen.Select(value => new FleetFacetValue(value, counts.GetValueOrDefault(value), true)).ToList();
        best.RemoveRange(Math.Max(0, Math.Min(best.Count, most - extra.Count)), Math.Max(0, best.Count - Math.Max(0, most - extra.Count)));
        best.AddRange(extra);
        best.Sort(order);
        var all = counts.Count + extra.Count(one => !counts.ContainsKey(one.Value));
        return new FleetFacetValues(best, find.Length > 0 ? found : all, all);
    }

    private static int Compare(FleetFacet facet, FleetFacetValue a, FleetFacetValue b)
    {
        var rank = (FleetFacets.Rank(facet, a.Value) ?? 0).CompareTo(FleetFacets.Rank(facet, b.Value) ?? 0);
        if (rank != 0) return rank;
        return a.Count != b.Count ? b.Count.CompareTo(a.Count) : string.CompareOrdinal(a.Value, b.Value);
    }
}
