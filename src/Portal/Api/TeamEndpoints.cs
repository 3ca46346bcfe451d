using System.Text.RegularExpressions;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Stores;
using Sluice.Portal.Workers;

namespace Sluice.Portal.Api;

/// <summary>Teams and the namespaces that they own.</summary>
public static partial class TeamEndpoints
{
    public static void MapTeams(this RouteGroupBuilder api)
    {
        var all = api.MapGroup("/teams").WithTags("Teams");
        all.MapGet("/", (IPipelineStore store, CancellationToken token) => store.TeamsAsync(token)).WithName("ListTeams").WithSummary("All teams and the namespaces they own.");
        all.MapPut("/{team}", SaveAsync).WithName("SaveTeam").WithSummary("Creates or replaces a team. A namespace belongs to one team.").Produces<Team>().ProducesProblem(409).ProducesProblem(422);
        all.MapDelete("/{team}", DeleteAsync).WithName("DeleteTeam").WithSummary("Deletes a team that owns no pipeline.").Produces(204).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<IResult> SaveAsync(string team, TeamBody body, IPipelineStore store, ClusterSetup setup, CancellationToken cancellationToken)
    {
        if (setup.IsConfiguredTeam(team)) return Configured(team);
        var owned = body.Namespaces ?? [];
        List<FieldProblem> problems = [];
        if (!Label().IsMatch(team)) problems.Add(new("team", $"'{team}' is not a name. Use at most 63 small letters, digits and '-'."));
        for (var i = 0; i < owned.Count; i++)
            if (owned[i] is not { Cluster: { } cluster, Namespace: { } ns } || !Label().IsMatch(cluster) || !Label().IsMatch(ns)) problems.Add(new($"namespaces[{i}]", "cluster and namespace are names of small letters, digits and '-'."));
        if (problems.Count > 0) return Problems.Result(422, "invalid", "The team cannot be kept as it is", "See errors.", problems);
        var taken = (await store.TeamsAsync(cancellationToken)).Where(t => t.Name != team).SelectMany(t => t.Namespaces.Where(owned.Contains).Select(n => new FieldProblem($"{n.Cluster}/{n.Namespace}", $"It belongs to team {t.Name}. Take it from that team first."))).ToList();
        if (taken.Count > 0) return Problems.Result(409, "taken", "A namespace belongs to another team", "See errors. A namespace belongs to one team.", taken);
        var saved = new Team(team, string.IsNullOrWhiteSpace(body.DisplayName) ? team : body.DisplayName, [.. owned.Distinct()]);
        await store.SaveTeamAsync(saved, cancellationToken);
        return TypedResults.Ok(saved);
    }

    private static async Task<IResult> DeleteAsync(string team, TeamRegister register, ClusterSetup setup, CancellationToken cancellationToken) => setup.IsConfiguredTeam(team)
        ? Configured(team)
        : await register.DeleteAsync(team, cancellationToken) switch
        {
            TeamDeletion.Deleted => TypedResults.NoContent(),
            TeamDeletion.InUse => Problems.Result(409, "in-use", "Pipelines belong to it", $"Pipelines belong to team {team}. Delete them, then the team."),
            _ => Problems.NotFound($"There is no team {team}."),
        };

    private static IResult Configured(string team) =>
        Problems.Result(409, "configured", "It is set in the configuration", $"The team {team} comes from the configuration of Sluice (Sluice:Teams). Change it there and restart.");

    /// <param name="DisplayName">As people say it; the name when left out.</param>
    /// <param name="Namespaces">All that it owns: what is not here it owns no more.</param>
    public sealed record TeamBody(string? DisplayName = null, IReadOnlyList<TeamNamespace>? Namespaces = null);

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex Label();
}
