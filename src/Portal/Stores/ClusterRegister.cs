using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Sluice.Domain.Clusters;

namespace Sluice.Portal.Stores;

/// <summary>
/// Remembers every cluster that was ever configured, because history names them, and the settings of those that were connected over the API or the pages. Credentials
/// that were handed over are sealed before they are written.
/// </summary>
public sealed class ClusterRegister(IDbContextFactory<SluiceDbContext> contexts, DatabaseNotifications notifications, IDataProtectionProvider protection, TimeProvider time)
{
    private const string Topic = "clusters";

    /// <summary>Calls the handler when a replica changed what is kept here, and after each reconnect.</summary>
    public IDisposable Subscribe(Action handler) => notifications.Subscribe(Topic, _ => handler());

    /// <summary>Notes a cluster of the configuration.</summary>
    public async Task NoteAsync(ClusterSettings cluster, CancellationToken cancellationToken)
    {
        var (access, now) = (cluster.Access.ToString(), time.GetUtcNow());
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO clusters (name, access, enabled, first_seen_at) VALUES ({cluster.Name}, {access}, {cluster.Enabled}, {now})
            ON CONFLICT (name) DO UPDATE SET access = EXCLUDED.access, enabled = EXCLUDED.enabled, settings = NULL, credentials = NULL
            """, cancellationToken);
    }

    /// <summary>Keeps a new cluster. False where one of that name is kept already, on whatever replica that was done.</summary>
    public Task<bool> AddAsync(ClusterSettings cluster, CancellationToken cancellationToken) => WriteAsync(cluster, isNew: true, cancellationToken);

    /// <summary>Keeps the changed settings of a cluster, or a new one.</summary>
    public Task SaveAsync(ClusterSettings cluster, CancellationToken cancellationToken) => WriteAsync(cluster, isNew: false, cancellationToken);

    /// <summary>The clusters that were connected over the API or the pages.</summary>
    public async Task<IReadOnlyList<ClusterSettings>> SavedAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var saved = await context.Clusters.AsNoTracking().Where(c => c.Settings != null).OrderBy(c => c.Name).Select(c => new { c.Settings, c.Credentials }).ToListAsync(cancellationToken);
        return [.. saved.Select(s => Read(s.Settings!, s.Credentials))];
    }

    /// <summary>Disables or enables a cluster that the configuration names.</summary>
    public async Task DisableAsync(string cluster, bool disabled, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"UPDATE clusters SET disabled = {disabled} WHERE name = {cluster}", cancellationToken);
        await notifications.NotifyAsync(Topic, cluster, cancellationToken);
    }

    /// <summary>The clusters of the configuration that were disabled here.</summary>
    public async Task<IReadOnlySet<string>> DisabledAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return (await context.Clusters.AsNoTracking().Where(c => c.Disabled).Select(c => c.Name).ToListAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Forgets the settings and credentials of a cluster that was connected over the API; its name stays. False where there is none.</summary>
    public async Task<bool> ForgetAsync(string cluster, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var forgotten = await context.Database.ExecuteSqlAsync($"UPDATE clusters SET settings = NULL, credentials = NULL, enabled = false WHERE name = {cluster} AND settings IS NOT NULL", cancellationToken);
        if (forgotten == 0) return false;
        await notifications.NotifyAsync(Topic, cluster, cancellationToken);
        return true;
    }

    private async Task<bool> WriteAsync(ClusterSettings cluster, bool isNew, CancellationToken cancellationToken)
    {
        var (access, now, settings) = (cluster.Access.ToString(), time.GetUtcNow(), JsonSerializer.Serialize(cluster));
        var credentials = cluster.Credentials is { } given ? Seal(cluster.Name).Protect(given.Reveal()) : null;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var written = await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO clusters (name, access, enabled, first_seen_at, settings, credentials) VALUES ({cluster.Name}, {access}, {cluster.Enabled}, {now}, {settings}, {credentials})
            ON CONFLICT (name) DO UPDATE SET access = EXCLUDED.access, enabled = EXCLUDED.enabled, settings = EXCLUDED.settings, credentials = EXCLUDED.credentials, disabled = false
            WHERE clusters.settings IS NULL OR NOT {isNew}
            """, cancellationToken);
        if (written == 0) return false;
        await notifications.NotifyAsync(Topic, cluster.Name, cancellationToken);
        return true;
    }

    private ClusterSettings Read(string text, string? sealedText)
    {
        var settings = JsonSerializer.Deserialize<ClusterSettings>(text)!;
        if (sealedText is null) return settings;
        try
        {
            return settings with { Credentials = ClusterCredentials.FromKubeconfig(Seal(settings.Name).Unprotect(sealedText)) };
        }
        catch (CryptographicException)
        {
            return settings with { Credentials = ClusterCredentials.Unreadable($"The credentials of cluster {settings.Name} cannot be opened: the key they were sealed with is not in the database any more. Enter them again.") };
        }
    }

    // With the name in it, so that what was sealed for one cluster cannot be put to use for another.
    private IDataProtector Seal(string cluster) => protection.CreateProtector("Sluice.ClusterCredentials.v1", cluster);
}
