using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>A pipeline's pods, their logs, and its Kubernetes events.</summary>
public static class ClusterObjectEndpoints
{
    private const int MostLines = 10_000;

    public static void MapClusterObjects(this RouteGroupBuilder api)
    {
        var at = api.MapGroup("/pipelines/{cluster}/{namespace}/{name}").WithTags("Pods and events");
        at.MapGet("/pods", async ([AsParameters] PipelineAddress address, IFleet fleet, IClusterDirectory clusters, CancellationToken token) =>
            (await PodsAsync(address, fleet, clusters, token)).Select(PodView.Of).ToList()).WithName("ListPods").WithSummary("The JobManager's and TaskManagers' pods.");
        at.MapGet("/events", EventsAsync).WithName("ListEvents").WithSummary("Kubernetes events of the resource and of what the operator made for it, newest first.");
        at.MapGet("/pods/{pod}/log", LogAsync).WithName("ReadLog").WithSummary("A container's log: a list, or with follow=true server-sent events until the container ends.");
    }

    private static async Task<IReadOnlyList<JsonObject>> PodsAsync(PipelineAddress address, IFleet fleet, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        var row = fleet.Row(address);
        var pods = await clusters.Connected(row.Key.Cluster).ListAsync(KubernetesResource.Pods, row.Key.Namespace, new("app=" + (row.Resource.DeploymentName ?? row.Key.Name)), cancellationToken);
        return pods.Items;
    }

    private static async Task<List<EventView>> EventsAsync([AsParameters] PipelineAddress address, IFleet fleet, IClusterDirectory clusters, CancellationToken cancellationToken)
    {
        var row = fleet.Row(address);
        var events = await clusters.Connected(row.Key.Cluster).ListAsync(KubernetesResource.Events, row.Key.Namespace, new(), cancellationToken);
        var made = row.Key.Name + "-";
        return [.. events.Items.Select(EventView.Of).Where(e => e.Name == row.Key.Name || e.Name.StartsWith(made, StringComparison.Ordinal)).OrderByDescending(e => e.LastAt)];
    }

    private static async Task<IResult> LogAsync(
        [AsParameters] PipelineAddress address, string pod, HttpContext context, IFleet fleet, IClusterDirectory clusters, IHostApplicationLifetime lifetime, CancellationToken cancellationToken,
        string? container = null, int tail = 500, bool previous = false, bool follow = false)
    {
        if (tail is < 0 or > MostLines) throw new BadHttpRequestException($"tail is 0 to {MostLines}.");
        // Only pods of this pipeline: the address is what a caller is allowed to see, not the whole namespace.
        if (!(await PodsAsync(address, fleet, clusters, cancellationToken)).Any(p => (string?)p["metadata"]?["name"] == pod))
            return Problems.NotFound($"{address.Key} has no pod named {pod} now.");
        var until = follow ? lifetime.UntilStop(context) : cancellationToken;
        var lines = clusters.Connected(address.Cluster).ReadLogAsync(address.Namespace, pod, new(container, follow, tail, previous), until);
        if (follow) return TypedResults.ServerSentEvents(EachAsync(lines, until));
        List<LogLine> all = [];
        await foreach (var line in lines) all.Add(new(line.At, line.Text));
        return TypedResults.Ok(all);
    }

    private static async IAsyncEnumerable<SseItem<LogLine>> EachAsync(IAsyncEnumerable<KubernetesLogLine> lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var each = lines.GetAsyncEnumerator(cancellationToken);
        await using var _ = each;
        while (await NextAsync(each, cancellationToken)) yield return new(new(each.Current.At, each.Current.Text), "line");
    }

    /// <summary>The caller left or the host stops: the stream ends, which is no failure.</summary>
    private static async Task<bool> NextAsync(IAsyncEnumerator<KubernetesLogLine> lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.MoveNextAsync();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public sealed record LogLine(DateTimeOffset? At, string Text);

    /// <param name="Ready">How many containers are ready.</param>
    /// <param name="Reason">Why it does not run, where Kubernetes says so, for example ImagePullBackOff.</param>
    public sealed record PodView(string Name, string? Component, string? Phase, int Ready, int Containers, long Restarts, string? Reason, string? Node, DateTimeOffset? StartedAt, IReadOnlyList<string> ContainerNames)
    {
        public static PodView Of(JsonObject pod)
        {
            var containers = pod["status"]?["containerStatuses"] as JsonArray ?? [];
            var names = (pod["spec"]?["containers"] as JsonArray ?? []).Select(c => (string?)c?["name"] ?? "").ToList();
            var waiting = containers.Select(c => (string?)c?["state"]?["waiting"]?["reason"] ?? (string?)c?["state"]?["terminated"]?["reason"]).FirstOrDefault(r => r is not null);
            return new(
                (string?)pod["metadata"]?["name"] ?? "", (string?)pod["metadata"]?["labels"]?["component"], (string?)pod["status"]?["phase"],
                containers.Count(c => (bool?)c?["ready"] == true), names.Count, containers.Sum(c => (long?)c?["restartCount"] ?? 0),
                waiting ?? (string?)pod["status"]?["reason"], (string?)pod["spec"]?["nodeName"], (DateTimeOffset?)pod["status"]?["startTime"], names);
        }
    }

    public sealed record EventView(string Type, string Reason, string Message, string Kind, string Name, long Count, DateTimeOffset? FirstAt, DateTimeOffset? LastAt, string? Source)
    {
        public static EventView Of(JsonObject e) => new(
            (string?)e["type"] ?? "", (string?)e["reason"] ?? "", (string?)e["message"] ?? "", (string?)e["involvedObject"]?["kind"] ?? "", (string?)e["involvedObject"]?["name"] ?? "",
            (long?)e["count"] ?? (long?)e["series"]?["count"] ?? 1, (DateTimeOffset?)e["firstTimestamp"] ?? (DateTimeOffset?)e["eventTime"],
            (DateTimeOffset?)e["lastTimestamp"] ?? (DateTimeOffset?)e["series"]?["lastObservedTime"] ?? (DateTimeOffset?)e["eventTime"], (string?)e["source"]?["component"] ?? (string?)e["reportingComponent"]);
    }
}
