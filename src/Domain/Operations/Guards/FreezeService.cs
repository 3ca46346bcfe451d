using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Guards;

/// <summary>Keeps freeze windows, and says which apply.</summary>
/// <param name="store">The durable record.</param>
/// <param name="pipelines">The teams that a window may name.</param>
/// <param name="clusters">The clusters that a window may name.</param>
/// <param name="time">The clock.</param>
/// <param name="newId">Makes the identity of a new one.</param>
public sealed class FreezeService(IFreezeStore store, IPipelineStore pipelines, IClusterDirectory clusters, TimeProvider time, Func<Guid> newId)
{
    private const int LongestName = 80;
    private const int LongestText = 500;

    /// <summary>All, those that were ended included, the newest first.</summary>
    public Task<IReadOnlyList<FreezeWindow>> AllAsync(CancellationToken cancellationToken) => store.AllAsync(cancellationToken);

    /// <summary>The windows that apply to a pipeline now, the one that ends last first.</summary>
    public async Task<IReadOnlyList<FreezeNotice>> ApplyingAsync(string cluster, string? team, PipelineTier tier, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return [.. (await store.AllAsync(cancellationToken)).Where(w => w.IsFor(cluster, team, tier)).Select(w => w.NoticeAt(now)).OfType<FreezeNotice>().OrderByDescending(n => n.Until)];
    }

    /// <summary>Adds one.</summary>
    /// <exception cref="FreezeRefusedException">Something in it cannot be; each field is named.</exception>
    public async Task<FreezeWindow> AddAsync(FreezeDraft draft, Actor actor, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await CheckAsync(draft, now, cancellationToken);
        var window = Write(new FreezeWindow { Id = newId(), Name = "", Times = draft.Times, CreatedBy = actor.Name, CreatedAt = now, UpdatedBy = actor.Name, UpdatedAt = now }, draft);
        await store.AddAsync(window, cancellationToken);
        return window;
    }

    /// <summary>Changes one.</summary>
    /// <param name="id">Which.</param>
    /// <param name="version">The version that was looked at; null: whichever it is.</param>
    /// <param name="draft">What it is to be.</param>
    /// <param name="actor">Who changes it.</param>
    /// <param name="cancellationToken">Calls it off.</param>
    /// <exception cref="FreezeRefusedException">There is none, it has ended, somebody else changed it, or something in it cannot be.</exception>
    public async Task<FreezeWindow> ChangeAsync(Guid id, int? version, FreezeDraft draft, Actor actor, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await CheckAsync(draft, now, cancellationToken);
        return await ReplaceAsync(id, version, w => Write(w, draft) with { UpdatedBy = actor.Name, UpdatedAt = now }, cancellationToken);
    }

    /// <summary>Ends one for good, before its time; it stays in the list.</summary>
    /// <exception cref="FreezeRefusedException">There is none, it has ended, or no reason is given.</exception>
    public async Task<FreezeWindow> EndAsync(Guid id, string why, Actor actor, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(why) || why.Length > LongestText) throw Invalid([("why", $"Say why it ends before its time, in at most {LongestText} characters; it stands in the list for all to read.")]);
        var now = time.GetUtcNow();
        return await ReplaceAsync(id, null, w => w with { EndedBy = actor.Name, EndedAt = now, EndedWhy = why.Trim(), UpdatedBy = actor.Name, UpdatedAt = now }, cancellationToken);
    }

    private async Task<FreezeWindow> ReplaceAsync(Guid id, int? version, Func<FreezeWindow, FreezeWindow> change, CancellationToken cancellationToken)
    {
        var window = (await store.AllAsync(cancellationToken)).FirstOrDefault(w => w.Id == id) ?? throw new FreezeRefusedException($"There is no freeze window {id}.", FreezeRefusal.Unknown);
        if (window.EndedAt is not null) throw new FreezeRefusedException($"{window.Name} was ended by {window.EndedBy}. Add a new one.", FreezeRefusal.Changed);
        if (version is { } seen && seen != window.Version) throw Changed(window);
        var after = change(window) with { Version = window.Version + 1 };
        return await store.ChangeAsync(after, cancellationToken) ? after : throw Changed(window);
    }

    private async Task CheckAsync(FreezeDraft draft, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var problems = draft.Times.Problems().ToList();
        if (string.IsNullOrWhiteSpace(draft.Name) || draft.Name.Length > LongestName || draft.Name.Any(char.IsControl)) problems.Add(("name", $"Name it in one line of at most {LongestName} characters: refusals name it."));
        if (draft.Reason.Length > LongestText) problems.Add(("reason", $"Say it in at most {LongestText} characters."));
        if (draft.MayLift.Length > LongestText) problems.Add(("mayLift", $"Say it in at most {LongestText} characters."));
        if (draft.Cluster is { } cluster && clusters.All.All(c => c.Name != cluster)) problems.Add(("cluster", $"There is no cluster {cluster}. There are: {string.Join(", ", clusters.All.Select(c => c.Name))}."));
        if (draft.Team is { } team && await pipelines.TeamsAsync(cancellationToken) is var teams && teams.All(t => t.Name != team)) problems.Add(("team", $"There is no team {team}. There are: {string.Join(", ", teams.Select(t => t.Name))}."));
        if (problems.Count == 0 && draft.Times.IsOver(now)) problems.Add(("times.until", "It is over already. Name an end that is to come."));
        if (problems.Count > 0) throw Invalid(problems);
    }

    private static FreezeWindow Write(FreezeWindow window, FreezeDraft draft) => window with
    {
        Name = draft.Name.Trim(),
        Reason = draft.Reason.Trim(),
        Cluster = draft.Cluster,
        Team = draft.Team,
        Tier = draft.Tier,
        Times = draft.Times,
        MayLift = draft.MayLift.Trim(),
        MayPass = draft.MayPass,
    };

    private static FreezeRefusedException Invalid(IReadOnlyList<(string, string)> problems) => new("The freeze window cannot be as it is. See errors.", FreezeRefusal.Invalid, problems);

    private static FreezeRefusedException Changed(FreezeWindow window) => new($"{window.Name} was changed by {window.UpdatedBy} meanwhile. Look at it again, then repeat the change.", FreezeRefusal.Changed);
}
