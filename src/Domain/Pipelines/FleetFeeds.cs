using System.Threading.Channels;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Pipelines;

/// <summary>News of one kind of resource on one cluster.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Resource">The kind.</param>
/// <param name="Feed">Who says so; news of a feed that was replaced since are old.</param>
/// <param name="Change">What changed.</param>
/// <param name="First">True for the first news of a connection: what it does not hold is gone, whatever an earlier one said.</param>
internal sealed record FeedNews(string Cluster, FlinkResource Resource, IResourceFeed<FlinkResourceRecord> Feed, ResourceChange<FlinkResourceRecord> Change, bool First);

/// <summary>Listens to the feeds of every cluster and to clusters that come, change and go.</summary>
internal sealed class FleetFeeds(IClusterDirectory clusters, ChannelWriter<object> news, Action<Exception, string> failed)
{
    private readonly Dictionary<(string Cluster, FlinkResource Resource), (IResourceFeed<FlinkResourceRecord> Feed, CancellationTokenSource Stop)> _listening = [];

    /// <summary>False for news of a connection that was replaced or removed while they waited.</summary>
    public bool IsCurrent(FeedNews item) => _listening.TryGetValue((item.Cluster, item.Resource), out var now) && ReferenceEquals(now.Feed, item.Feed);

    /// <summary>Brings what is listened to in line with the directory; gives what is not managed any more. Called from one loop only.</summary>
    public async Task<IReadOnlyList<(string Cluster, FlinkResource Resource)>> SyncAsync(CancellationToken cancellationToken)
    {
        var gone = new List<(string, FlinkResource)>();
        var wanted = new Dictionary<(string, FlinkResource), IResourceFeed<FlinkResourceRecord>>();
        foreach (var cluster in clusters.All)
        {
            if (clusters.Deployments(cluster.Name) is { } deployments) wanted[(cluster.Name, FlinkResource.Deployment)] = deployments;
            if (clusters.SessionJobs(cluster.Name) is { } jobs) wanted[(cluster.Name, FlinkResource.SessionJob)] = jobs;
        }
        foreach (var (key, (feed, stop)) in _listening.ToList())
        {
            if (wanted.TryGetValue(key, out var still) && ReferenceEquals(still, feed)) continue;
            _listening.Remove(key);
            await stop.CancelAsync().ConfigureAwait(false);
            stop.Dispose();
            if (!wanted.ContainsKey(key)) gone.Add(key);
        }
        foreach (var (key, feed) in wanted)
        {
            if (_listening.ContainsKey(key)) continue;
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _listening[key] = (feed, stop);
            _ = ListenAsync(key.Item1, key.Item2, feed, stop.Token);
        }
        return gone;
    }

    private async Task ListenAsync(string cluster, FlinkResource resource, IResourceFeed<FlinkResourceRecord> feed, CancellationToken cancellationToken)
    {
        try
        {
            var first = true;
            await foreach (var change in feed.ChangesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (cancellationToken.IsCancellationRequested) return;
                await news.WriteAsync(new FeedNews(cluster, resource, feed, change, first), cancellationToken).ConfigureAwait(false);
                // Until a connection has listed once, what it holds says nothing about what is gone.
                if (change.Snapshot.State.Phase == ReflectorPhase.Synced) first = false;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (ChannelClosedException)
        {
        }
#pragma warning disable CA1031 // A broken feed must not take the fleet down; it is told, and its rows grow old visibly.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failed(e, $"listening to {resource} of cluster {cluster}");
        }
    }
}
