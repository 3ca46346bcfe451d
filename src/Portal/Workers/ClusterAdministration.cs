using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Stores;

namespace Sluice.Portal.Workers;

/// <summary>Changes clusters: checked first, then recorded, then put to work here; the other replicas hear of the record.</summary>
public sealed partial class ClusterAdministration(
    IClusterDirectory clusters, ClusterRegister register, ClusterSetup setup, IPipelineStore store, IOperationStore operations, IFleet fleet, KubeconfigOptions kubeconfig, ILogger<ClusterAdministration> logger)
    : IClusterAdministration
{
    public bool IsConfigured(string cluster) => setup.IsConfigured(cluster);

    public Task<ClusterTest> TestAsync(ClusterDraft draft, CancellationToken cancellationToken) => clusters.TestAsync(Checked(draft), cancellationToken);

    public Task<ClusterTest> TestAsync(string cluster, CancellationToken cancellationToken) => clusters.TestAsync(Known(cluster), cancellationToken);

    public async Task AddAsync(ClusterDraft draft, CancellationToken cancellationToken)
    {
        if (clusters.All.Any(c => c.Name == draft.Name)) throw Taken(draft.Name);
        var settings = Checked(draft);
        if (!await register.AddAsync(settings, cancellationToken)) throw Taken(draft.Name);
        await clusters.SetAsync(settings, cancellationToken);
        LogChanged(draft.Name, "added");
    }

    public async Task ChangeAsync(ClusterDraft draft, CancellationToken cancellationToken)
    {
        Known(draft.Name);
        RefuseConfigured(draft.Name);
        await SaveAsync(Checked(draft), "changed", cancellationToken);
    }

    public async Task EnableAsync(string cluster, bool enabled, CancellationToken cancellationToken)
    {
        var settings = Known(cluster);
        if (!setup.IsConfigured(cluster))
        {
            await SaveAsync(settings with { Enabled = enabled }, enabled ? "enabled" : "disabled", cancellationToken);
            return;
        }

        if (enabled && !setup.IsEnabledByConfiguration(cluster))
            throw new ClusterRefusedException(ClusterRefusal.Configured, [new("enabled", $"The configuration of Sluice says Enabled=false for {cluster}. Change it there (Sluice:Clusters) and restart.")]);
        await register.DisableAsync(cluster, !enabled, cancellationToken);
        await clusters.SetAsync(settings with { Enabled = enabled }, cancellationToken);
        LogChanged(cluster, enabled ? "enabled" : "disabled");
    }

    public async Task RemoveAsync(string cluster, CancellationToken cancellationToken)
    {
        RefuseConfigured(cluster);
        if (!await register.ForgetAsync(cluster, cancellationToken)) throw Unknown(cluster);
        await clusters.RemoveAsync(cluster, cancellationToken);
        LogChanged(cluster, "removed");
    }

    public async Task<ClusterUse> UseAsync(string cluster, CancellationToken cancellationToken)
    {
        var registered = (await store.AllAsync(cancellationToken)).Count(p => p.Key.Cluster == cluster);
        var owned = (await store.TeamsAsync(cancellationToken)).Sum(t => t.Namespaces.Count(n => n.Cluster == cluster));
        var active = (await operations.ActiveAsync(cancellationToken)).Where(o => o.Pipeline.Cluster == cluster).Select(o => o.Pipeline).ToList();
        return new ClusterUse(fleet.Current.Rows.Keys.Count(k => k.Cluster == cluster), registered, owned, active);
    }

    private async Task SaveAsync(ClusterSettings settings, string how, CancellationToken cancellationToken)
    {
        await register.SaveAsync(settings, cancellationToken);
        await clusters.SetAsync(settings, cancellationToken);
        LogChanged(settings.Name, how);
    }

    private ClusterSettings Checked(ClusterDraft draft)
    {
        var (settings, problems) = draft.Check(clusters.All.FirstOrDefault(c => c.Name == draft.Name)?.Settings, kubeconfig);
        return settings ?? throw new ClusterRefusedException(ClusterRefusal.Invalid, problems);
    }

    private ClusterSettings Known(string cluster) => clusters.All.FirstOrDefault(c => c.Name == cluster)?.Settings ?? throw Unknown(cluster);

    private void RefuseConfigured(string cluster)
    {
        if (setup.IsConfigured(cluster))
            throw new ClusterRefusedException(ClusterRefusal.Configured, [new("name", $"The cluster {cluster} comes from the configuration of Sluice (Sluice:Clusters or KUBECONFIG). Change it there and restart; here it can be disabled and enabled.")]);
    }

    private static ClusterRefusedException Unknown(string cluster) => new(ClusterRefusal.Unknown, [new("name", $"No cluster named {cluster} is configured.")]);

    private static ClusterRefusedException Taken(string cluster) => new(ClusterRefusal.Taken, [new("name", $"There is a cluster named {cluster} already. Choose another name, or edit that one.")]);

    [LoggerMessage(1, LogLevel.Information, "Cluster {Cluster} was {How}.")]
    private partial void LogChanged(string cluster, string how);
}
