using Microsoft.EntityFrameworkCore;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores;

/// <summary>Drafts in PostgreSQL.</summary>
public sealed class DraftStore(IDbContextFactory<SluiceDbContext> contexts, TimeProvider time) : IDraftStore
{
    private const int MaxLength = 2 * 1024 * 1024;

    public async Task<Draft?> FindAsync(string owner, string name, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await context.Drafts.AsNoTracking().SingleOrDefaultAsync(d => d.Owner == owner && d.Name == name, cancellationToken);
        return found is null ? null : new(found.Content, found.UpdatedAt);
    }

    public async Task SaveAsync(string owner, string name, string content, CancellationToken cancellationToken)
    {
        if (content.Length > MaxLength) throw new ArgumentException("The draft is larger than 2 MB and was not kept. Shorten it.", nameof(content));
        // PostgreSQL's text cannot hold the character 0, which no form needs.
        content = content.Replace("\0", "", StringComparison.Ordinal);
        var now = time.GetUtcNow();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"INSERT INTO drafts (owner, name, content, updated_at) VALUES ({owner}, {name}, {content}, {now}) ON CONFLICT (owner, name) DO UPDATE SET content = EXCLUDED.content, updated_at = EXCLUDED.updated_at",
            cancellationToken);
    }

    public async Task DeleteAsync(string owner, string name, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.Drafts.Where(d => d.Owner == owner && d.Name == name).ExecuteDeleteAsync(cancellationToken);
    }
}
