namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>Says of a part of the URL that makes no sense what would.</summary>
public static class FleetDoubts
{
    private const int MostValues = 14;

    private static readonly string Filters = string.Join(", ", FleetFacets.All.Select(Name));
    private static readonly string Columns = string.Join(", ", FleetColumns.All.Select(look => look.Name));

    public static string Explain(string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        // A sentence of its own already: what was cut off, what is missing beside it.
        if (equals < 0) return part.Contains(' ', StringComparison.Ordinal) ? $"{part} is left out." : $"Nothing here is called “{part}”; filters are {Filters}.";
        var name = part[..equals];
        if (name is "cols" or "pin") return $"“{part}” is no column with a width from {FleetTableLayout.Narrowest} to {FleetTableLayout.Widest}; columns are {Columns}.";
        if (name == "sort") return $"“{part}” is no order; the list can be ordered by {Columns}.";
        if (name == "group") return $"“{part}” is no group; allowed: {string.Join(", ", Enum.GetValues<FleetGroupBy>().Select(Name))}.";
        if (name == "rows") return $"“{part}” is no height of rows; allowed: dense, roomy.";
        if (name == "view") return $"“{part}” is no saved view.";
        var facet = FleetFacets.All.FirstOrDefault(facet => Name(facet) == name, (FleetFacet)(-1));
        return (int)facet >= 0 && FleetFacets.ValuesOf(facet) is { } values
            ? $"“{part}” is not a filter here; allowed: {string.Join(", ", values.Take(MostValues))}."
            : $"“{part}” is not a filter here.";
    }

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
