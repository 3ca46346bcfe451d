using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>A registered pipeline's revisions.</summary>
public static class RevisionEndpoints
{
    public static void MapRevisions(this RouteGroupBuilder api)
    {
        var at = api.MapGroup("/pipelines/{cluster}/{namespace}/{name}/revisions").WithTags("Revisions");
        at.MapGet("/", async ([AsParameters] PipelineAddress address, IPipelineStore store, CancellationToken token) => await AllAsync(address, store, token)).WithName("ListRevisions").WithSummary("All revisions, newest first.");
        at.MapGet("/{number:int}", async ([AsParameters] PipelineAddress address, int number, IPipelineStore store, CancellationToken token) =>
            Find(await AllAsync(address, store, token), address, number)).WithName("GetRevision").WithSummary("One revision.");
        at.MapGet("/diff", DiffAsync).WithName("DiffRevisions").WithSummary("A unified diff of two revisions' YAML.").Produces<string>(200, "text/x-diff");
        at.MapGet("/drift", async ([AsParameters] PipelineAddress address, RegistryService registry, CancellationToken token) =>
            await registry.DriftAsync(address.Key, token) ?? throw NotRegistered(address)).WithName("GetDrift").WithSummary("How the spec on the cluster differs from the newest revision, by meaning.");
    }

    private static async Task<IResult> DiffAsync([AsParameters] PipelineAddress address, int from, int to, IPipelineStore store, CancellationToken cancellationToken)
    {
        var all = await AllAsync(address, store, cancellationToken);
        return TypedResults.Text(RegistryService.Diff(Find(all, address, from), Find(all, address, to)), "text/x-diff");
    }

    private static async Task<IReadOnlyList<Revision>> AllAsync(PipelineAddress address, IPipelineStore store, CancellationToken cancellationToken)
    {
        var pipeline = await store.FindAsync(address.Key, cancellationToken)
            ?? throw NotRegistered(address);
        return await store.RevisionsAsync(pipeline.Id, cancellationToken);
    }

    private static NoSuchPipelineException NotRegistered(PipelineAddress address) =>
        new($"{address.Key} is not registered, so it has no revisions. Adopt it to begin keeping them.");

    private static Revision Find(IReadOnlyList<Revision> all, PipelineAddress address, int number) =>
        all.FirstOrDefault(r => r.Number == number) ?? throw new NoSuchPipelineException($"{address.Key} has no revision {number}. The newest is {all.Max(r => r.Number)}.");
}
