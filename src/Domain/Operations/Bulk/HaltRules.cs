using System.Globalization;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Decides whether a run may go on.</summary>
public static class HaltRules
{
    /// <summary>Why the failures are too many, or null.</summary>
    public static string? Failures(BulkOrder order, IReadOnlyList<BulkWaveCount> waves)
    {
        var rules = order.Halt;
        foreach (var wave in waves.Where(w => w.Fresh > 0 && w.Wave >= 0))
        {
            if (wave.Wave == 0 && order.Waves.Canary > 0) return $"{Some(wave.Fresh, wave.Total)} of the canary failed.";
            if (wave.Fresh > rules.FailedInWave) return $"{Some(wave.Fresh, wave.Total)} of wave {Number(wave.Wave)} failed: more than {Number(rules.FailedInWave.Value)}.";
            if (Exceeds(wave.Fresh, wave.Total, rules.FailedInWavePercent)) return $"{Some(wave.Fresh, wave.Total)} of wave {Number(wave.Wave)} failed: more than {Number(rules.FailedInWavePercent!.Value)} %.";
        }
        var all = BulkWaveCount.Sum(waves.Where(w => w.Wave >= 0));
        if (all.Fresh > rules.Failed) return $"{Some(all.Fresh, all.Total)} failed in all: more than {Number(rules.Failed.Value)}.";
        if (Exceeds(all.Fresh, all.Total, rules.FailedPercent)) return $"{Some(all.Fresh, all.Total)} failed in all: more than {Number(rules.FailedPercent!.Value)} %.";
        return null;
    }

    /// <summary>Why the pipelines of a wave are not well enough, or null. One whose cluster does not answer cannot be judged and counts as not well; one that is gone does not count.</summary>
    public static string? Health(BulkHealthRule rule, int wave, IReadOnlyCollection<PipelineKey> pipelines, FleetSnapshot fleet)
    {
        var (failed, degraded, unjudged) = (0, 0, 0);
        foreach (var key in pipelines)
        {
            if (!fleet.Rows.TryGetValue(key, out var row))
            {
                if (fleet.Clusters.GetValueOrDefault(key.Cluster)?.Phase != ReflectorPhase.Synced) unjudged++;
            }
            else if (row.StaleSince is not null) unjudged++;
            else if (row.State.Health == HealthState.Failed) failed++;
            else if (row.State.Health == HealthState.Degraded) degraded++;
        }
        var bad = failed + degraded + unjudged;
        if (bad <= rule.Most) return null;
        var parts = new[] { (failed, "failed"), (degraded, "degraded"), (unjudged, "not to be judged, for the cluster does not answer") }.Where(p => p.Item1 > 0).Select(p => $"{Number(p.Item1)} {p.Item2}");
        return $"After wave {Number(wave)}, {Some(bad, pipelines.Count)} of its pipelines are not well ({string.Join(", ", parts)}): more than {Number(rule.Most)}.";
    }

    private static bool Exceeds(int part, int all, int? percent) => percent is { } limit && part * 100L > limit * (long)all;

    private static string Some(int part, int all) => $"{Number(part)} of {Number(all)}";

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
