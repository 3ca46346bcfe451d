namespace Sluice.Domain.Views;

/// <summary>The durable record of saved views. It keeps names apart and the number of views within bounds, also where two save at once.</summary>
public interface IViewStore
{
    /// <summary>How many views one person, and one team, may have.</summary>
    const int Most = 100;

    /// <summary>The person's own views and those of all teams, personal ones first, then by team and name.</summary>
    Task<IReadOnlyList<SavedView>> ListAsync(string owner, CancellationToken cancellationToken);

    /// <summary>The view of an id, whoever's it is, or null.</summary>
    Task<SavedView?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Keeps a new view.</summary>
    /// <exception cref="ViewRefusedException">The name is taken, there are too many, or the team is gone.</exception>
    Task AddAsync(SavedView view, CancellationToken cancellationToken);

    /// <summary>Replaces name, query and who changed it when, if the kept view is still one version older than <paramref name="view"/>.</summary>
    /// <exception cref="ViewRefusedException">The name is taken, or someone changed or deleted it in the meantime.</exception>
    Task UpdateAsync(SavedView view, CancellationToken cancellationToken);

    /// <summary>Forgets a view; nobody's default is it any longer.</summary>
    Task DeleteAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The id of the view that the person wants to see first, or null.</summary>
    Task<Guid?> DefaultAsync(string owner, CancellationToken cancellationToken);

    /// <summary>Sets the view that the person wants to see first; null for none.</summary>
    Task SetDefaultAsync(string owner, Guid? id, CancellationToken cancellationToken);

    /// <summary>Raised (on any thread) after anything above changed, on whatever replica.</summary>
    event Action? Changed;
}
