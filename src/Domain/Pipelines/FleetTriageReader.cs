using System.Runtime.InteropServices;

namespace Sluice.Domain.Pipelines;

/// <summary>Makes the <see cref="FleetTriage"/> of a snapshot.</summary>
public static class FleetTriageReader
{
    /// <summary>A change of the spec counts as a reason for what began within this time after it.</summary>
    public static readonly TimeSpan Shortly = TimeSpan.FromMinutes(60);

    private static readonly TriageTrait[] Traits = [TriageTrait.Cluster, TriageTrait.Team, TriageTrait.Namespace, TriageTrait.Image, TriageTrait.Flink, TriageTrait.Node];

    /// <summary>Reads a snapshot.</summary>
    /// <param name="snapshot">The rows.</param>
    /// <param name="node">The node of a row's waiting pods, where known.</param>
    public static FleetTriage Read(FleetSnapshot snapshot, Func<PipelineKey, string?>? node = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var groups = new Dictionary<string, (FleetCause Cause, List<PipelineRow> Rows)>(StringComparer.Ordinal);
        var wrong = 0;
        foreach (var row in snapshot.InOrder)
        {
            if (FleetCauses.Of(row) is not { } cause) continue;
            ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(groups, cause.Key, out var known);
            if (!known) group = (cause, []);
            group.Rows.Add(row);
            wrong++;
        }

        if (wrong == 0) return FleetTriage.Nothing with { Version = snapshot.Version };
        var shares = new Shares(snapshot, node);
        var lines = groups.Values.Select(group => Line(group.Cause, group.Rows, snapshot, shares)).ToList();
        lines.Sort(static (a, b) => (Rank(a), -a.Count, a.Cause.Key).CompareTo((Rank(b), -b.Count, b.Cause.Key)));
        return new FleetTriage(snapshot.Version, wrong, lines);
    }

    /// <summary>The image as people compare it: without the digest, which a tag goes before.</summary>
    public static string? WithoutDigest(string? image) => image?.IndexOf('@', StringComparison.Ordinal) is > 0 and var at ? StringPool.Share(image[..at]) : image;

    private static TriageLine Line(FleetCause cause, List<PipelineRow> rows, FleetSnapshot snapshot, Shares shares)
    {
        var stale = rows[0].StaleSince is not null;
        var denied = stale && snapshot.Clusters.TryGetValue(rows[0].Key.Cluster, out var state) && state.Phase == Kubernetes.ReflectorPhase.Denied;
        var since = rows.Where(static r => r.WrongSince is not null).Select(static r => r.WrongSince!.Value).Order().ToList();
        return new TriageLine
        {
            Cause = denied ? cause with { Label = $"Cluster {rows[0].Key.Cluster} refuses access" } : cause,
            Count = rows.Count,
            Health = rows.Min(static r => r.State.Health),
            Stale = stale,
            Since = since.Count == 0 ? null : since[since.Count / 10],
            Shared = stale ? null : shares.Of(rows),
            AfterChange = stale ? 0 : rows.Count(static r => r is { ChangedAt: { } changed, WrongSince: { } at } && at >= changed && at - changed <= Shortly),
            Example = stale ? null : rows[0].State.Cause,
        };
    }

    // What cannot be seen comes after what is known to be bad.
    private static int Rank(TriageLine line) => line.Stale ? (2 * (int)HealthState.Unknown) + 1 : 2 * (int)line.Health;

    /// <summary>Counts values over the whole fleet, and only for what is asked.</summary>
    private sealed class Shares(FleetSnapshot snapshot, Func<PipelineKey, string?>? node)
    {
        private readonly Dictionary<TriageTrait, Dictionary<string, int>> _all = [];

        public TriageShare? Of(List<PipelineRow> rows)
        {
            if (rows.Count < 2) return null;
            (TriageShare Share, int Everywhere)? best = null;
            foreach (var trait in Traits)
            {
                // Nodes are many: that most of them wait on the same one is no chance.
                var (value, count) = Most(trait, rows);
                if (value is null || (trait == TriageTrait.Node ? count < 3 || count * 10 < rows.Count * 6 : count * 10 < rows.Count * 9)) continue;
                var everywhere = trait == TriageTrait.Node ? count : All(trait).GetValueOrDefault(value, count);
                // What most pipelines have in common explains nothing.
                if (everywhere * 2 > snapshot.Rows.Count && everywhere > 2 * rows.Count) continue;
                if (best is null || everywhere < best.Value.Everywhere) best = (new TriageShare(trait, value, count), everywhere);
            }

            return best?.Share;
        }

        private (string? Value, int Count) Most(TriageTrait trait, List<PipelineRow> rows)
        {
            // More than half have it, or nobody does: one pass finds the only candidate, a second one counts it.
            string? candidate = null;
            var lead = 0;
            foreach (var row in rows)
            {
                var value = Value(trait, row);
                if (lead == 0) (candidate, lead) = (value, 1);
                else lead += value == candidate ? 1 : -1;
            }

            return candidate is null ? default : (candidate, rows.Count(row => Value(trait, row) == candidate));
        }

        private Dictionary<string, int> All(TriageTrait trait)
        {
            if (_all.TryGetValue(trait, out var counts)) return counts;
            _all[trait] = counts = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var row in snapshot.InOrder)
                if (Value(trait, row) is { } value) CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _)++;
            return counts;
        }

        private string? Value(TriageTrait trait, PipelineRow row) => trait switch
        {
            TriageTrait.Cluster => row.Key.Cluster,
            TriageTrait.Team => row.Team,
            TriageTrait.Namespace => row.Key.Namespace,
            TriageTrait.Image => WithoutDigest(row.Resource.Image),
            TriageTrait.Flink => row.Resource.FlinkVersion,
            // Clusters may use the same names for their nodes.
            _ => node?.Invoke(row.Key) is { } name ? $"{name} of {row.Key.Cluster}" : null,
        };
    }
}
