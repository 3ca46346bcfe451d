using System.Collections.Immutable;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Clusters;

/// <summary>Connects the configured clusters and keeps what is watched on each.</summary>
public sealed class ClusterDirectory(ClusterDirectoryOptions options) : IClusterDirectory, IAsyncDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private ImmutableSortedDictionary<string, ClusterConnection> _connections = ImmutableSortedDictionary<string, ClusterConnection>.Empty.WithComparers(StringComparer.Ordinal);

    /// <inheritdoc/>
    public event Action<string>? Changed;

    /// <inheritdoc/>
    public IReadOnlyList<ClusterStatus> All => [.. _connections.Values.Select(static c => c.Status)];

    /// <inheritdoc/>
    public IKubernetesApi? Api(string cluster) => Find(cluster)?.Api;

    /// <inheritdoc/>
    public IResourceFeed<FlinkResourceRecord>? Deployments(string cluster) => Find(cluster)?.Deployments;

    /// <inheritdoc/>
    public IResourceFeed<FlinkResourceRecord>? SessionJobs(string cluster) => Find(cluster)?.SessionJobs;

    /// <inheritdoc/>
    public IResourceFeed<StateSnapshotRecord>? Snapshots(string cluster) => Find(cluster)?.Snapshots;

    /// <inheritdoc/>
    public ClusterInsight? Insight(string cluster) => Find(cluster)?.Insight;

    /// <inheritdoc/>
    public async Task SetAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        Check(settings);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var old = _connections.GetValueOrDefault(settings.Name);
            if (old is not null && Same(old.Settings, settings)) return;
            var connection = new ClusterConnection(settings, options, () => Changed?.Invoke(settings.Name));
            // The new one is visible before the old one's streams end, so that a consumer that comes back at once finds it.
            _connections = _connections.SetItem(settings.Name, connection);
            connection.Start();
            if (old is not null) await old.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }

        Changed?.Invoke(settings.Name);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(string cluster, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_connections.TryGetValue(cluster, out var old)) return;
            _connections = _connections.Remove(cluster);
            await old.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }

        Changed?.Invoke(cluster);
    }

    /// <inheritdoc/>
    public async Task<ClusterTest> TestAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            Check(settings);
            using var api = new KubernetesApi(settings.Name, ClusterConnection.Target(settings, options), options.Time);
            return await new ClusterTrial(api, settings, options.TestLimit).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is KubernetesException or ArgumentException)
        {
            return new ClusterTest(null, e.Message, []) { Checks = [new ClusterCheck("Settings", ClusterGrade.Bad, e.Message)] };
        }
    }

    /// <summary>Disconnects all clusters.</summary>
    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        await Task.WhenAll(Interlocked.Exchange(ref _connections, _connections.Clear()).Values.Select(static c => c.DisposeAsync().AsTask())).ConfigureAwait(false);
        _one.Dispose();
    }

    private ClusterConnection? Find(string cluster) => _connections.TryGetValue(cluster, out var connection) && connection.Settings.Enabled ? connection : null;

    private static void Check(ClusterSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (!KubernetesPath.IsLabel(settings.Name))
            throw new ArgumentException("A cluster's name stands in URLs: lower-case letters, digits and dashes, at most 63, beginning and ending with a letter or digit.");
        if (settings.Namespaces?.FirstOrDefault(static n => !KubernetesPath.IsLabel(n)) is { } bad)
            throw new ArgumentException($"\"{KubernetesText.Clean(bad, 80)}\" is not a valid namespace.");
        if (settings.Access == JobManagerAccess.Ingress && (settings.IngressTemplate is not { } template || !template.Contains("{name}", StringComparison.Ordinal)))
            throw new ArgumentException("Access by ingress needs a URL template with {name} in it, and {namespace} where names repeat.");
    }

    private static bool Same(ClusterSettings a, ClusterSettings b) =>
        a with { Namespaces = null } == b with { Namespaces = null } && (a.Namespaces ?? []).SequenceEqual(b.Namespaces ?? [], StringComparer.Ordinal);
}
