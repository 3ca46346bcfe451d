using Microsoft.EntityFrameworkCore;

namespace Sluice.Portal.Stores;

/// <summary>What came of deleting a team.</summary>
public enum TeamDeletion
{
    /// <summary>It is gone; its namespaces belong to nobody.</summary>
    Deleted,

    /// <summary>There is none of that name.</summary>
    Unknown,

    /// <summary>It stays: pipelines belong to it.</summary>
    InUse,
}

/// <summary>Takes teams away.</summary>
public sealed class TeamRegister(IDbContextFactory<SluiceDbContext> contexts, DatabaseNotifications notifications)
{
    /// <summary>Deletes a team that owns no pipeline.</summary>
    public async Task<TeamDeletion> DeleteAsync(string team, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var deleted = await context.Database.ExecuteSqlAsync(
            $"DELETE FROM teams WHERE name = {team} AND NOT EXISTS (SELECT 1 FROM pipelines WHERE team = {team} AND retired_at IS NULL)", cancellationToken);
        if (deleted == 0) return await context.Teams.AnyAsync(t => t.Name == team, cancellationToken) ? TeamDeletion.InUse : TeamDeletion.Unknown;
        await notifications.NotifyAsync(PipelineStore.Topic, team, cancellationToken);
        return TeamDeletion.Deleted;
    }
}
