using Sluice.Portal.Client.Features.Pipelines.List;

namespace Sluice.Portal.Client.Features.Pipelines.Views;

/// <summary>Where the list is had as a file.</summary>
public static class FleetCsv
{
    /// <summary>The rows that the list shows, in its order, as CSV that a spreadsheet opens rightly.</summary>
    public static string Href(FleetUrlState state) => state.ToQuery() is { Length: > 0 } query ? $"/api/v1/pipelines.csv?{query}&bom=true" : "/api/v1/pipelines.csv?bom=true";
}
