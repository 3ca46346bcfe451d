using Microsoft.EntityFrameworkCore;
using Sluice.Domain.Clusters;

namespace Sluice.Portal.Stores;

/// <summary>Remembers every cluster that was ever configured, because history names them.</summary>
public sealed class ClusterRegister(IDbContextFactory<SluiceDbContext> contexts, TimeProvider time)
{
    public async Task NoteAsync(ClusterSettings cluster, CancellationToken cancellationToken)
    {
        var (access, now) = (cluster.Access.ToString(), time.GetUtcNow());
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"INSERT INTO clusters (name, access, enabled, first_seen_at) VALUES ({cluster.Name}, {access}, {cluster.Enabled}, {now}) ON CONFLICT (name) DO UPDATE SET access = EXCLUDED.access, enabled = EXCLUDED.enabled",
            cancellationToken);
    }
}
