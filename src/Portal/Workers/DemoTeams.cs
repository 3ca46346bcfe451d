using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Workers;

/// <summary>
/// In Development, where no team is configured: every namespace that nobody owns becomes a team's of the same name, so that a newcomer can register at once.
/// Elsewhere teams are an administrator's decision and this worker is not registered.
/// </summary>
public sealed partial class DemoTeams(IClusterDirectory clusters, IPipelineStore store, TimeProvider time, ILogger<DemoTeams> logger) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var complete = true;
            foreach (var cluster in clusters.All.Where(c => c.Settings.Enabled)) complete &= await TryAssignAsync(cluster.Name, stoppingToken);
            await Task.Delay(complete ? Again : Soon, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryAssignAsync(string cluster, CancellationToken cancellationToken)
    {
        try
        {
            if (clusters.Api(cluster) is not { } api) return false;
            var namespaces = await api.ListAsync(KubernetesResource.Namespaces, null, new(), cancellationToken);
            var names = namespaces.Items.Select(n => (string?)n["metadata"]?["name"]).OfType<string>().Where(n => !n.StartsWith("kube-", StringComparison.Ordinal));
            await AssignAsync(cluster, names, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is KubernetesException or Npgsql.NpgsqlException)
        {
            LogLater(cluster, e.Message);
            return false;
        }
    }

    private async Task AssignAsync(string cluster, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var teams = await store.TeamsAsync(cancellationToken);
        var owned = teams.SelectMany(t => t.Namespaces).ToHashSet();
        foreach (var name in names.Where(n => !owned.Contains(new(cluster, n))))
        {
            var team = teams.FirstOrDefault(t => t.Name == name) ?? new Team(name, name, []);
            await store.SaveTeamAsync(team with { Namespaces = [.. team.Namespaces, new(cluster, name)] }, cancellationToken);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The namespaces of {Cluster} were not given to teams yet: {Reason}")]
    private partial void LogLater(string cluster, string reason);
}
