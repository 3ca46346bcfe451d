using System.Globalization;
using System.Text.Json;
using Shouldly;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

/// <summary>
/// What two real operators wrote in the course of a job's life, line by line, against what a person must see at that moment.
/// The tables were written by reasoning from what was done when, not from what the code says.
/// </summary>
public sealed class OperatorTraceTests
{
    [Theory]
    [InlineData("1.7.0")]
    [InlineData("1.16")]
    public void Replay_WholeTrace_ShowsWhatTheTableSays(string version)
    {
        var lines = File.ReadAllLines(SharedFolder.Require("operator", "traces", version, "resources.jsonl"));
        var table = Table(version);
        table.Count.ShouldBe(lines.Length, "one row of the table for every line of the trace");
        var wrong = new List<string>();
        var index = new FleetTable();
        DateTimeOffset? start = null;

        for (var i = 0; i < lines.Length; i++)
        {
            using var document = JsonDocument.Parse(lines[i]);
            var line = document.RootElement;
            var at = line.GetProperty("at").GetDouble();
            var kind = line.GetProperty("kind").GetString();
            if (kind == "FlinkStateSnapshot")
            {
                table[i].Expected.ShouldBe(["no row"]);
                continue;
            }
            var resource = kind == "FlinkSessionJob" ? FlinkResource.SessionJob : FlinkResource.Deployment;
            var record = FlinkResourceReader.Read(line.GetProperty("object"), resource).ShouldNotBeNull();
            start ??= record.CreatedAt!.Value.AddSeconds(-at);
            var key = new PipelineKey("c", record.ObjectKey.Namespace, record.ObjectKey.Name, resource);

            // Time passes up to this line, then the line comes.
            var now = start.Value.AddSeconds(at);
            index.Tick(now.AddMilliseconds(-50));
            if (Earlier(table, i, at) is { Later: { } later } row && index.Row(key) is { } before) Compare(wrong, row, "later", later, before.State);
            index.Set(key, line.GetProperty("type").GetString() == "DELETED" ? null : record, now);

            var expected = table[i].Expected;
            if (expected[0] == "gone") index.Row(key).ShouldBeNull();
            else Compare(wrong, table[i], "now", expected, index.Row(key).ShouldNotBeNull().State);
        }
        wrong.ShouldBeEmpty();
    }

    private static void Compare(List<string> wrong, TableRow row, string moment, IReadOnlyList<string> expected, PipelineState state)
    {
        string[] actual = [state.Sync.ToString(), state.Health.ToString(), state.Phase.ToString(), state.Cause ?? ""];
        if (!actual.SequenceEqual(expected)) wrong.Add($"line {row.Line} {moment} ({row.Resource}, {row.Short}): expected {string.Join(" / ", expected)}; got {string.Join(" / ", actual)}");
    }

    /// <summary>The line of the same resource before this one: what it says about later must be true until now.</summary>
    private static TableRow? Earlier(IReadOnlyList<TableRow> table, int index, double at) =>
        table.Take(index).LastOrDefault(r => r.Resource == table[index].Resource) is { } row && row.Expected[0] != "gone" && at - row.At > 0.2 ? row : null;

    private static List<TableRow> Table(string version) =>
        [.. File.ReadLines(Path.Combine(SharedFolder.Repository, "tests", "Domain.Tests", "Pipelines", $"operator-{version}.tsv")).Skip(2).Select(TableRow.Parse)];

    private sealed record TableRow(int Line, double At, string Resource, string Short, string[] Expected, string[]? Later)
    {
        public static TableRow Parse(string text)
        {
            var cells = text.Split('\t');
            string Cell(int i) => i < cells.Length ? cells[i] : "";
            var one = Cell(5).Length == 0;
            string[] expected = one ? [Cell(4)] : [Cell(4), Cell(5), Cell(6), Cell(7)];
            string[]? later = one ? null : Cell(8).Length == 0 ? expected : Cell(8).Split(" / ") is { Length: 3 } three ? [.. three, ""] : Cell(8).Split(" / ", 4);
            return new TableRow(int.Parse(cells[0], CultureInfo.InvariantCulture), double.Parse(cells[1], CultureInfo.InvariantCulture), cells[2], Cell(3), expected, later);
        }
    }
}
