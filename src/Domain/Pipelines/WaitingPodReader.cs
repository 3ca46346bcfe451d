using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Pipelines;

/// <summary>
/// Finds the nodes of the pods that wait while their pipeline has trouble: one broken node is behind many broken pipelines, and no custom resource names it.
/// Pods are not watched, they are several times as many as pipelines: a cluster is asked for its waiting ones, and only while it has such trouble.
/// </summary>
/// <param name="fleet">Which pipelines have trouble.</param>
/// <param name="clusters">The ways to their clusters.</param>
/// <param name="nodes">Where the nodes go.</param>
/// <param name="time">The clock.</param>
/// <param name="failed">Told of what should not happen; a cluster that does not answer, or refuses, is not such a thing.</param>
public sealed class WaitingPodReader(IFleet fleet, IClusterDirectory clusters, WaitingNodes nodes, TimeProvider time, Action<Exception, string>? failed = null)
{
    // What a cluster takes long to answer is asked so many times as rarely.
    private const int Patience = 10;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly KubernetesListQuery Waiting = new("type=flink-native-kubernetes", "status.phase=Pending");

    // The causes that a node can have brought about.
    private static readonly FrozenSet<string> Causes = FrozenSet.ToFrozenSet(["image-cannot-be-pulled", "does-not-come-up"], StringComparer.Ordinal);

    /// <summary>Asks until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var asked = new Dictionary<string, Task>(StringComparer.Ordinal);
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            do
            {
                var troubled = fleet.Current.InOrder.Where(static r => FleetCauses.Of(r) is { } cause && Causes.Contains(cause.Key)).Select(static r => r.Key.Cluster).ToHashSet(StringComparer.Ordinal);
                foreach (var cluster in asked.Keys.Where(c => asked[c].IsCompleted).ToList())
                {
                    asked.Remove(cluster);
                    if (!troubled.Contains(cluster)) nodes.Forget(cluster);
                }

                // One round for each: a cluster that does not answer holds up no other.
                foreach (var cluster in troubled.Where(c => !asked.ContainsKey(c))) asked[cluster] = RoundAsync(cluster, cancellationToken);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop; rounds under way end by the same token.
        }
    }

    private async Task RoundAsync(string cluster, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        try
        {
            await ReadAsync(cluster, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesException)
        {
            // Its pipelines are shown without their nodes, which is what is known.
            nodes.Forget(cluster);
        }
        catch (Exception e) when (e is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
        {
            nodes.Forget(cluster);
            failed?.Invoke(e, $"reading the waiting pods of {cluster}");
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var took = time.GetElapsedTime(began) * Patience;
        await Task.Delay(took > Every ? took : Every, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync(string cluster, CancellationToken cancellationToken)
    {
        if (clusters.Api(cluster) is not { } api) return;
        var named = clusters.All.FirstOrDefault(c => c.Name == cluster)?.Settings.Namespaces;
        var found = new List<(PipelineKey Key, string Node)>();
        foreach (var ns in named is { Count: > 0 } ? named : (IReadOnlyList<string?>)[null])
        {
            var pods = await api.ListAsync(KubernetesResource.Pods, ns, Waiting, cancellationToken).ConfigureAwait(false);
            found.AddRange(pods.Items.Select(p => NodeOf(cluster, p)).OfType<(PipelineKey, string)>());
        }

        nodes.Set(cluster, found.GroupBy(static f => f.Key).ToDictionary(static g => g.Key, static g => g.CountBy(static f => f.Node).MaxBy(static n => n.Value).Key));
    }

    /// <summary>Null for a pod that is on no node yet: what is missing then is a node, not a good one.</summary>
    private static (PipelineKey, string)? NodeOf(string cluster, JsonObject pod) =>
        pod.Map("spec").Text("nodeName") is { Length: > 0 } node && pod.Map("metadata").Map("labels").Text("app") is { Length: > 0 } app && pod.Map("metadata").Text("namespace") is { Length: > 0 } ns
            ? (new PipelineKey(cluster, ns, app), StringPool.Share(node)) : null;
}
