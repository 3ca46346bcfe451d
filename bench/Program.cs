using System.Diagnostics;
using System.Globalization;
using Sluice.Bench;
using Sluice.Bench.Rig;
using Sluice.Bench.Rows;

// Each row is a budget or a claim beside a peer that is measured in the same run: absolute times of a busy machine prove little.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Section[] sections =
[
    new(["record-memory", "validate"], InProcess.RunAsync),
    new(["start-first", "start"], StartUp.RunAsync),
    new(["index-memory"], IndexMemory.RunAsync),
    new(["fleet-open", "fleet-interactive"], FleetOpen.RunAsync),
    new(["fleet-open-one"], FleetOpen.OneClusterAsync),
    new(["fleet-filter", "fleet-facet", "fleet-sort", "fleet-search"], FleetUse.RunAsync),
    new(["palette"], Palette.RunAsync),
    new(["circuit-memory", "change-to-text", "change-to-text-p99", "change-to-text-page", "cluster-down"], UnderLoad.RunAsync),
    new(["api-one", "api-one-p99"], ApiOne.RunAsync),
];

var chosen = args.SelectMany(a => a.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToHashSet(StringComparer.Ordinal);
if (chosen.Except(sections.SelectMany(s => s.Rows)).ToList() is { Count: > 0 } unknown)
{
    Console.Error.WriteLine($"There is no row {string.Join(", ", unknown)}. The rows are: {string.Join(", ", sections.SelectMany(s => s.Rows))}.");
    return 2;
}

var options = new BenchOptions();
var report = new Report(options);
using var ending = new Ending();
await using var stage = new Stage(options);
var clock = Stopwatch.StartNew();
foreach (var section in sections.Where(s => chosen.Count == 0 || s.Rows.Any(chosen.Contains)))
{
    Report.Say($"{clock.Elapsed:mm\\:ss} {string.Join(", ", section.Rows)}");
    try
    {
        await section.RunAsync(stage, report);
    }
    catch (Exception failure)
    {
        Console.Error.WriteLine(failure);
        foreach (var id in section.Rows) report.Add(Row.Failed(id, failure));
    }
}

report.Print();
report.Write();
Report.Say($"{clock.Elapsed:mm\\:ss} in all; also in bench/results.json");
return report.Ok ? 0 : 1;

/// <summary>Rows that are measured together.</summary>
internal sealed record Section(string[] Rows, Func<Stage, Report, Task> RunAsync);
