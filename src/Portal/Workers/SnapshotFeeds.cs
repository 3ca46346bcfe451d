using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Workers;

/// <summary>The FlinkStateSnapshots of all clusters, by the pipeline whose job they are of.</summary>
public sealed class SnapshotFeeds(IClusterDirectory clusters, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<PipelineKey, ImmutableDictionary<ObjectKey, StateSnapshotRecord>> _objects = [];

    /// <summary>Those of one pipeline, by name.</summary>
    public IReadOnlyList<StateSnapshotRecord> ObjectsOf(PipelineKey key) =>
        _objects.TryGetValue(key, out var objects) ? [.. objects.Values.OrderBy(o => o.ObjectKey.Name, StringComparer.Ordinal)] : [];

    /// <summary>What was read of a pipeline, in short; the same in every process.</summary>
    public static string Mark(FlinkResourceRecord resource, IReadOnlyList<StateSnapshotRecord> objects)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in objects.SelectMany(o => $"{o.ObjectKey.Name}/{o.ResourceVersion}/")) hash = (hash ^ c) * 1099511628211UL;
        return string.Create(CultureInfo.InvariantCulture, $"{SnapshotReconciler.Mark(resource)}|{objects.Count}|{hash:x}");
    }

    /// <summary>Follows them, whichever clusters come and go, and asks for what changed to be read.</summary>
    public async Task FollowAsync(SnapshotQueue queue, CancellationToken cancellationToken)
    {
        var listening = new Dictionary<string, (IResourceFeed<StateSnapshotRecord> Feed, CancellationTokenSource Stop, Task Task)>();
        try
        {
            while (true)
            {
                var wanted = clusters.All.Select(c => (c.Name, Feed: clusters.Snapshots(c.Name))).Where(c => c.Feed is not null).ToDictionary(c => c.Name, c => c.Feed!);
                foreach (var (name, (feed, stop, task)) in listening.ToList())
                {
                    if (wanted.TryGetValue(name, out var still) && ReferenceEquals(still, feed) && !task.IsCompleted) continue;
                    listening.Remove(name);
                    await stop.CancelAsync();
                    stop.Dispose();
                }
                foreach (var (name, feed) in wanted)
                {
                    if (listening.ContainsKey(name)) continue;
                    var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    listening[name] = (feed, stop, ListenAsync(name, feed, queue, stop.Token));
                }
                await Task.Delay(Look, time, cancellationToken);
            }
        }
        finally
        {
            foreach (var (_, stop, _) in listening.Values) await stop.CancelAsync();
            await Task.WhenAll(listening.Values.Select(l => l.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (_, stop, _) in listening.Values) stop.Dispose();
        }
    }

    private async Task ListenAsync(string cluster, IResourceFeed<StateSnapshotRecord> feed, SnapshotQueue queue, CancellationToken cancellationToken)
    {
        var owners = new Dictionary<ObjectKey, PipelineKey>();
        await foreach (var change in feed.ChangesAsync(cancellationToken))
            foreach (var touched in change.Changed.SelectMany(key => Put(cluster, key, change.Snapshot.Items.GetValueOrDefault(key), owners)).ToHashSet())
                queue.Add(touched, TimeSpan.Zero, SnapshotWant.IfChanged);
    }

    /// <summary>The pipelines that it belonged to before and belongs to now.</summary>
    private IEnumerable<PipelineKey> Put(string cluster, ObjectKey key, StateSnapshotRecord? record, Dictionary<ObjectKey, PipelineKey> owners)
    {
        PipelineKey? now = record?.JobName is { } job ? new PipelineKey(cluster, key.Namespace, job, record.JobKind == "FlinkSessionJob" ? FlinkResource.SessionJob : FlinkResource.Deployment) : null;
        if (owners.TryGetValue(key, out var before) && before != now)
        {
            owners.Remove(key);
            _objects.AddOrUpdate(before, _ => ImmutableDictionary<ObjectKey, StateSnapshotRecord>.Empty, (_, all) => all.Remove(key));
            yield return before;
        }
        if (now is not { } owner) yield break;
        owners[key] = owner;
        _objects.AddOrUpdate(owner, _ => ImmutableDictionary<ObjectKey, StateSnapshotRecord>.Empty.Add(key, record!), (_, all) => all.SetItem(key, record!));
        yield return owner;
    }
}
