using Microsoft.EntityFrameworkCore;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Portal.Stores.Guards;

/// <summary>Freeze windows in PostgreSQL.</summary>
public sealed class FreezeStore(IDbContextFactory<SluiceDbContext> contexts) : IFreezeStore
{
    public async Task<IReadOnlyList<FreezeWindow>> AllAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var windows = await context.FreezeWindows.AsNoTracking().OrderByDescending(w => w.CreatedAt).ThenBy(w => w.Id).ToListAsync(cancellationToken);
        return [.. windows.Select(Read)];
    }

    public async Task AddAsync(FreezeWindow window, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.FreezeWindows.Add(Write(window));
        await context.SaveChangesAsync(cancellationToken);
    }

    public async Task<bool> ChangeAsync(FreezeWindow window, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM freeze_windows WHERE id = {window.Id} FOR UPDATE", cancellationToken);
        var before = window.Version - 1;
        if (!await context.FreezeWindows.AnyAsync(w => w.Id == window.Id && w.Version == before && w.EndedAt == null, cancellationToken)) return false;
        context.FreezeWindows.Update(Write(window));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static FreezeWindow Read(FreezeWindowEntity w) => new()
    {
        Id = w.Id,
        Name = w.Name,
        Reason = w.Reason,
        Cluster = w.Cluster,
        Team = w.Team,
        Tier = w.Tier,
        Times = PlanJson.Read<FreezeTimes>(w.Times) ?? new FreezeTimes(),
        MayLift = w.MayLift,
        MayPass = w.MayPass,
        Version = w.Version,
        CreatedBy = w.CreatedBy,
        CreatedAt = w.CreatedAt,
        UpdatedBy = w.UpdatedBy,
        UpdatedAt = w.UpdatedAt,
        EndedBy = w.EndedBy,
        EndedAt = w.EndedAt,
        EndedWhy = w.EndedWhy,
    };

    private static FreezeWindowEntity Write(FreezeWindow w) => new()
    {
        Id = w.Id,
        Name = w.Name,
        Reason = w.Reason,
        Cluster = w.Cluster,
        Team = w.Team,
        Tier = w.Tier,
        Times = PlanJson.Write(w.Times)!,
        MayLift = w.MayLift,
        MayPass = w.MayPass,
        Version = w.Version,
        CreatedBy = w.CreatedBy,
        CreatedAt = w.CreatedAt.ToUniversalTime(),
        UpdatedBy = w.UpdatedBy,
        UpdatedAt = w.UpdatedAt.ToUniversalTime(),
        EndedBy = w.EndedBy,
        EndedAt = w.EndedAt?.ToUniversalTime(),
        EndedWhy = w.EndedWhy,
    };
}
