using System.Globalization;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>What is wrong with a cluster, one line each, with what to do about it; the worst first.</summary>
public static class ClusterAttention
{
    private static readonly TimeSpan SlowAnswers = TimeSpan.FromSeconds(1);
    private const double ManyErrors = 0.05;
    private const long ManyHeldBack = 50;
    private const long EnoughAnswers = 200;

    /// <summary>Looks at everything that is known.</summary>
    public static IReadOnlyList<ClusterCheck> Of(ClusterStatus cluster, ClusterInsight? insight)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        if (!cluster.Settings.Enabled) return [new ClusterCheck("Disabled", ClusterGrade.Warn, "Nothing is watched and nothing is sent. Its pipelines are not in the list.", "Enable it to go on.")];
        List<ClusterCheck> found = [];
        Reach(cluster, insight, found);
        if (insight is not null) Connection(insight, found);
        if (cluster.Capabilities is { } known)
        {
            found.AddRange(ClusterKinds.All.Select(k => k.Check(known)));
            found.AddRange(known.Missing.Where(static m => !ClusterKinds.All.Any(k => m.StartsWith(k.Kind, StringComparison.Ordinal))).Select(static m => new ClusterCheck("API", ClusterGrade.Warn, m)));
            found.Add(SupportedVersions.Kubernetes(known.KubernetesVersion));
            if (known.FlinkKinds.Count > 0) found.Add(SupportedVersions.Operator(cluster.OperatorVersion));
        }

        return [.. found.Where(static c => c.Grade != ClusterGrade.Good).OrderByDescending(static c => c.Grade)];
    }

    private static void Reach(ClusterStatus cluster, ClusterInsight? insight, List<ClusterCheck> found)
    {
        if (insight is null)
        {
            found.Add(new ClusterCheck("Settings", ClusterGrade.Bad, cluster.Watch.Why ?? "It is not connected yet.", "Correct the settings; they are tried again every minute."));
            return;
        }

        // One cause is said once: a server that does not answer takes all its watches with it.
        var troubled = insight.Watches.Where(static w => w.State.Phase is ReflectorPhase.Denied or ReflectorPhase.Stale || (w.State.Phase == ReflectorPhase.Starting && w.State.Why is not null));
        foreach (var group in troubled.GroupBy(static w => (w.State.Phase, w.State.Why)))
        {
            var kinds = string.Join(", ", group.Select(static w => w.Kind));
            found.Add(group.Key.Phase == ReflectorPhase.Denied
                ? new ClusterCheck("Access", ClusterGrade.Bad, $"{kinds} cannot be read: {group.Key.Why}", "Test the cluster: that names each permission that is missing.")
                : new ClusterCheck("Reach", ClusterGrade.Bad, $"{kinds}: {group.Key.Why}", "What is shown is as old as the rows say. Sluice goes on trying, and catches up by itself."));
        }
    }

    private static void Connection(ClusterInsight insight, List<ClusterCheck> found)
    {
        var api = insight.Api;
        if (insight.Insecure) found.Add(new ClusterCheck("TLS", ClusterGrade.Warn, "The server's certificate is not checked (insecure-skip-tls-verify).", "Put the certificate authority into the kubeconfig instead."));
        // One slow answer of a few says nothing: the first ones make the connections.
        if (api.Answers >= EnoughAnswers && api.P99 is { } slowest && slowest > SlowAnswers && insight.Reach.Answers != false)
            found.Add(new ClusterCheck("Latency", ClusterGrade.Warn, string.Create(CultureInfo.InvariantCulture, $"Of 100 answers, one takes longer than {slowest.TotalSeconds:0.0} s."), "Look at the network and at the load of the API server."));
        var sent = api.PerSecond * api.Window.TotalSeconds;
        if (insight.Reach.Answers != false && api.Errors > 5 && api.Errors > sent * ManyErrors)
            found.Add(new ClusterCheck("Errors", ClusterGrade.Warn, string.Create(CultureInfo.InvariantCulture, $"{api.Errors} of {sent:0} requests failed lately, the newest: {api.LastError}"), "Test the cluster."));
        if (api.HeldBack > ManyHeldBack)
            found.Add(new ClusterCheck("Load", ClusterGrade.Warn, string.Create(CultureInfo.InvariantCulture, $"{api.HeldBack} requests waited lately for Sluice's own limit of 20 a second."), "Many pages or scripts ask about this cluster at once. Changes go first; nothing is lost."));
    }
}
