using System.Diagnostics;

namespace Sluice.Bench.Load;

/// <summary>Marks written to the clusters, and when. A few a second, one after the other over all clusters; every second one to the cluster that kubectl watches.</summary>
internal sealed class Marks(ClusterWriter writer, IReadOnlyDictionary<string, List<Target>> targets)
{
    private const int PerSecond = 5;

    // A mark that a page never showed counts as this late.
    private const double Lost = 30_000;
    private static int _last;
    private readonly Dictionary<int, (Target Target, double At)> _written = [];

    public static double Now => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;

    /// <summary>Writes for so long.</summary>
    /// <param name="clusters">Where; the first gets every second one.</param>
    /// <param name="time">How long.</param>
    public async Task WriteAsync(IReadOnlyList<string> clusters, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var turns = clusters.ToDictionary(c => c, _ => 0);
        for (var i = 0; clock.Elapsed < time; i++)
        {
            var cluster = i % 2 == 0 ? clusters[0] : clusters[i / 2 % clusters.Count];
            var mark = ++_last;
            var at = Now;
            var target = targets[cluster][turns[cluster]++ % targets[cluster].Count];
            await writer.MarkAsync(target, mark);
            _written[mark] = (target, at);
            // Not in step with any timer of the portal.
            var pause = TimeSpan.FromSeconds((i + 1.0) / PerSecond) + TimeSpan.FromMilliseconds(i * 37 % 100) - clock.Elapsed;
            if (pause > TimeSpan.Zero) await Task.Delay(pause);
        }

        // The last ones are still under way.
        await Task.Delay(TimeSpan.FromSeconds(2));
    }

    /// <summary>Writes to one cluster until somebody sees it; these marks do not count.</summary>
    public async Task UntilSeenAsync(string cluster, Func<bool> seen)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; !seen(); i++)
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(1)) throw new TimeoutException($"Nobody saw a change in {cluster} for a minute.");
            await writer.MarkAsync(targets[cluster][i % targets[cluster].Count], ++_last);
            await Task.Delay(500);
        }
    }

    /// <summary>From each mark's request to its paint, on every page that shows it. A page that was late may show the next mark of the same pipeline instead: then it is as late as that one.</summary>
    public (List<double> Times, int Lost) Compare(IEnumerable<(string Cluster, Dictionary<int, double> Seen)> pages)
    {
        var (times, lost) = (new List<double>(), 0);
        foreach (var (cluster, seen) in pages)
            foreach (var (mark, (target, at)) in _written.Where(w => w.Value.Target.Cluster == cluster))
            {
                var shown = _written.Where(w => w.Key >= mark && w.Value.Target == target).OrderBy(w => w.Key).Select(w => seen.GetValueOrDefault(w.Key)).FirstOrDefault(s => s > 0);
                if (shown == 0) lost++;
                times.Add(shown == 0 ? Lost : shown - at);
            }

        return (times, lost);
    }
}
