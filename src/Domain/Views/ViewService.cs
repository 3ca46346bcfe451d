using Sluice.Domain.Access;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Views;

/// <summary>The query of a list's address, as it was understood.</summary>
/// <param name="Text">In its one form.</param>
/// <param name="Unknown">The parts that say nothing.</param>
public sealed record ViewQuery(string Text, IReadOnlyList<string> Unknown);

/// <summary>
/// Saves, changes and deletes views for whoever asks. A personal view is its owner's alone; a team's view may be changed by everyone who is signed in,
/// because there are no members of teams yet.
/// </summary>
/// <param name="store">Where views are kept.</param>
/// <param name="teams">Which teams there are.</param>
/// <param name="time">The clock.</param>
/// <param name="newId">Makes an id.</param>
/// <param name="read">Understands a query: what may stand in it is the list's to say.</param>
public sealed class ViewService(IViewStore store, IPipelineStore teams, TimeProvider time, Func<Guid> newId, Func<string, ViewQuery> read)
{
    /// <summary>How long a query may be.</summary>
    public const int LongestQuery = 2000;

    /// <summary>Raised (on any thread) after any view changed.</summary>
    public event Action? Changed
    {
        add => store.Changed += value;
        remove => store.Changed -= value;
    }

    /// <summary>What the person sees.</summary>
    public async Task<ViewList> ListAsync(Actor actor, CancellationToken cancellationToken) =>
        new(await store.ListAsync(actor.Name, cancellationToken).ConfigureAwait(false), await store.DefaultAsync(actor.Name, cancellationToken).ConfigureAwait(false));

    /// <summary>The teams that a view can be saved for, by name.</summary>
    public async Task<IReadOnlyList<string>> TeamsAsync(CancellationToken cancellationToken) =>
        [.. (await teams.TeamsAsync(cancellationToken).ConfigureAwait(false)).Select(t => t.Name).Order(StringComparer.Ordinal)];

    /// <summary>Keeps a new view, of the team or (without one) of the person.</summary>
    /// <exception cref="ViewRefusedException">It cannot be kept.</exception>
    public async Task<SavedView> CreateAsync(Actor actor, string? name, string? team, string? query, CancellationToken cancellationToken)
    {
        var (clean, text) = (ViewName.Clean(name), Read(query));
        if (team is not null && !(await TeamsAsync(cancellationToken).ConfigureAwait(false)).Contains(team))
            throw new ViewRefusedException(ViewRefusal.Invalid, "team", $"There is no team '{team}'. Choose one that exists, or none for a view of your own.");
        var now = Now();
        var view = new SavedView(newId(), clean, actor.Name, team, text, 1, now, now, actor.Name);
        await store.AddAsync(view, cancellationToken).ConfigureAwait(false);
        return view;
    }

    /// <summary>Renames a view, or puts another query into it; what is null stays.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="id">Which.</param>
    /// <param name="name">The new name.</param>
    /// <param name="query">The new query.</param>
    /// <param name="version">The version that the person saw; a newer one is not overwritten. Null overwrites whatever is there.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ViewRefusedException">It cannot be changed so.</exception>
    public async Task<SavedView> ChangeAsync(Actor actor, Guid id, string? name, string? query, int? version, CancellationToken cancellationToken)
    {
        var view = await OfAsync(actor, id, cancellationToken).ConfigureAwait(false);
        if (version is { } seen && seen != view.Version)
            throw new ViewRefusedException(ViewRefusal.Changed, "version", $"{view.UpdatedBy} changed this view in the meantime. Look at it as it is now, then decide.");
        var changed = view with
        {
            Name = name is null ? view.Name : ViewName.Clean(name),
            Query = query is null ? view.Query : Read(query),
            Version = view.Version + 1,
            UpdatedAt = Now(),
            UpdatedBy = actor.Name,
        };
        await store.UpdateAsync(changed, cancellationToken).ConfigureAwait(false);
        return changed;
    }

    /// <summary>Forgets a view. A second time is an error: there is none any more.</summary>
    /// <exception cref="ViewRefusedException">There is none of that id for this person.</exception>
    public async Task DeleteAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        await OfAsync(actor, id, cancellationToken).ConfigureAwait(false);
        await store.DeleteAsync(id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One view that the person sees.</summary>
    /// <exception cref="ViewRefusedException">There is none of that id for this person.</exception>
    public async Task<SavedView> OfAsync(Actor actor, Guid id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken).ConfigureAwait(false) is { } view && (view.Team is not null || view.Owner == actor.Name)
            ? view
            // Someone else's personal view is as good as none: its name must not leak.
            : throw new ViewRefusedException(ViewRefusal.Unknown, "id", $"There is no view {id} for you. It may have been deleted.");

    /// <summary>The view that the person wants to see first, or null.</summary>
    public async Task<SavedView?> DefaultAsync(Actor actor, CancellationToken cancellationToken) =>
        await store.DefaultAsync(actor.Name, cancellationToken).ConfigureAwait(false) is { } id ? await store.FindAsync(id, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>Sets the view that the person wants to see first; null for none.</summary>
    /// <exception cref="ViewRefusedException">There is none of that id for this person.</exception>
    public async Task SetDefaultAsync(Actor actor, Guid? id, CancellationToken cancellationToken)
    {
        if (id is { } wanted) await OfAsync(actor, wanted, cancellationToken).ConfigureAwait(false);
        await store.SetDefaultAsync(actor.Name, id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>To the millisecond: what is answered now is what a later look at the record says.</summary>
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    private string Read(string? query)
    {
        if (query?.Length > LongestQuery) throw new ViewRefusedException(ViewRefusal.Invalid, "query", $"The query is longer than {LongestQuery} characters. Use fewer filters.");
        var understood = read(query ?? "");
        return understood.Unknown.Count == 0
            ? understood.Text
            : throw new ViewRefusedException(ViewRefusal.Invalid, "query", $"The list does not understand {string.Join(", ", understood.Unknown.Select(part => $"'{part}'"))}. Copy the query from the address of the list.");
    }
}
