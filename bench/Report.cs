using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sluice.Testing;

namespace Sluice.Bench;

/// <summary>The rows as they come, the table at the end, and bench/results.json.</summary>
internal sealed class Report(BenchOptions options)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly List<Row> _rows = [];

    /// <summary>True where every row keeps its budget.</summary>
    public bool Ok => _rows.TrueForAll(row => row.Ok);

    public void Add(Row row)
    {
        _rows.Add(row);
        Console.WriteLine($"  {row.Id}: {Numbers.Short(row.Value)} {row.Unit}{(row.Peer is { } peer ? $" ({peer.Name}: {Numbers.Short(peer.Value)})" : "")}{(row.Note.Length > 0 ? $" [{row.Note}]" : "")}");
    }

    /// <summary>What happens now, on a line of its own.</summary>
    public static void Say(string what) => Console.WriteLine(what);

    public void Print()
    {
        string[] head = ["id", "work", "value", "unit", "peer", "peer value", "ratio", "budget", "ok"];
        var lines = _rows.Select(r => new[]
        {
            r.Id, r.Work, Numbers.Short(r.Value), r.Unit, r.Peer?.Name ?? "", r.Peer is { } peer ? Numbers.Short(peer.Value) : "", r.Ratio is { } ratio ? Numbers.Short(ratio) : "", r.BudgetText,
            r.Budget is null && r.MostRatio is null && r.Ok ? "" : r.Ok ? "yes" : "NO",
        }).ToList();
        var widths = head.Select((h, i) => Math.Max(h.Length, lines.Max(l => l[i].Length))).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines.Prepend(head)) text.AppendLine(string.Join("  ", line.Select((cell, i) => i is 2 or 5 or 6 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        foreach (var row in _rows.Where(r => r.Note.Length > 0)) text.AppendLine($"{row.Id}: {row.Note}");
        Console.WriteLine();
        Console.Write(text);
    }

    public void Write()
    {
        var path = Path.Combine(Repository.Root, "bench", "results.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            at = TimeProvider.System.GetUtcNow(),
            machine = new { cores = Environment.ProcessorCount, memoryGiB = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1), system = System.Runtime.InteropServices.RuntimeInformation.OSDescription },
            options,
            rows = _rows,
        }, Json));
    }
}
