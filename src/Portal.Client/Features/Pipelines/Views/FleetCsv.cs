using Sluice.Portal.Client.Features.Pipelines.List;

namespace Sluice.Portal.Client.Features.Pipelines.Views;

/// <summary>Where the list is had as a file.</summary>
public static class FleetCsv
{
    /// <summary>The rows that the list shows, in its order and with the chosen columns (all where nobody chose), as CSV that a spreadsheet reads rightly.</summary>
    public static string Href(FleetUrlState state)
    {
        var rows = state.WithLayout(FleetTableLayout.Default).ToQuery();
        var columns = state.Layout.Chosen ? $"cols={string.Join(',', state.Layout.Columns.Select(c => Names(c.Column)))}&" : "";
        return $"/api/v1/pipelines.csv?{rows}{(rows.Length > 0 ? "&" : "")}{columns}bom=true";
    }

    /// <summary>The names that the export has for a column of the page.</summary>
    private static string Names(FleetColumn column) => column switch
    {
        FleetColumn.Name => "namespace,name",
        FleetColumn.Checkpoint => "lastCheckpointAt",
        FleetColumn.Flink => "flinkVersion",
        FleetColumn.Started => "jobStartedAt",
        _ => column.ToString().ToLowerInvariant(),
    };
}
