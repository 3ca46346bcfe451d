using Sluice.Domain.Access;

namespace Sluice.Domain.Pipelines;

/// <summary>What a team registered; survives redeploys.</summary>
/// <param name="Id">Its identity; also in the annotation <c>sluice.dev/pipeline</c> of a pipeline that Sluice created.</param>
/// <param name="Key">Where its custom resource is.</param>
/// <param name="Team">The owning team's name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Adopted">True where the custom resource was there first.</param>
/// <param name="CreatedBy">Who registered it.</param>
/// <param name="CreatedAt">When.</param>
public sealed record Pipeline(Guid Id, PipelineKey Key, string Team, PipelineKind Kind, bool Adopted, string CreatedBy, DateTimeOffset CreatedAt)
{
    /// <summary>How much care a change needs.</summary>
    public PipelineTier Tier { get; init; }

    /// <summary>Set where somebody wants it to be critical no more, and nobody else agreed yet.</summary>
    public TierProposal? Proposal { get; init; }

    /// <summary>Set where its manifest is kept in Git: then Sluice changes no spec.</summary>
    public GitSource? Git { get; init; }
}

/// <summary>An immutable, numbered desired spec.</summary>
/// <param name="PipelineId">Whose.</param>
/// <param name="Number">From 1.</param>
/// <param name="Manifest">The custom resource as YAML: apiVersion, kind, metadata (name, namespace, labels, annotations) and spec; comments are kept where a person wrote them.</param>
/// <param name="Author">Who made it.</param>
/// <param name="Reason">Why, in the author's words; may be empty.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="OperationId">The operation that rolled it out, where there was one.</param>
public sealed record Revision(Guid PipelineId, int Number, string Manifest, string Author, string Reason, DateTimeOffset CreatedAt, Guid? OperationId);

/// <summary>A team: owns namespaces and pipelines.</summary>
/// <param name="Name">A DNS label.</param>
/// <param name="DisplayName">As people say it.</param>
/// <param name="Namespaces">Where it may register pipelines.</param>
public sealed record Team(string Name, string DisplayName, IReadOnlyList<TeamNamespace> Namespaces);

/// <summary>A namespace that a team owns.</summary>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Namespace">The namespace.</param>
public sealed record TeamNamespace(string Cluster, string Namespace);

/// <summary>The durable record of teams, pipelines and their revisions.</summary>
public interface IPipelineStore
{
    /// <summary>All teams.</summary>
    Task<IReadOnlyList<Team>> TeamsAsync(CancellationToken cancellationToken);

    /// <summary>Creates or replaces a team.</summary>
    Task SaveTeamAsync(Team team, CancellationToken cancellationToken);

    /// <summary>All registered pipelines.</summary>
    Task<IReadOnlyList<Pipeline>> AllAsync(CancellationToken cancellationToken);

    /// <summary>The registered pipeline at an address, or null.</summary>
    Task<Pipeline?> FindAsync(PipelineKey key, CancellationToken cancellationToken);

    /// <summary>Registers a pipeline with its first revision, in one transaction.</summary>
    /// <exception cref="AlreadyRegisteredException">The address is taken.</exception>
    Task AddAsync(Pipeline pipeline, Revision first, CancellationToken cancellationToken);

    /// <summary>Adds the next revision and returns it with its number.</summary>
    Task<Revision> AddRevisionAsync(Guid pipelineId, string manifest, Actor author, string reason, Guid? operationId, CancellationToken cancellationToken);

    /// <summary>All revisions of a pipeline, newest first.</summary>
    Task<IReadOnlyList<Revision>> RevisionsAsync(Guid pipelineId, CancellationToken cancellationToken);

    /// <summary>The newest revision's number of every registered pipeline, for the fleet list. Stores answer it with one query; this way of asking for each is for small ones.</summary>
    async Task<IReadOnlyDictionary<Guid, int>> NewestRevisionsAsync(CancellationToken cancellationToken)
    {
        var newest = new Dictionary<Guid, int>();
        foreach (var pipeline in await AllAsync(cancellationToken).ConfigureAwait(false))
            if (await RevisionsAsync(pipeline.Id, cancellationToken).ConfigureAwait(false) is [var revision, ..]) newest[pipeline.Id] = revision.Number;
        return newest;
    }

    /// <summary>Changes tier, proposal and Git mark under a lock of the pipeline's row; the rest stays as it is. The change may throw to refuse.</summary>
    /// <returns>The changed pipeline, or null where there is none of that id.</returns>
    Task<Pipeline?> ChangeAsync(Guid pipelineId, Func<Pipeline, Pipeline> change, CancellationToken cancellationToken) => throw new NotSupportedException("This store keeps no guard rails.");

    /// <summary>
    /// Gives a pipeline another address, in one transaction; its identity, revisions and team stay, and operations of the old address up to now count as its own. Nothing happens where it is there already.
    /// </summary>
    /// <exception cref="AlreadyRegisteredException">The address is taken.</exception>
    Task MoveAsync(Guid pipelineId, PipelineKey to, CancellationToken cancellationToken);

    /// <summary>Where the pipeline is now that left an address last; null where none did, or the one that did is retired or back there.</summary>
    Task<PipelineKey?> MovedToAsync(PipelineKey from, CancellationToken cancellationToken) => Task.FromResult<PipelineKey?>(null);

    /// <summary>Takes a pipeline out of the list after its resource was deleted; its revisions and operations stay as history.</summary>
    Task RetireAsync(Guid pipelineId, CancellationToken cancellationToken);

    /// <summary>Raised (on any thread) after anything above changed.</summary>
    event Action? Changed;
}

/// <summary>An address that is registered already.</summary>
public sealed class AlreadyRegisteredException(PipelineKey key) : Exception($"{key} is registered already. Open it at {key.Path}, or choose another name.")
{
    /// <summary>The address.</summary>
    public PipelineKey Key { get; } = key;
}
