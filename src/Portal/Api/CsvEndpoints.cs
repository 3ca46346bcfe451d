using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Features.Pipelines.List;

namespace Sluice.Portal.Api;

/// <summary>The list as a file for spreadsheets and scripts: the same filters and order, all rows, written as they are read.</summary>
public static class CsvEndpoints
{
    private const int RowsAtOnce = 256;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static void MapCsv(this RouteGroupBuilder api) =>
        api.MapGet("/pipelines.csv", WriteAsync).WithTags("Pipelines").WithName("ExportPipelines")
            .WithSummary("The list as CSV, all rows. Takes the filters, search and order of the list; cols chooses columns by name (with commas), bom=true begins with a byte order mark, which Excel needs to read UTF-8.")
            .Produces<string>(200, "text/csv").ProducesProblem(400);

    private static async Task WriteAsync(HttpContext context, IFleet fleet, TimeProvider time)
    {
        var (state, columns, mark) = Read(context.Request);
        var matcher = new FleetMatcher(state);
        var rows = fleet.Current.Rows.Values.Where(matcher.Matches).ToList();
        rows.Sort(new FleetOrder(state.Sort));

        var response = context.Response;
        response.ContentType = "text/csv; charset=utf-8; header=present";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileName = string.Create(CultureInfo.InvariantCulture, $"pipelines-{time.GetUtcNow():yyyyMMdd-HHmmss}Z.csv") }.ToString();
        await using var writer = new StreamWriter(response.Body, Utf8, 32 * 1024, leaveOpen: true) { NewLine = "\r\n" };
        if (mark) await writer.WriteAsync('\uFEFF');
        await writer.WriteLineAsync(string.Join(',', columns.Select(column => column.Name)));
        var line = new StringBuilder();
        for (var i = 0; i < rows.Count; i++)
        {
            line.Clear();
            foreach (var column in columns) line.Append(ReferenceEquals(column, columns[0]) ? "" : ",").Append(column.Cell(rows[i]));
            await writer.WriteLineAsync(line, context.RequestAborted);
            // What is written goes out: neither the file nor a page of it waits here for a slow reader.
            if (i % RowsAtOnce == RowsAtOnce - 1) await writer.FlushAsync(context.RequestAborted);
        }
    }

    private static (FleetUrlState State, IReadOnlyList<CsvColumn> Columns, bool Mark) Read(HttpRequest request)
    {
        var (columns, mark, rest) = (CsvColumns.All, false, new List<string>());
        foreach (var part in (request.QueryString.Value ?? "").TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var value = Uri.UnescapeDataString(part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..].Replace('+', ' '));
            if (part.StartsWith("cols=", StringComparison.Ordinal)) columns = Columns(value);
            else if (part.StartsWith("bom=", StringComparison.Ordinal)) mark = bool.TryParse(value, out var wanted) ? wanted : throw new BadHttpRequestException("bom is true or false.");
            else rest.Add(part);
        }

        var state = FleetUrlState.Parse("?" + string.Join('&', rest));
        return state.Unknown.IsEmpty
            ? (state, columns, mark)
            : throw new BadHttpRequestException($"The list does not understand {string.Join(", ", state.Unknown.Select(part => $"'{part}'"))}. Its filters are written as in the address of the page.");
    }

    private static IReadOnlyList<CsvColumn> Columns(string names)
    {
        // A width, as in the address of the page, says nothing here.
        var chosen = CsvColumns.Choose(names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => name.Split(':')[0]), out var unknown);
        if (unknown.Count > 0) throw new BadHttpRequestException($"cols: there is no column {string.Join(", ", unknown.Select(name => $"'{name}'"))}. The columns are: {string.Join(", ", CsvColumns.All.Select(column => column.Name))}.");
        return chosen.Count > 0 ? chosen : throw new BadHttpRequestException($"cols names no column. The columns are: {string.Join(", ", CsvColumns.All.Select(column => column.Name))}.");
    }
}
