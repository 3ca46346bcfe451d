using System.Collections.Immutable;
using System.Text;
using Sluice.Domain.Views;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// What the list shows, as it stands in the URL: search, filters and order. Unknown parts of a URL are left out, so that an old bookmark still opens, and named in
/// <see cref="Unknown"/>: a script whose filter is misspelt must not get the whole fleet as its answer.
/// </summary>
public sealed class FleetUrlState : IEquatable<FleetUrlState>
{
    /// <summary>Worst first.</summary>
    public static readonly ImmutableArray<FleetSortKey> DefaultSort = [new(FleetColumn.Health, false)];

    private const int LongestSearch = 200;
    private const int MostDoubts = 20;

    public static readonly FleetUrlState Default = new();

    public string Search { get; private init; } = "";

    public ImmutableSortedDictionary<FleetFacet, ImmutableSortedSet<string>> Filters { get; private init; } = ImmutableSortedDictionary<FleetFacet, ImmutableSortedSet<string>>.Empty;

    public ImmutableArray<FleetSortKey> Sort { get; private init; } = DefaultSort;

    /// <summary>Columns, pins and the height of the rows.</summary>
    public FleetTableLayout Layout { get; private init; } = FleetTableLayout.Default;

    /// <summary>How the list is grouped, and which groups are folded.</summary>
    public FleetGrouping Grouping { get; private init; } = FleetGrouping.Off;

    /// <summary>The parts of the URL that say nothing here, for example <c>health=bad</c>. Not part of what is shown.</summary>
    public ImmutableArray<string> Unknown { get; private init; } = [];

    /// <summary>The saved view that this state came from; it may have been changed since. Names the view only, what is shown stands in the rest.</summary>
    public Guid? View { get; private set; }

    public bool Filtered => Search.Length > 0 || Filters.Count > 0;

    public static FleetUrlState Parse(string uri)
    {
        var question = uri.IndexOf('?', StringComparison.Ordinal);
        if (question < 0) return Default;
        var end = uri.IndexOf('#', question);
        var state = Default;
        foreach (var pair in uri[(question + 1)..(end < 0 ? uri.Length : end)].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            state = equals > 0 ? state.With(Decode(pair[..equals]), pair[(equals + 1)..]) : state.Doubt(Decode(pair));
        }

        // Which groups are folded says nothing where there are none.
        return state.Grouping.By == FleetGroupBy.None && state.Grouping != FleetGrouping.Off ? state.Copy(grouping: FleetGrouping.Off).Doubt("fold without group") : state;
    }

    /// <summary>The path and query; a bare <c>/</c> where all is as at first.</summary>
    public string ToUrl() => ToQuery() is var query && View is { } view ? $"/?{query}{(query.Length == 0 ? "" : "&")}view={view}" : query.Length == 0 ? "/" : $"/?{query}";

    /// <summary>The query alone, without the view: what a view keeps. Empty where all is as at first.</summary>
    public string ToQuery()
    {
        var query = new StringBuilder();
        if (Search.Length > 0) Add(query, "q", Uri.EscapeDataString(Search));
        foreach (var (facet, values) in Filters) Add(query, Name(facet), string.Join(',', values.Select(Uri.EscapeDataString)));
        if (!Sort.SequenceEqual(DefaultSort)) Add(query, "sort", string.Join(',', Sort.Select(key => (key.Descending ? "-" : "") + Name(key.Column))));
        foreach (var (name, value) in Layout.ToQuery()) Add(query, name, value);
        foreach (var (name, value) in Grouping.ToQuery()) Add(query, name, value);
        return query.ToString();
    }

    /// <summary>For views: the query in its one form, and what in it says nothing.</summary>
    public static ViewQuery ReadQuery(string query)
    {
        var state = Parse("?" + query.TrimStart('?'));
        return new(state.ToQuery(), state.Unknown);
    }

    /// <summary>What a saved view shows.</summary>
    public static FleetUrlState Of(SavedView view) => Parse("?" + view.Query).From(view.Id);

    /// <summary>The same, as coming from a saved view (or from none).</summary>
    public FleetUrlState From(Guid? view)
    {
        var copy = Copy();
        copy.View = view;
        return copy;
    }

    public FleetUrlState WithLayout(FleetTableLayout layout) => Copy(layout: layout);

    public FleetUrlState WithSearch(string text) => Copy(search: Clean(text));

    public bool Has(FleetFacet facet, string value) => Filters.TryGetValue(facet, out var values) && values.Contains(value);

    public FleetUrlState Toggle(FleetFacet facet, string value) =>
        WithValues(facet, Has(facet, value) ? Filters[facet].Remove(value) : Filters.GetValueOrDefault(facet, ImmutableSortedSet.Create<string>(StringComparer.Ordinal)).Add(value));

    /// <summary>Exactly this value in this facet, the others as they are.</summary>
    public FleetUrlState Only(FleetFacet facet, string value) => WithValues(facet, ImmutableSortedSet.Create(StringComparer.Ordinal, value));

    /// <summary>Other groups, all of them open.</summary>
    public FleetUrlState GroupBy(FleetGroupBy by) => Copy(grouping: FleetGrouping.Off with { By = by });

    public FleetUrlState WithGrouping(FleetGrouping grouping) => Copy(grouping: grouping);

    public FleetUrlState WithoutFilters() => Copy(search: "", filters: Default.Filters);

    /// <summary>First click orders up, second down, third not at all. With <paramref name="add"/> the other keys stay.</summary>
    public FleetUrlState SortBy(FleetColumn column, bool add)
    {
        var at = Sort.FindIndex(column);
        FleetSortKey? next = at < 0 ? new(column, false) : Sort[at].Descending ? null : new(column, true);
        var sort = (add, at, next) switch
        {
            (true, >= 0, { } key) => Sort.SetItem(at, key),
            (true, >= 0, null) => Sort.RemoveAt(at),
            (true, _, { } key) => Sort.Add(key),
            (_, _, { } key) => [key],
            _ => [],
        };
        return Copy(sort: sort.IsEmpty ? DefaultSort : sort);
    }

    /// <summary>True where the same rows stand in the same order, whatever columns are shown and groups are folded.</summary>
    public bool SamePlaces(FleetUrlState other) => Grouping.By == other.Grouping.By && WithGrouping(other.Grouping).WithLayout(other.Layout).Equals(other);

    public bool Equals(FleetUrlState? other) => other is not null && ToUrl() == other.ToUrl();

    public override bool Equals(object? obj) => Equals(obj as FleetUrlState);

    public override int GetHashCode() => ToUrl().GetHashCode(StringComparison.Ordinal);

    private FleetUrlState With(string name, string raw)
    {
        switch (name)
        {
            case "q":
                var search = Decode(raw);
                return search.Length > LongestSearch ? WithSearch(search).Doubt($"q after its first {LongestSearch} characters") : WithSearch(search);
            case "view":
                return Guid.TryParse(Decode(raw), out var view) ? From(view) : Doubt($"view={Decode(raw)}");
            case "sort":
                return WithSort(raw);
            case "group":
                return Enum.TryParse<FleetGroupBy>(raw, ignoreCase: true, out var by) && raw == Name(by) ? Copy(grouping: Grouping with { By = by }) : Doubt($"{name}={Decode(raw)}");
            case "fold" or "unfold":
                return Copy(grouping: Grouping.Naming(name == "fold", raw.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Decode)));
        }

        var doubts = new List<string>();
        if (Layout.With(name, Decode(raw), doubts) is { } layout) return doubts.Aggregate(WithLayout(layout), (state, part) => state.Doubt(part));
        if (!Enum.TryParse<FleetFacet>(name, ignoreCase: true, out var facet) || name != Name(facet)) return Doubt(name);
        var values = raw.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Decode).ToLookup(value => value.Length is > 0 and <= 253 && FleetFacets.IsKnown(facet, value));
        return values[false].Aggregate(WithValues(facet, Filters.GetValueOrDefault(facet, ImmutableSortedSet.Create<string>(StringComparer.Ordinal)).Union(values[true])), (state, value) => state.Doubt($"{name}={value}"));
    }

    private FleetUrlState WithSort(string raw)
    {
        var state = this;
        var keys = ImmutableArray.CreateBuilder<FleetSortKey>();
        foreach (var part in Decode(raw).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = part.TrimStart('-');
            if (!Enum.TryParse<FleetColumn>(name, ignoreCase: true, out var column) || name != Name(column)) state = state.Doubt("sort=" + part);
            else if (keys.All(key => key.Column != column)) keys.Add(new(column, part[0] == '-'));
        }

        return state.Copy(sort: keys.Count == 0 ? DefaultSort : keys.ToImmutable());
    }

    private FleetUrlState Doubt(string part) => Unknown.Length < MostDoubts ? Copy(unknown: Unknown.Add(Clean(part))) : this;

    private FleetUrlState WithValues(FleetFacet facet, ImmutableSortedSet<string> values) =>
        Copy(filters: values.Count == 0 ? Filters.Remove(facet) : Filters.SetItem(facet, values.WithComparer(StringComparer.Ordinal)));

    private FleetUrlState Copy(string? search = null, ImmutableSortedDictionary<FleetFacet, ImmutableSortedSet<string>>? filters = null, ImmutableArray<FleetSortKey>? sort = null, ImmutableArray<string>? unknown = null, FleetTableLayout? layout = null, FleetGrouping? grouping = null) =>
        new() { Layout = layout ?? Layout, Search = search ?? Search, Filters = filters ?? Filters, Sort = sort ?? Sort, Unknown = unknown ?? Unknown, Grouping = grouping ?? Grouping, View = View };

    private static string Clean(string text) => text.Length > LongestSearch ? text[..LongestSearch] : text;

    private static string Decode(string text)
    {
        try
        {
            return Uri.UnescapeDataString(text.Replace('+', ' '));
        }
        catch (UriFormatException)
        {
            return text;
        }
    }

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static void Add(StringBuilder query, string name, string value) => query.Append(query.Length == 0 ? "" : "&").Append(name).Append('=').Append(value);
}

internal static class SortKeys
{
    public static int FindIndex(this ImmutableArray<FleetSortKey> keys, FleetColumn column)
    {
        for (var i = 0; i < keys.Length; i++)
            if (keys[i].Column == column) return i;
        return -1;
    }
}
