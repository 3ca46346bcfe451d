using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Operations;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Pipelines;

/// <summary>What the cluster's spec has that the newest revision has not, and the other way round.</summary>
/// <param name="Revision">The revision's number.</param>
/// <param name="Differences">The values that differ; empty where both mean the same.</param>
/// <param name="Generation">The generation of the spec that was compared.</param>
public sealed record SpecDrift(int Revision, IReadOnlyList<SpecDifference> Differences, long Generation = 0);

/// <summary>Why something could not be registered or compared. The message says what to do.</summary>
public sealed class RegistryException(string message, string field = "") : InvalidOperationException(message)
{
    /// <summary>The field that it is about; empty where it is none.</summary>
    public string Field { get; } = field;
}

/// <summary>Adopts deployments that are there already, and shows the revisions of pipelines.</summary>
/// <param name="store">The durable record.</param>
/// <param name="clusters">Where the custom resources are.</param>
/// <param name="time">The clock.</param>
/// <param name="newId">Makes the identity of a new pipeline.</param>
public sealed class RegistryService(IPipelineStore store, IClusterDirectory clusters, TimeProvider time, Func<Guid> newId)
{
    private const int LongestSource = 500;
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Adopts for the team that owns the namespace.</summary>
    /// <exception cref="RegistryException">No team owns the namespace, or the resource cannot be adopted.</exception>
    /// <exception cref="AlreadyRegisteredException">It is registered already.</exception>
    public async Task<Pipeline> AdoptAsync(PipelineKey key, Actor actor, CancellationToken cancellationToken)
    {
        var owner = await OwnerAsync(key, cancellationToken).ConfigureAwait(false)
            ?? throw new RegistryException($"No team owns the namespace {key.Namespace} on {key.Cluster}, so it is not clear for whom to adopt {key.Name}. Ask an administrator to give the namespace to a team, or name the team.");
        return await AdoptAsync(key, owner, PipelineKind.Unknown, actor, "", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Registers a resource as it is: its manifest becomes revision 1. Nothing is written to the cluster.
    /// </summary>
    /// <param name="key">Where it is.</param>
    /// <param name="team">The team it shall belong to.</param>
    /// <param name="kind">What it is; <see cref="PipelineKind.Unknown"/> to judge by its spec.</param>
    /// <param name="actor">Who adopts it.</param>
    /// <param name="reason">Why; may be empty.</param>
    /// <param name="cancellationToken">Calls it off.</param>
    /// <exception cref="RegistryException">The team is unknown, another one owns the namespace, or the resource cannot be adopted.</exception>
    /// <exception cref="AlreadyRegisteredException">It is registered already.</exception>
    public async Task<Pipeline> AdoptAsync(PipelineKey key, string team, PipelineKind kind, Actor actor, string reason, CancellationToken cancellationToken)
    {
        var teams = await store.TeamsAsync(cancellationToken).ConfigureAwait(false);
        if (teams.All(t => t.Name != team)) throw new RegistryException($"There is no team {team}. Create it first, or choose one of: {string.Join(", ", teams.Select(t => t.Name))}.");
        if (await OwnerAsync(key, cancellationToken).ConfigureAwait(false) is { } owner && owner != team)
            throw new RegistryException($"The namespace {key.Namespace} on {key.Cluster} belongs to team {owner}; adopt {key.Name} for that team.");
        if (await store.FindAsync(key, cancellationToken).ConfigureAwait(false) is not null) throw new AlreadyRegisteredException(key);

        var resource = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
        if (resource["metadata"]?["deletionTimestamp"] is not null) throw new RegistryException($"{key} is being deleted. There is nothing to adopt any more.");
        var record = FlinkResourceReader.Read(JsonSerializer.SerializeToElement(resource), key.Resource);
        var pipeline = new Pipeline(newId(), key, team, kind == PipelineKind.Unknown ? record?.DetectedKind ?? kind : kind, true, actor.Name, time.GetUtcNow());
        var manifest = ManifestYaml.ToText(Manifest(resource, key));
        var why = string.IsNullOrWhiteSpace(reason) ? "Adopted as it was on the cluster" : reason;
        await store.AddAsync(pipeline, new Revision(pipeline.Id, 1, manifest, actor.Name, why, pipeline.CreatedAt, null), cancellationToken).ConfigureAwait(false);
        return pipeline;
    }

    /// <summary>The revisions of the pipeline at an address, newest first; empty where it is not registered.</summary>
    public async Task<IReadOnlyList<Revision>> RevisionsAsync(PipelineKey key, CancellationToken cancellationToken) =>
        await store.FindAsync(key, cancellationToken).ConfigureAwait(false) is { } pipeline
            ? await store.RevisionsAsync(pipeline.Id, cancellationToken).ConfigureAwait(false)
            : [];

    /// <summary>What changed from one revision to another, as a unified diff; empty where nothing did.</summary>
    public static string Diff(Revision from, Revision to) => UnifiedDiff.Between(from.Manifest, to.Manifest);

    /// <summary>How the spec on the cluster differs from the newest revision; null where the address is not registered.</summary>
    /// <exception cref="RegistryException">The revision cannot be read.</exception>
    public async Task<SpecDrift?> DriftAsync(PipelineKey key, CancellationToken cancellationToken)
    {
        if (await RevisionsAsync(key, cancellationToken).ConfigureAwait(false) is not [var newest, ..]) return null;
        if (!ManifestYaml.TryParse(newest.Manifest, out var desired, out var error)) throw new RegistryException($"Revision {newest.Number} of {key} cannot be read: {error.Message}");
        var actual = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
        return new SpecDrift(newest.Number, SpecComparison.Compare(desired.Root["spec"] as JsonObject, actual["spec"] as JsonObject), GenerationOf(actual));
    }

    /// <summary>
    /// Gives the pipeline a tier. From critical to another takes two persons, or the rule for critical pipelines would be one click away from not being there:
    /// the first one proposes it, and somebody else who asks for the same agrees.
    /// </summary>
    /// <returns>The pipeline; with a proposal where somebody else has to agree yet.</returns>
    /// <exception cref="RegistryException">It is not registered, a reason is missing, or the actor's own proposal waits for somebody else.</exception>
    public Task<Pipeline> SetTierAsync(PipelineKey key, PipelineTier tier, string reason, Actor actor, CancellationToken cancellationToken) => ChangeAsync(key, pipeline =>
    {
        if (pipeline.Tier == tier) return pipeline with { Proposal = null };
        if (pipeline.Tier != PipelineTier.Critical) return pipeline with { Tier = tier, Proposal = null };
        if (pipeline.Proposal is { } proposal && proposal.Tier == tier)
        {
            if (actor.IsSamePerson(proposal.By)) throw new RegistryException($"You proposed this yourself (as {proposal.By}), and a token counts as its owner. Somebody else has to set the same tier; until then {key.Name} stays critical. Setting it to critical takes the proposal back.", "tier");
            return pipeline with { Tier = tier, Proposal = null };
        }
        if (string.IsNullOrWhiteSpace(reason)) throw new RegistryException($"{key.Name} is critical. Say in reason why it should be so no more; the person who has to agree decides by that.", "reason");
        return pipeline with { Proposal = new TierProposal(tier, actor.Name, time.GetUtcNow(), reason.Trim()) };
    }, cancellationToken);

    /// <summary>Marks the pipeline as managed in Git, or with null as managed here.</summary>
    /// <exception cref="RegistryException">It is not registered, or the source is incomplete.</exception>
    public Task<Pipeline> SetGitAsync(PipelineKey key, GitSource? git, CancellationToken cancellationToken)
    {
        if (git is not null && (string.IsNullOrWhiteSpace(git.Repository) || git.Repository.Length > LongestSource)) throw new RegistryException($"Name the Git repository in at most {LongestSource} characters, for example https://git.example.org/flink/jobs.", "repository");
        if (git is not null && (string.IsNullOrWhiteSpace(git.Path) || git.Path.Length > LongestSource)) throw new RegistryException($"Name the file in the repository in at most {LongestSource} characters, for example orders/order-totals.yaml.", "path");
        return ChangeAsync(key, pipeline => pipeline with { Git = git is null ? null : new GitSource(git.Repository.Trim(), git.Path.Trim().TrimStart('/')) }, cancellationToken);
    }

    private async Task<Pipeline> ChangeAsync(PipelineKey key, Func<Pipeline, Pipeline> change, CancellationToken cancellationToken)
    {
        var pipeline = await store.FindAsync(key, cancellationToken).ConfigureAwait(false);
        return (pipeline is null ? null : await store.ChangeAsync(pipeline.Id, change, cancellationToken).ConfigureAwait(false))
            ?? throw new RegistryException($"{key} is not registered. Adopt it first: that changes nothing about it.");
    }

    /// <summary>What the cluster has becomes the newest revision. Nothing is written to the cluster.</summary>
    /// <param name="key">Which pipeline.</param>
    /// <param name="generation">The generation that was looked at; null: whichever it is now.</param>
    /// <param name="reason">Why; needed.</param>
    /// <param name="actor">Who takes it over.</param>
    /// <param name="cancellationToken">Calls it off.</param>
    /// <exception cref="RegistryException">It is not registered, nothing differs, the spec was changed since, or no reason is given.</exception>
    public async Task<Revision> TakeOverAsync(PipelineKey key, long? generation, string reason, Actor actor, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(reason)) throw new RegistryException("Say in reason why what is on the cluster is right; it stands in the revision.", "reason");
        var (pipeline, newest) = await NewestAsync(key, cancellationToken).ConfigureAwait(false);
        var desired = ManifestYaml.TryParse(newest.Manifest, out var document, out _) ? document.Root : null;
        var actual = await ReadAsync(key, cancellationToken).ConfigureAwait(false);
        if (generation is { } seen && seen != GenerationOf(actual)) throw new RegistryException($"The spec was changed again since you looked (generation {seen}, now {GenerationOf(actual)}). Look at the difference of now, then repeat it.", "generation");
        if (desired is not null && SpecComparison.Compare(desired["spec"] as JsonObject, actual["spec"] as JsonObject).Count == 0) throw new RegistryException($"The cluster has what revision {newest.Number} says. There is nothing to take over.");
        return await store.AddRevisionAsync(pipeline.Id, ManifestYaml.ToText(DesiredManifest.Of(actual, key, desired)), actor, reason.Trim(), null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The operation that puts the cluster back to the newest revision: an ordinary upgrade, with its plan and every guard rail.</summary>
    /// <exception cref="RegistryException">It is not registered.</exception>
    public async Task<OperationRequest> PutBackAsync(PipelineKey key, long? generation, string reason, CancellationToken cancellationToken)
    {
        var (_, newest) = await NewestAsync(key, cancellationToken).ConfigureAwait(false);
        var why = string.IsNullOrWhiteSpace(reason) ? $"Put back to revision {newest.Number}" : reason.Trim();
        return new OperationRequest(OperationKind.Upgrade, key, why, newest.Manifest, Generation: generation);
    }

    private async Task<(Pipeline Pipeline, Revision Newest)> NewestAsync(PipelineKey key, CancellationToken cancellationToken)
    {
        var pipeline = await store.FindAsync(key, cancellationToken).ConfigureAwait(false);
        return pipeline is not null && await store.RevisionsAsync(pipeline.Id, cancellationToken).ConfigureAwait(false) is [var newest, ..]
            ? (pipeline, newest)
            : throw new RegistryException($"{key} is not registered, so it has no revisions. Adopt it first: that changes nothing about it.");
    }

    private static long GenerationOf(JsonObject resource) => resource["metadata"]?["generation"] is { } number && long.TryParse(number.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out var generation) ? generation : 0;

    /// <summary>The registered pipeline at an address, or null.</summary>
    public Task<Pipeline?> FindAsync(PipelineKey key, CancellationToken cancellationToken) => store.FindAsync(key, cancellationToken);

    /// <summary>Where the pipeline is now that was at an address before; null where none left it.</summary>
    public Task<PipelineKey?> MovedToAsync(PipelineKey from, CancellationToken cancellationToken) => store.MovedToAsync(from, cancellationToken);

    /// <summary>What a person would have written: no status, nothing that the API server or kubectl keeps for itself.</summary>
    internal static JsonObject Manifest(JsonObject resource, PipelineKey key)
    {
        var metadata = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace };
        if (resource["metadata"]?["labels"] is JsonObject { Count: > 0 } labels) metadata["labels"] = labels.DeepClone();
        if (resource["metadata"]?["annotations"] is JsonObject annotations)
        {
            var kept = (JsonObject)annotations.DeepClone();
            kept.Remove(LastApplied);
            if (kept.Count > 0) metadata["annotations"] = kept;
        }
        var manifest = new JsonObject
        {
            ["apiVersion"] = resource["apiVersion"]?.DeepClone() ?? $"{key.KubernetesResource.Group}/{key.KubernetesResource.Version}",
            ["kind"] = key.KubernetesResource.Kind,
            ["metadata"] = metadata,
        };
        if (resource["spec"] is { } spec) manifest["spec"] = spec.DeepClone();
        return manifest;
    }

    private async Task<JsonObject> ReadAsync(PipelineKey key, CancellationToken cancellationToken)
    {
        var api = clusters.Api(key.Cluster) ?? throw new RegistryException($"No cluster named {key.Cluster} is connected. Connect it under Settings, Clusters.");
        return await api.GetAsync(key.KubernetesResource, key.Namespace, key.Name, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string?> OwnerAsync(PipelineKey key, CancellationToken cancellationToken) =>
        (await store.TeamsAsync(cancellationToken).ConfigureAwait(false))
            .FirstOrDefault(t => t.Namespaces.Any(n => n.Cluster == key.Cluster && n.Namespace == key.Namespace))?.Name;
}
