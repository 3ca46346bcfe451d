using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Cuts pipelines into waves: the canary first, then waves of one size, each spread over the clusters and teams that there are.</summary>
public static class WavePlanner
{
    /// <summary>The wave of each pipeline, in the order in which they are begun. The same pipelines give the same waves.</summary>
    public static IReadOnlyList<(PipelineRow Row, int Wave)> Plan(IEnumerable<PipelineRow> rows, BulkWaves waves)
    {
        var spread = Spread(rows);
        var canary = Math.Min(waves.Canary, spread.Count);
        var first = canary > 0 ? 1 : 0;
        return [.. spread.Select((row, i) => (row, i < canary ? 0 : first + (i - canary) / waves.Size))];
    }

    // One of each cluster and team in turn: a canary says most where it is unlike the next one, and no limit of a cluster or team holds up a whole wave.
    private static List<PipelineRow> Spread(IEnumerable<PipelineRow> rows)
    {
        var groups = rows.GroupBy(r => (r.Key.Cluster, Team: r.Team ?? "")).OrderBy(g => g.Key.Cluster, StringComparer.Ordinal).ThenBy(g => g.Key.Team, StringComparer.Ordinal)
            .Select(g => g.OrderBy(r => r.Key.Namespace, StringComparer.Ordinal).ThenBy(r => r.Key.Name, StringComparer.Ordinal).ThenBy(r => r.Key.Resource).ToList()).ToList();
        var spread = new List<PipelineRow>();
        for (var turn = 0; groups.Count > 0; turn++)
        {
            foreach (var group in groups) spread.Add(group[turn]);
            groups.RemoveAll(g => g.Count == turn + 1);
        }
        return spread;
    }
}
