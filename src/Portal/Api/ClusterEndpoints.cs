using Sluice.Domain.Clusters;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>Clusters: how they are; adding, testing, changing, disabling and removing them.</summary>
public static class ClusterEndpoints
{
    public static void MapClusters(this RouteGroupBuilder api)
    {
        var all = api.MapGroup("/clusters").WithTags("Clusters");
        all.MapGet("/", (IClusterDirectory clusters) => clusters.All.Select(ClusterView.Of).ToList()).WithName("ListClusters").WithSummary("All clusters and how far what they say can be trusted.");
        all.MapGet("/{cluster}", GetAsync).WithName("GetCluster").WithSummary("One cluster: reach, versions, watches, pipelines by health, latency, errors, and what to do about each problem.").Produces<ClusterDetail>().ProducesProblem(404);
        all.MapPost("/", AddAsync).WithName("AddCluster").WithSummary("Connects a new cluster on every replica. Refuses a name that is taken.").Produces<ClusterView>(201).ProducesProblem(409).ProducesProblem(422);
        all.MapPut("/{cluster}", SaveAsync).WithName("SaveCluster").WithSummary("Connects a cluster on every replica, or changes how. Credentials that are left out stay as they are. One that the configuration names is changed there.").Produces<ClusterView>().ProducesProblem(409).ProducesProblem(422);
        all.MapDelete("/{cluster}", DeleteAsync).WithName("DeleteCluster").WithSummary("Disconnects a cluster and forgets its settings and credentials. Nothing on the cluster changes.").Produces(204).ProducesProblem(404).ProducesProblem(409);
        all.MapPost("/{cluster}/disable", (string cluster, IClusterAdministration administration, IClusterDirectory clusters, CancellationToken token) => EnableAsync(cluster, false, administration, clusters, token)).WithName("DisableCluster").WithSummary("Ends all watches and calls, on every replica. Its pipelines leave the list; operations under way there wait.").Produces<ClusterView>().ProducesProblem(404);
        all.MapPost("/{cluster}/enable", (string cluster, IClusterAdministration administration, IClusterDirectory clusters, CancellationToken token) => EnableAsync(cluster, true, administration, clusters, token)).WithName("EnableCluster").WithSummary("Connects a disabled cluster again.").Produces<ClusterView>().ProducesProblem(404).ProducesProblem(409);
        all.MapGet("/{cluster}/use", async (string cluster, IClusterAdministration administration, CancellationToken token) => UseView.Of(await administration.UseAsync(cluster, token))).WithName("GetClusterUse").WithSummary("What is lost, or stands still, without the cluster.");
        all.MapPost("/{cluster}/test", async (string cluster, IClusterAdministration administration, CancellationToken token) => TestView.Of(await administration.TestAsync(cluster, token))).WithName("TestKeptCluster").WithSummary("Tries a cluster as it is kept, with what is missing, permission by permission.").Produces<TestView>().ProducesProblem(404);
        all.MapPost("/test", async (ClusterBody body, IClusterAdministration administration, IClusterDirectory clusters, CancellationToken token) => TestView.Of(await administration.TestAsync(body.ToDraft(body.Name ?? "test", clusters), token))).WithName("TestCluster").WithSummary("Tries settings without keeping them: can the cluster be reached, what is it, which permissions are missing?").Produces<TestView>().ProducesProblem(422);
    }

    private static IResult GetAsync(string cluster, IClusterDirectory clusters, IFleet fleet) => clusters.All.FirstOrDefault(c => c.Name == cluster) is { } found
        ? TypedResults.Ok(ClusterDetail.Of(found, clusters.Insight(cluster), fleet.Current))
        : Unknown(cluster);

    private static async Task<IResult> AddAsync(ClusterBody body, IClusterAdministration administration, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        var name = body.Name ?? "";
        await administration.AddAsync(body.ToDraft(name, clusters), cancellationToken);
        return TypedResults.Created($"/api/v1/clusters/{name}", ClusterView.Of(clusters.All.First(c => c.Name == name)));
    }

    private static async Task<IResult> SaveAsync(string cluster, ClusterBody body, IClusterAdministration administration, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        if (body.Name is { } other && other != cluster) return Problems.Result(422, "invalid", "A cluster keeps its name", $"The address says {cluster}.", [new("name", $"A cluster keeps its name, for history and links have it. Leave it out, or say {cluster}.")]);
        var draft = body.ToDraft(cluster, clusters);
        if (clusters.All.Any(c => c.Name == cluster)) await administration.ChangeAsync(draft, cancellationToken);
        else await administration.AddAsync(draft, cancellationToken);
        return Now(cluster, clusters);
    }

    private static async Task<IResult> EnableAsync(string cluster, bool enabled, IClusterAdministration administration, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        await administration.EnableAsync(cluster, enabled, cancellationToken);
        return Now(cluster, clusters);
    }

    private static async Task<IResult> DeleteAsync(string cluster, IClusterAdministration administration, CancellationToken cancellationToken)
    {
        await administration.RemoveAsync(cluster, cancellationToken);
        return TypedResults.NoContent();
    }

    private static IResult Now(string cluster, IClusterDirectory clusters) => clusters.All.FirstOrDefault(c => c.Name == cluster) is { } now ? TypedResults.Ok(ClusterView.Of(now)) : Unknown(cluster);

    private static IResult Unknown(string cluster) => Problems.NotFound($"No cluster named {cluster} is configured.");
}
