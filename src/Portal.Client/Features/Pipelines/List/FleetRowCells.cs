using System.Globalization;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// Writes the cells of one row. A page holds some fifty rows and every one of its attributes is paid fifty times, so the cells are markup in pieces: the name is one of its own, because what has
/// the focus must not be made anew when something beside it changes. Ages are kept up to date by the browser, and so are the titles of texts that are cut off.
/// </summary>
internal sealed class FleetRowCells(PipelineRow row, FleetTableLayout layout, Cells marked, bool gone, DateTimeOffset now)
{
    private readonly MarkupWriter _write = new();

    private string NoSample => row.SampledAt is null ? "no value yet: the job was not asked, or does not answer" : "the job does not report it";

    /// <summary>Writes the next columns.</summary>
    public MarkupWriter Of(IEnumerable<FleetColumn> columns)
    {
        foreach (var column in columns) Write(column);
        return _write;
    }

    private void Write(FleetColumn column)
    {
        var resource = row.Resource;
        switch (column)
        {
            case FleetColumn.Name:
                Cell(column, "name", row.Key.ToString()).Open("a").With("href", PortalUrls.Pipeline(row.Key)).Open("span", "ns").Text(row.Key.Namespace + "/").Close().Text(row.Key.Name).Close();
                break;
            case FleetColumn.Health when gone:
                Cell(column, "in-head").Open("span", "state s-stale").Piece(Icon.Of("trash")).Text("deleted").Close();
                break;
            case FleetColumn.Health when row.StaleSince is { } since:
                Cell(column, "in-head").Open("span", "state s-stale").With("title", $"was {StateLook.Of(row.State.Health).Word} when last seen {Format.Exact(since)}").Piece(StateMarkup.Stale);
                Age(since, null);
                _write.Close();
                break;
            case FleetColumn.Health:
                Cell(column, "in-head", null, Cells.Health).Piece(StateMarkup.Of(StateLook.Of(row.State.Health)));
                break;
            case FleetColumn.Cause:
                Cell(column, row.State.Cause is null ? "soft" : "soft in-line", null, Cells.Cause).Text(row.State.Cause);
                break;
            case FleetColumn.Sync:
                Cell(column, row.State.Sync == SyncState.InSync ? "c-sync" : "c-sync in-line", null, Cells.Sync).Piece(StateMarkup.Of(StateLook.Of(row.State.Sync)));
                break;
            case FleetColumn.Phase when row.Operation is { } operation:
                Cell(column, "c-phase in-line", null, Cells.Phase).Open("a", "state s-progressing").With("href", PortalUrls.Operation(operation.Id))
                    .Piece(Icon.Of("progressing")).Text($"{Words.Of(operation.Phase)} {operation.Step}/{operation.Steps}").Close();
                break;
            case FleetColumn.Phase:
                Cell(column, row.State.Phase == PipelinePhase.None ? "c-phase" : "c-phase in-line", null, Cells.Phase).Piece(StateMarkup.Of(StateLook.Of(row.State.Phase)));
                break;
            case FleetColumn.Checkpoint when row.LastCheckpointAt is { } at:
                Cell(column, "num in-body", label: "checkpoint");
                Age(at, row.SampledAt is { } sampled ? $"{Format.Exact(at)}, sampled {Format.Exact(sampled)}" : Format.Exact(at));
                break;
            case FleetColumn.Checkpoint:
                Cell(column, "num in-body", label: "checkpoint").Open("span", "muted").With("title", NoSample).Text(Format.Missing).Close();
                break;
            case FleetColumn.Restarts:
                Cell(column, row.Restarts is > 0 ? "num in-body" : "num zero", row.Restarts is null ? NoSample : null, Cells.Restarts, "restarts").Text(row.Restarts is { } restarts ? Format.Count(restarts) : Format.Missing);
                break;
            case FleetColumn.Started when resource.JobStartedAt is { } started:
                Cell(column, "num");
                Age(started, Format.Exact(started));
                break;
            case FleetColumn.Started:
                Cell(column, "num", "the operator does not say when the job started").Text(Format.Missing);
                break;
            case FleetColumn.Parallelism:
                Cell(column, "num c-mid", resource.Parallelism is null ? "the resource does not say" : null, Cells.Parallelism).Text(resource.Parallelism?.ToString(CultureInfo.InvariantCulture) ?? Format.Missing);
                break;
            case FleetColumn.Flink:
                Cell(column, "c-mid", null, Cells.Flink).Text(resource.FlinkVersion is { } version ? Format.FlinkVersion(version) : Format.Missing);
                break;
            case FleetColumn.Image:
                Cell(column, "cut-start", resource.Image ?? "the resource does not say").Text(resource.Image is { } image ? Format.ShortImage(image) : Format.Missing);
                break;
            case FleetColumn.Revision:
                Cell(column, "num c-mid", row.Revision is null ? "not registered: it has no revisions" : null, Cells.Revision).Text(row.Revision?.ToString(CultureInfo.InvariantCulture) ?? Format.Missing);
                break;
            case FleetColumn.Team:
                Cell(column, "in-body bare", row.Team is null ? "nobody registered it; it can be adopted on its page" : null, Cells.Team).Text(row.Team ?? Format.Missing);
                break;
            case FleetColumn.Cluster:
                Cell(column, "in-body bare").Text(row.Key.Cluster);
                break;
            case FleetColumn.Kind:
                Cell(column, "c-mid").Text(Words.Of(row.Kind));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(column), column, "The row has no such column.");
        }

        _write.Close();
    }

    private MarkupWriter Cell(FleetColumn column, string style, string? title = null, Cells cell = Cells.None, string? label = null)
    {
        if ((marked & cell) != 0) style += " changed";
        if (!layout.Pinned.IsEmpty && layout.Pinned.Contains(column)) style = $"{style} {FleetTable.PinStyle(layout, column)}";
        return _write.Open("td", style).With("data-l", label).With("title", title);
    }

    private void Age(DateTimeOffset at, string? title) =>
        _write.Open("time").With("datetime", Format.Iso(at)).With("title", title).With("data-age", "short").Text(Format.Compact(now - at)).Close();
}
