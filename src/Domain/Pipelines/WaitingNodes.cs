using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Sluice.Domain.Pipelines;

/// <summary>The nodes of pods that wait, by pipeline. Apart from <see cref="WaitingPodReader"/>, because the fleet's triage shows them and the reader follows the fleet.</summary>
public sealed class WaitingNodes
{
    private readonly ConcurrentDictionary<string, FrozenDictionary<PipelineKey, string>> _byCluster = new(StringComparer.Ordinal);

    /// <summary>The node that most waiting pods of a deployment are on; null where none is known.</summary>
    public string? Find(PipelineKey key) => _byCluster.TryGetValue(key.Cluster, out var nodes) ? nodes.GetValueOrDefault(key) : null;

    internal void Set(string cluster, IReadOnlyDictionary<PipelineKey, string> nodes) => _byCluster[cluster] = nodes.ToFrozenDictionary();

    internal void Forget(string cluster) => _byCluster.TryRemove(cluster, out _);
}
