using Microsoft.AspNetCore.Components;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// The cells of a row as they were written once, kept for as long as they would be the same. A component for each row would do that, too, but costs every open page 4 KB a row.
/// </summary>
internal sealed class FleetRowPieces
{
    private readonly PipelineRow _row;
    private readonly FleetColumn[] _columns;
    private readonly Cells _marked;
    private readonly bool _gone;

    public FleetRowPieces(PipelineRow row, FleetTableLayout layout, FleetColumn[] columns, Cells marked, bool gone, DateTimeOffset now)
    {
        (_row, _columns, _marked, _gone) = (row, columns, marked, gone);
        var cells = new FleetRowCells(row, layout, marked, gone, now);
        BeforeName = cells.Of(columns.TakeWhile(static column => column != FleetColumn.Name)).Take();
        Name = cells.Of([FleetColumn.Name]).Take();
        AfterName = cells.Of(columns.SkipWhile(static column => column != FleetColumn.Name).Skip(1)).Take();
        Style = gone ? "is-stale is-gone" : row.StaleSince is null ? null : "is-stale";
        Select = $"Select {row.Key.Namespace}/{row.Key.Name}";
    }

    public MarkupString BeforeName { get; }

    /// <summary>A piece of its own: what has the focus must not be made anew when something beside it changes.</summary>
    public MarkupString Name { get; }

    public MarkupString AfterName { get; }

    public string? Style { get; }

    /// <summary>What the row's box says to a screen reader.</summary>
    public string Select { get; }

    /// <summary>True where the row as it is now looks the same. Columns are compared by the list: it is another one wherever the layout is.</summary>
    public bool Shows(PipelineRow row, FleetColumn[] columns, Cells marked, bool gone) =>
        ReferenceEquals(_columns, columns) && _marked == marked && _gone == gone && (ReferenceEquals(_row, row) || !CellMarks.Differ(_row, row));
}
