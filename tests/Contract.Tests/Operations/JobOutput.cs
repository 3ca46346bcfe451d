using System.Globalization;

namespace Sluice.Contract.Tests.Operations;

/// <summary>What a job has written for good, over all its runs: entries numbered without gaps, if nothing was lost.</summary>
/// <param name="First">The lowest number.</param>
/// <param name="Last">The highest.</param>
/// <param name="Repeated">Numbers that were written more than once, as ranges.</param>
/// <param name="Missing">Numbers in between that were never written, as ranges.</param>
/// <param name="Windows">What the windows counted that a drain fired; null where none has fired.</param>
/// <param name="Wrong">An entry that contradicts the state it should come from; null where none does.</param>
internal sealed record JobOutput(long First, long Last, IReadOnlyList<NumberRange> Repeated, IReadOnlyList<NumberRange> Missing, long? Windows, string? Wrong)
{
    /// <summary>How many numbers the output reaches over.</summary>
    public long Count => Last - First + 1;

    /// <summary>The output of runs that each wrote one range.</summary>
    public static JobOutput Of(IEnumerable<NumberRange> runs, long? windows)
    {
        var (repeated, missing) = (new List<NumberRange>(), new List<NumberRange>());
        long? first = null, next = null;
        foreach (var run in runs.Where(r => r.Last >= r.First))
        {
            first = Math.Min(first ?? run.First, run.First);
            if (next is { } expected && run.First < expected) repeated.Add(new NumberRange(run.First, Math.Min(run.Last, expected - 1)));
            if (next < run.First) missing.Add(new NumberRange(next.Value, run.First - 1));
            next = Math.Max(next ?? 0, run.Last + 1);
        }

        return new JobOutput(first ?? 0, (next ?? 0) - 1, repeated, missing, windows, null);
    }

    /// <summary>The output of a job that wrote each number with the total of its key.</summary>
    public static JobOutput Of(IEnumerable<string> entries, IEnumerable<string> windows, int keys)
    {
        var written = new SortedDictionary<long, int>();
        string? wrong = null;
        foreach (var entry in entries)
        {
            var (number, total) = Pair(entry);
            written[number] = written.GetValueOrDefault(number) + 1;
            if (total != number / keys + 1) wrong ??= $"entry {number} has the total {total}, and not {number / keys + 1}";
        }

        var (repeated, missing) = (new List<NumberRange>(), new List<NumberRange>());
        var next = written.Count == 0 ? 0 : written.First().Key;
        foreach (var (number, times) in written)
        {
            if (number > next) missing.Add(new NumberRange(next, number - 1));
            if (times > 1 && repeated.Count > 0 && repeated[^1].Last == number - 1) repeated[^1] = repeated[^1] with { Last = number };
            else if (times > 1) repeated.Add(new NumberRange(number, number));
            next = number + 1;
        }

        var counts = windows.Select(Pair).ToList();
        foreach (var key in counts.GroupBy(c => c.Number))
            if (key.Count() > 1) wrong ??= $"the window of key {key.Key} fired {key.Count()} times";
        return new JobOutput(written.Count == 0 ? 0 : written.First().Key, next - 1, repeated, missing, counts.Count == 0 ? null : counts.Sum(c => c.Total), wrong);
    }

    private static (long Number, long Total) Pair(string line) =>
        line.Split(',') is [var number, var total]
            ? (long.Parse(number, CultureInfo.InvariantCulture), long.Parse(total, CultureInfo.InvariantCulture))
            : throw new FormatException($"The job wrote the line: {line}");
}

/// <summary>Numbers from one to another, both included.</summary>
internal readonly record struct NumberRange(long First, long Last);
