namespace Sluice.Domain.Pipelines;

/// <summary>What people typed into forms and have not sent: it survives errors, reloads, reconnects and restarts. Each person sees their own.</summary>
public interface IDraftStore
{
    /// <summary>The draft's content, or null where there is none.</summary>
    /// <param name="owner">Whose: the signed-in name.</param>
    /// <param name="name">Which form, for example <c>register</c> or <c>upgrade:cluster/namespace/name</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<Draft?> FindAsync(string owner, string name, CancellationToken cancellationToken);

    /// <summary>Keeps the content in place of what was there. At most 2 MB.</summary>
    Task SaveAsync(string owner, string name, string content, CancellationToken cancellationToken);

    /// <summary>Forgets it, after it was sent or thrown away.</summary>
    Task DeleteAsync(string owner, string name, CancellationToken cancellationToken);
}

/// <summary>A kept draft.</summary>
/// <param name="Content">What the form wrote; only the form understands it.</param>
/// <param name="UpdatedAt">When it was last saved.</param>
public sealed record Draft(string Content, DateTimeOffset UpdatedAt);
