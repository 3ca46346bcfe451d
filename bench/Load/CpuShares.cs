using System.Diagnostics;
using System.Globalization;

namespace Sluice.Bench.Load;

/// <summary>Who used the cores meanwhile. A budget that is broken on a full machine reads differently from one that is broken on an idle one.</summary>
internal sealed class CpuShares
{
    private const double TicksPerSecond = 100;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly IReadOnlyDictionary<int, string> _names;
    private readonly Dictionary<string, double> _before;

    /// <param name="names">The names of known processes by id; those of Chromium and kubectl are found by themselves.</param>
    public CpuShares(IReadOnlyDictionary<int, string> names) => (_names, _before) = (names, Read(names));

    public override string ToString()
    {
        var (now, seconds) = (Read(_names), _clock.Elapsed.TotalSeconds);
        var parts = now.Select(n => (Name: n.Key, Share: (n.Value - _before.GetValueOrDefault(n.Key)) / TicksPerSecond / seconds * 100)).Where(p => p.Share >= 1).OrderByDescending(p => p.Share);
        return $"CPU in % of a core of {Environment.ProcessorCount}: {string.Join(", ", parts.Select(p => $"{p.Name} {p.Share:0}"))}";
    }

    private static Dictionary<string, double> Read(IReadOnlyDictionary<int, string> names)
    {
        var shares = new Dictionary<string, double>();
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            string text;
            try
            {
                text = File.ReadAllText(Path.Combine(directory, "stat"));
            }
            catch (IOException)
            {
                // It has just ended.
                continue;
            }

            var id = int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture);
            var command = text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..text.LastIndexOf(')')];
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
            var name = names.TryGetValue(id, out var known) ? known : id == Environment.ProcessId ? "this program"
                : command.StartsWith("chrom", StringComparison.Ordinal) ? "Chromium" : command.StartsWith("kubectl", StringComparison.Ordinal) ? "kubectl" : null;
            if (name is not null) shares[name] = shares.GetValueOrDefault(name) + ticks;
        }

        // user, nice, system, irq, softirq and steal: also of processes that have ended since.
        var cores = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        shares["all others"] = cores[0] + cores[1] + cores[2] + cores[5] + cores[6] + cores[7] - shares.Values.Sum();
        return shares;
    }
}
