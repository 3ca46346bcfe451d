using System.Text.Json.Nodes;
using Npgsql;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Stores;

namespace Sluice.Portal.Workers;

/// <summary>
/// In Development, where no team is configured: a namespace that nobody owns becomes a team's, so that a newcomer can register at once: the team that its label
/// names, else one of the namespace's own name. Elsewhere teams are an administrator's decision and this worker is not registered.
/// </summary>
public sealed partial class DemoTeams(IClusterDirectory clusters, IPipelineStore store, TeamRegister register, Leadership leadership, TimeProvider time, ILogger<DemoTeams> logger) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly string[] Labels = ["sluice.dev/team", "team"];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync("demo teams", AssignAllAsync, stoppingToken);

    private async Task AssignAllAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var complete = true;
            foreach (var cluster in clusters.All.Where(c => c.Settings.Enabled))
            {
                // One that does not answer would hold up the teams of all after it for a minute each.
                using var limit = new CancellationTokenSource(Longest, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                complete &= await TryAssignAsync(cluster.Name, both.Token, limit.Token);
            }

            await Task.Delay(complete ? Again : Soon, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryAssignAsync(string cluster, CancellationToken cancellationToken, CancellationToken limit)
    {
        try
        {
            if (clusters.Api(cluster) is not { } api) return false;
            var namespaces = await api.ListAsync(KubernetesResource.Namespaces, null, new(), cancellationToken);
            await AssignAsync(cluster, Wanted(namespaces.Items), cancellationToken);
            return true;
        }
        catch (Exception e) when (e is KubernetesException or NpgsqlException || (e is OperationCanceledException && limit.IsCancellationRequested))
        {
            LogLater(cluster, e.Message);
            return false;
        }
    }

    /// <summary>Whose each namespace is by its label; by its own name where it has none.</summary>
    public static IEnumerable<(string Namespace, string Team)> Wanted(IEnumerable<JsonObject> namespaces)
    {
        foreach (var item in namespaces)
        {
            if ((string?)item["metadata"]?["name"] is not { } name || IsSystem(name)) continue;
            var labels = item["metadata"]?["labels"] as JsonObject;
            yield return (name, Labels.Select(l => (string?)labels?[l]).FirstOrDefault(t => !string.IsNullOrEmpty(t)) ?? name);
        }
    }

    /// <summary>A large company has a thousand namespaces: each team is saved once, not once for each of its own.</summary>
    private async Task AssignAsync(string cluster, IEnumerable<(string Namespace, string Team)> wanted, CancellationToken cancellationToken)
    {
        var teams = (await store.TeamsAsync(cancellationToken)).ToDictionary(t => t.Name, StringComparer.Ordinal);
        var owners = teams.Values.SelectMany(t => t.Namespaces.Select(n => (Namespace: n, Team: t.Name))).ToLookup(o => o.Namespace, o => o.Team);
        var (changed, emptied) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (ns, title) in wanted)
        {
            var owned = new TeamNamespace(cluster, ns);
            // A label may hold what a team's name may not.
            var name = ClusterNames.FromContext(title);
            var owner = owners[owned].FirstOrDefault();
            // Only a team of the namespace's own name was made here for want of a label; any other owner is someone's decision.
            if (owner is not null && (owner == name || owner != ns)) continue;
            var team = teams.GetValueOrDefault(name) ?? new Team(name, title, []);
            teams[name] = team with { Namespaces = [.. team.Namespaces, owned] };
            changed.Add(name);
            if (owner is not null && teams[owner].Namespaces.Count == 1) emptied.Add(owner);
        }

        foreach (var name in changed) await store.SaveTeamAsync(teams[name], cancellationToken);
        foreach (var name in emptied) await register.DeleteAsync(name, cancellationToken);
    }

    private static bool IsSystem(string name) => name is "default" or "flink-operator" || name.StartsWith("kube-", StringComparison.Ordinal);

    [LoggerMessage(1, LogLevel.Debug, "The namespaces of {Cluster} were not given to teams yet: {Reason}")]
    private partial void LogLater(string cluster, string reason);
}
