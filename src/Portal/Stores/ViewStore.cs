using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.Domain.Views;

namespace Sluice.Portal.Stores;

/// <summary>Saved views in PostgreSQL.</summary>
public sealed class ViewStore : IViewStore, IDisposable
{
    private const string Topic = "views";
    private readonly IDbContextFactory<SluiceDbContext> _contexts;
    private readonly DatabaseNotifications _notifications;
    private readonly IDisposable _subscription;

    public ViewStore(IDbContextFactory<SluiceDbContext> contexts, DatabaseNotifications notifications)
    {
        (_contexts, _notifications) = (contexts, notifications);
        _subscription = notifications.Subscribe(Topic, _ => Changed?.Invoke());
    }

    public event Action? Changed;

    public async Task<IReadOnlyList<SavedView>> ListAsync(string owner, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var views = await context.SavedViews.AsNoTracking().Where(v => v.Team != null || v.Owner == owner).ToListAsync(cancellationToken);
        return [.. views.OrderBy(v => v.Team is null ? "" : v.Team, StringComparer.Ordinal).ThenBy(v => v.NameKey, StringComparer.Ordinal).Select(ToView)];
    }

    public async Task<SavedView?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.SavedViews.AsNoTracking().SingleOrDefaultAsync(v => v.Id == id, cancellationToken) is { } found ? ToView(found) : null;
    }

    public async Task AddAsync(SavedView view, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Two who save the last allowed view at once take turns.
        await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({"views " + (view.Team is null ? "of " + view.Owner : "team " + view.Team)}, 0))", cancellationToken);
        var theirs = view.Team is null
            ? context.SavedViews.Where(v => v.Team == null && v.Owner == view.Owner)
            : context.SavedViews.Where(v => v.Team == view.Team);
        if (await theirs.CountAsync(cancellationToken) >= IViewStore.Most)
            throw new ViewRefusedException(ViewRefusal.TooMany, view.Team is null ? "name" : "team", $"{(view.Team is null ? "You have" : $"Team {view.Team} has")} {IViewStore.Most} views, which is as many as can be kept. Delete one that nobody needs first.");
        context.SavedViews.Add(new()
        {
            Id = view.Id,
            Name = view.Name,
            NameKey = ViewName.KeyOf(view.Name),
            Owner = view.Owner,
            Team = view.Team,
            Query = view.Query,
            Version = view.Version,
            CreatedAt = view.CreatedAt.ToUniversalTime(),
            UpdatedAt = view.UpdatedAt.ToUniversalTime(),
            UpdatedBy = view.UpdatedBy,
        });
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            throw Taken(view);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation })
        {
            throw new ViewRefusedException(ViewRefusal.Invalid, "team", $"The team {view.Team} was deleted a moment ago. Choose another.");
        }

        await transaction.CommitAsync(cancellationToken);
        await AnnounceAsync(view.Id, cancellationToken);
    }

    public async Task UpdateAsync(SavedView view, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var (key, at) = (ViewName.KeyOf(view.Name), view.UpdatedAt.ToUniversalTime());
        try
        {
            var changed = await context.SavedViews.Where(v => v.Id == view.Id && v.Version == view.Version - 1).ExecuteUpdateAsync(
                u => u.SetProperty(v => v.Name, view.Name).SetProperty(v => v.NameKey, key).SetProperty(v => v.Query, view.Query)
                    .SetProperty(v => v.Version, view.Version).SetProperty(v => v.UpdatedAt, at).SetProperty(v => v.UpdatedBy, view.UpdatedBy), cancellationToken);
            if (changed == 0) throw new ViewRefusedException(ViewRefusal.Changed, "version", "Someone changed or deleted this view a moment ago. Look at it as it is now, then decide.");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw Taken(view);
        }

        await AnnounceAsync(view.Id, cancellationToken);
    }

    public async Task DeleteAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await context.SavedViews.Where(v => v.Id == id).ExecuteDeleteAsync(cancellationToken);
        await AnnounceAsync(id, cancellationToken);
    }

    public async Task<Guid?> DefaultAsync(string owner, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.ViewDefaults.AsNoTracking().Where(d => d.Owner == owner).Select(d => (Guid?)d.ViewId).SingleOrDefaultAsync(cancellationToken);
    }

    public async Task SetDefaultAsync(string owner, Guid? id, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (id is { } view)
        {
            // Nothing is set where the view was deleted a moment ago.
            await context.Database.ExecuteSqlAsync(
                $"INSERT INTO view_defaults (owner, view_id) SELECT {owner}, id FROM saved_views WHERE id = {view} ON CONFLICT (owner) DO UPDATE SET view_id = EXCLUDED.view_id", cancellationToken);
        }
        else
        {
            await context.ViewDefaults.Where(d => d.Owner == owner).ExecuteDeleteAsync(cancellationToken);
        }

        await AnnounceAsync(id ?? Guid.Empty, cancellationToken);
    }

    public void Dispose() => _subscription.Dispose();

    /// <summary>This replica hears of it at once, the others by the notice; it may be told twice.</summary>
    private async Task AnnounceAsync(Guid id, CancellationToken cancellationToken)
    {
        Changed?.Invoke();
        await _notifications.NotifyAsync(Topic, id.ToString(), cancellationToken);
    }

    private static ViewRefusedException Taken(SavedView view) =>
        new(ViewRefusal.NameTaken, "name", $"{(view.Team is null ? "You have" : $"Team {view.Team} has")} a view '{view.Name}' already. Choose another name, or change that one.");

    private static SavedView ToView(SavedViewEntity v) => new(v.Id, v.Name, v.Owner, v.Team, v.Query, v.Version, v.CreatedAt, v.UpdatedAt, v.UpdatedBy);
}
