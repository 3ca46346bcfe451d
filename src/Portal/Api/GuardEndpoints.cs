using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>The guard rails of one pipeline: its tier, and where its manifest is kept.</summary>
public static class GuardEndpoints
{
    public static void MapGuards(this RouteGroupBuilder api)
    {
        var at = api.MapGroup("/pipelines/{cluster}/{namespace}/{name}").WithTags("Guard rails");
        at.MapGet("/guards", async ([AsParameters] PipelineAddress address, IPipelineStore store, CancellationToken token) =>
            Guards.Of(await store.FindAsync(address.Key, token) ?? throw new NoSuchPipelineException($"{address.Key} is not registered, so it has no guard rails. Adopt it first: that changes nothing about it.", address.Key))).WithName("GetGuards").WithSummary("The pipeline's tier, and where its manifest is kept.");
        at.MapPut("/tier", async ([AsParameters] PipelineAddress address, TierBody body, HttpContext context, RegistryService registry, CancellationToken token) =>
            Guards.Of(await registry.SetTierAsync(address.Key, body.Tier, body.Reason ?? "", context.Actor(), token))).WithName("SetTier").WithSummary("Gives the pipeline a tier. From critical to another takes a reason and two persons: the first proposes, the second sets the same.").ProducesProblem(422);
        at.MapPut("/git", async ([AsParameters] PipelineAddress address, GitSource body, RegistryService registry, CancellationToken token) =>
            Guards.Of(await registry.SetGitAsync(address.Key, body, token))).WithName("SetGit").WithSummary("Marks the pipeline as managed in Git: spec changes are offered as a patch from then on.").ProducesProblem(422);
        at.MapDelete("/git", async ([AsParameters] PipelineAddress address, RegistryService registry, CancellationToken token) =>
            Guards.Of(await registry.SetGitAsync(address.Key, null, token))).WithName("RemoveGit").WithSummary("Takes the mark away: Sluice changes the spec again.");
    }

    /// <param name="Tier">standard, critical or experimental.</param>
    /// <param name="Reason">Needed to make a critical pipeline something else.</param>
    public sealed record TierBody(PipelineTier Tier, string? Reason = null);

    /// <param name="Tier">The tier that counts.</param>
    /// <param name="Proposal">Another tier that somebody wants; a second person has to set the same.</param>
    /// <param name="Git">Where the manifest is kept; null where that is here.</param>
    public sealed record Guards(PipelineTier Tier, TierProposal? Proposal, GitSource? Git)
    {
        public static Guards Of(Pipeline pipeline) => new(pipeline.Tier, pipeline.Proposal, pipeline.Git);
    }
}
