using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Sluice.Domain.Clusters;

namespace Sluice.Portal.Stores;

/// <summary>Remembers every cluster that was ever configured, because history names them, and the settings of those that were connected over the API.</summary>
public sealed class ClusterRegister(IDbContextFactory<SluiceDbContext> contexts, DatabaseNotifications notifications, TimeProvider time)
{
    private const string Topic = "clusters";

    /// <summary>Calls the handler when a replica changed what is kept here, and after each reconnect.</summary>
    public IDisposable Subscribe(Action handler) => notifications.Subscribe(Topic, _ => handler());

    /// <summary>Notes a cluster of the configuration.</summary>
    public Task NoteAsync(ClusterSettings cluster, CancellationToken cancellationToken) => WriteAsync(cluster, null, cancellationToken);

    /// <summary>Keeps a cluster that was connected over the API.</summary>
    public async Task SaveAsync(ClusterSettings cluster, CancellationToken cancellationToken)
    {
        await WriteAsync(cluster, JsonSerializer.Serialize(cluster), cancellationToken);
        await notifications.NotifyAsync(Topic, cluster.Name, cancellationToken);
    }

    /// <summary>The clusters that were connected over the API.</summary>
    public async Task<IReadOnlyList<ClusterSettings>> SavedAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var saved = await context.Clusters.AsNoTracking().Where(c => c.Settings != null).OrderBy(c => c.Name).Select(c => c.Settings!).ToListAsync(cancellationToken);
        return [.. saved.Select(s => JsonSerializer.Deserialize<ClusterSettings>(s)!)];
    }

    /// <summary>Forgets the settings of a cluster that was connected over the API; its name stays. False where there is none.</summary>
    public async Task<bool> ForgetAsync(string cluster, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var forgotten = await context.Database.ExecuteSqlAsync($"UPDATE clusters SET settings = NULL, enabled = false WHERE name = {cluster} AND settings IS NOT NULL", cancellationToken);
        if (forgotten == 0) return false;
        await notifications.NotifyAsync(Topic, cluster, cancellationToken);
        return true;
    }

    private async Task WriteAsync(ClusterSettings cluster, string? settings, CancellationToken cancellationToken)
    {
        var (access, now) = (cluster.Access.ToString(), time.GetUtcNow());
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO clusters (name, access, enabled, first_seen_at, settings) VALUES ({cluster.Name}, {access}, {cluster.Enabled}, {now}, {settings})
            ON CONFLICT (name) DO UPDATE SET access = EXCLUDED.access, enabled = EXCLUDED.enabled, settings = EXCLUDED.settings
            """, cancellationToken);
    }
}
