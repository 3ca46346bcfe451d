using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Configuration;
using Sluice.Portal.Stores;

namespace Sluice.Portal.Workers;

/// <summary>
/// Connects the clusters of the configuration and those that were connected over the API, on any replica, and records the configured teams. A cluster that cannot
/// be reached does not hold up the start.
/// </summary>
public sealed partial class ClusterSetup(
    IOptions<SluiceOptions> options, IConfiguration configuration, IClusterDirectory clusters, IPipelineStore store, ClusterRegister register, ILogger<ClusterSetup> logger) : IHostedService, IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<string, ClusterSettings> _configured = new(StringComparer.Ordinal);
    private IDisposable? _subscription;

    /// <summary>True for a cluster that the configuration names: it is changed there.</summary>
    public bool IsConfigured(string cluster) => _configured.ContainsKey(cluster);

    /// <summary>False where the configuration itself says that the cluster is known and not connected.</summary>
    public bool IsEnabledByConfiguration(string cluster) => _configured.TryGetValue(cluster, out var settings) && settings.Enabled;

    /// <summary>True for a team that the configuration names: it is changed there.</summary>
    public bool IsConfiguredTeam(string team) => options.Value.Teams.Any(t => t.Name == team);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var cluster in Settings())
        {
            _configured[cluster.Name] = cluster;
            await register.NoteAsync(cluster, cancellationToken);
            LogConnecting(cluster.Name);
        }

        await SyncAsync(cancellationToken);
        if (clusters.All.Count == 0) LogNone();
        _subscription = register.Subscribe(() => _ = TrySyncAsync());
        foreach (var team in options.Value.Teams)
            await store.SaveTeamAsync(new(team.Name, team.DisplayName, [.. team.Namespaces.Select(Owned)]), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _subscription?.Dispose();

    /// <summary>Connects what the configuration names and what was saved, here or on another replica; disconnects what was taken away.</summary>
    private async Task SyncAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var saved = (await register.SavedAsync(cancellationToken)).Where(c => !IsConfigured(c.Name)).ToList();
            var disabled = await register.DisabledAsync(cancellationToken);
            foreach (var cluster in _configured.Values.Select(c => c with { Enabled = c.Enabled && !disabled.Contains(c.Name) }).Concat(saved)) await TrySetAsync(cluster, cancellationToken);
            foreach (var gone in clusters.All.Where(c => !IsConfigured(c.Name) && saved.All(s => s.Name != c.Name)).ToList())
                await clusters.RemoveAsync(gone.Name, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task TrySetAsync(ClusterSettings cluster, CancellationToken cancellationToken)
    {
        try
        {
            await clusters.SetAsync(cluster, cancellationToken);
        }
        catch (ArgumentException e)
        {
            // One that was kept by another version of Sluice must not keep the others out.
            LogNotSet(cluster.Name, e.Message);
        }
    }

    private async Task TrySyncAsync()
    {
        try
        {
            await SyncAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException or ObjectDisposedException)
        {
            // Heard again after the next change or reconnect.
            LogNotSynced(e.Message);
        }
    }

    private List<ClusterSettings> Settings()
    {
        if (options.Value.Clusters.Count > 0)
            return [.. options.Value.Clusters.Select(c => new ClusterSettings(c.Name, c.Context, c.Kubeconfig ?? (c.Context is null ? null : configuration["KUBECONFIG"]), c.Access ?? JobManagerAccess.ApiServerProxy, c.IngressTemplate, [.. c.Namespaces], c.Enabled))];
        // Without a list of ours, every context of KUBECONFIG is a cluster, and inside a cluster that one is.
        if (configuration["KUBECONFIG"] is { Length: > 0 } path) return FromKubeconfig(path);
        return configuration["KUBERNETES_SERVICE_HOST"] is { Length: > 0 } ? [new("local", null, null, JobManagerAccess.Service)] : [];
    }

    private List<ClusterSettings> FromKubeconfig(string path)
    {
        try
        {
            return [.. Kubeconfig.Contexts(path).Select(context => new ClusterSettings(ClusterNames.FromContext(context), context, path)).DistinctBy(c => c.Name)];
        }
        catch (KubernetesException e)
        {
            LogUnreadable(e.Message);
            return [];
        }
    }

    private static TeamNamespace Owned(string text) => text.Split('/') is [var cluster, var ns] ? new(cluster, ns) : throw new FormatException($"'{text}' is not of the form cluster/namespace.");

    [LoggerMessage(1, LogLevel.Warning, "No cluster is configured: set Sluice:Clusters or KUBECONFIG. The pages are empty until then.")]
    private partial void LogNone();

    [LoggerMessage(2, LogLevel.Information, "Connecting cluster {Cluster}.")]
    private partial void LogConnecting(string cluster);

    [LoggerMessage(3, LogLevel.Error, "KUBECONFIG cannot be used, so no cluster is connected: {Reason}")]
    private partial void LogUnreadable(string reason);

    [LoggerMessage(5, LogLevel.Error, "Cluster {Cluster} is not connected, its settings cannot be right: {Reason}")]
    private partial void LogNotSet(string cluster, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Clusters that were changed over the API are not up to date here: {Reason}")]
    private partial void LogNotSynced(string reason);
}
