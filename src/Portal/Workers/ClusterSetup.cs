using Microsoft.Extensions.Options;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Configuration;
using Sluice.Portal.Stores;

namespace Sluice.Portal.Workers;

/// <summary>Connects the configured clusters and records the configured teams when the host starts. A cluster that cannot be reached does not hold up the start.</summary>
public sealed partial class ClusterSetup(
    IOptions<SluiceOptions> options, IConfiguration configuration, IClusterDirectory clusters, IPipelineStore store, ClusterRegister register, ILogger<ClusterSetup> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = Settings();
        if (settings.Count == 0) LogNone();
        foreach (var cluster in settings)
        {
            await register.NoteAsync(cluster, cancellationToken);
            await clusters.SetAsync(cluster, cancellationToken);
            LogConnecting(cluster.Name);
        }

        foreach (var team in options.Value.Teams)
            await store.SaveTeamAsync(new(team.Name, team.DisplayName, [.. team.Namespaces.Select(Owned)]), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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
}

/// <summary>Cluster names from the contexts of a kubeconfig, which may hold anything.</summary>
public static class ClusterNames
{
    /// <summary>The context in small letters with '-' for what cannot stand in a URL, for example <c>arn:aws:eks:eu-1:1:cluster/prod</c> becomes <c>arn-aws-eks-eu-1-1-cluster-prod</c>.</summary>
    public static string FromContext(string context)
    {
        var label = string.Join('-', string.Concat(context.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Split('-', StringSplitOptions.RemoveEmptyEntries));
        if (label.Length > 63) label = label[^63..].Trim('-');
        return label.Length == 0 ? "cluster" : label;
    }
}
