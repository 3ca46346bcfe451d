namespace Sluice.Domain.Views;

/// <summary>A way of looking at the list that someone gave a name: search, filters, order and whatever else stands in the list's address.</summary>
/// <param name="Id">Its identity; links name it.</param>
/// <param name="Name">As people read it: one line of any letters.</param>
/// <param name="Owner">Who made it. A view without team is seen by its owner only.</param>
/// <param name="Team">The team whose view it is, or null for a personal one.</param>
/// <param name="Query">The query of the list's address, without the question mark; empty for the list as it is at first.</param>
/// <param name="Version">From 1; grows with every change, so that two who change it at once hear of each other.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
/// <param name="UpdatedBy">Who changed it last.</param>
public sealed record SavedView(Guid Id, string Name, string Owner, string? Team, string Query, int Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string UpdatedBy);

/// <summary>The views that one person sees, by name: their own and those of all teams.</summary>
/// <param name="Views">Personal ones first.</param>
/// <param name="DefaultId">The one that opens when Sluice is opened, where the person chose one.</param>
public sealed record ViewList(IReadOnlyList<SavedView> Views, Guid? DefaultId)
{
    /// <summary>Nothing saved.</summary>
    public static ViewList None { get; } = new([], null);
}
