using System.Globalization;

namespace Sluice.E2E.Tests.Soak;

/// <summary>
/// The memory of one portal process over time, and whether it stays flat: a straight line is laid through the samples after the warm-up, and what it rises by from the first to the last
/// of them must not be more than a tenth of the mean. Less than <see cref="Noise"/> is never called a rise: that is a few collections more or less.
/// </summary>
internal sealed class MemoryCourse(string name, TimeSpan warmUp)
{
    private const double Share = 0.10;
    private readonly List<Sample> _samples = [];

    private readonly record struct Sample(double Seconds, double Heap, double Resident);

    /// <summary>In MB; for the managed heap after full collections, and for what the system counts as resident.</summary>
    public static (double Heap, double Resident) Noise => (12, 48);

    /// <summary>How many samples were taken.</summary>
    public int Count => _samples.Count;

    /// <summary>Adds what was measured so long after the start of the process.</summary>
    public void Add(TimeSpan at, double heapBytes, double residentBytes) => _samples.Add(new(at.TotalSeconds, heapBytes / 1e6, residentBytes / 1e6));

    /// <summary>What is wrong, or null; null as well where there are too few samples to lay a line through.</summary>
    public string? Verdict()
    {
        var (heap, resident) = (Of(s => s.Heap), Of(s => s.Resident));
        if (heap is null || resident is null) return null;
        var problems = new List<string>();
        if (heap.Rise > Math.Max(Noise.Heap, heap.Mean * Share)) problems.Add($"{name}: the managed heap rises: {heap}");
        if (resident.Rise > Math.Max(Noise.Resident, resident.Mean * Share)) problems.Add($"{name}: the resident memory rises: {resident}");
        return problems.Count == 0 ? null : string.Join("; ", problems);
    }

    /// <summary>One line for the account.</summary>
    public override string ToString() => Of(s => s.Heap) is { } heap && Of(s => s.Resident) is { } resident
        ? $"{name}: heap {heap}; resident {resident}"
        : $"{name}: {_samples.Count} samples, too few after the warm-up for a line";

    /// <summary>Every sample, for whoever wants to draw it.</summary>
    public IEnumerable<string> Lines() => _samples.Select(s => string.Create(CultureInfo.InvariantCulture, $"{name}\t{s.Seconds:0.0}\t{s.Heap:0.0}\t{s.Resident:0.0}"));

    private Line? Of(Func<Sample, double> value)
    {
        var late = _samples.Where(s => s.Seconds >= warmUp.TotalSeconds).ToArray();
        if (late.Length < 4) return null;
        var (meanX, meanY) = (late.Average(s => s.Seconds), late.Average(value));
        var slope = late.Sum(s => (s.Seconds - meanX) * (value(s) - meanY)) / late.Sum(s => (s.Seconds - meanX) * (s.Seconds - meanX));
        return new(meanY, slope * (late[^1].Seconds - late[0].Seconds), late[^1].Seconds - late[0].Seconds, late.Length);
    }

    /// <param name="Mean">In MB.</param>
    /// <param name="Rise">By the line, from the first sample to the last, in MB.</param>
    /// <param name="Seconds">Between those two.</param>
    /// <param name="Samples">How many there are.</param>
    private sealed record Line(double Mean, double Rise, double Seconds, int Samples)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mean:0.0} MB, {Rise:+0.0;-0.0} MB in {Seconds:0} s ({Samples} samples)");
    }
}
