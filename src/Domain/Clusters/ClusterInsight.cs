using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>Whether a cluster's API server answers.</summary>
/// <param name="Answers">Null while that is not known yet.</param>
/// <param name="Since">Since when it has been like that; where it does not answer, its last answer.</param>
public sealed record ClusterReach(bool? Answers, DateTimeOffset Since);

/// <summary>The watch of one kind on one cluster.</summary>
/// <param name="Kind">For example <c>FlinkDeployment</c>.</param>
/// <param name="State">How far its copy can be trusted.</param>
/// <param name="Objects">How many objects the copy holds.</param>
/// <param name="LastEventAt">When the newest change came.</param>
/// <param name="LastBookmarkAt">When the server last said that nothing was missed.</param>
/// <param name="Events">Changes that were applied.</param>
/// <param name="Lists">Complete lists: one, and one more each time the history was lost.</param>
/// <param name="Watches">Watches that were opened: a server ends each after five to ten minutes.</param>
/// <param name="Failures">Failures that led to a wait.</param>
/// <param name="Skipped">Changes that could not be read, or that were known already.</param>
public sealed record WatchInsight(
    string Kind, ReflectorState State, int Objects, DateTimeOffset? LastEventAt, DateTimeOffset? LastBookmarkAt, long Events, long Lists, long Watches, long Failures, long Skipped);

/// <summary>How a cluster's connection has done lately; for the clusters page. Reading it costs a sum over a few thousand counters.</summary>
/// <param name="Reach">Whether it answers, and since when.</param>
/// <param name="Watches">The watches, by kind.</param>
/// <param name="Api">Latency, load and errors of the last minutes.</param>
/// <param name="Server">The API server's address.</param>
/// <param name="Insecure">True where the server's certificate is not checked, because the kubeconfig says so.</param>
public sealed record ClusterInsight(ClusterReach Reach, IReadOnlyList<WatchInsight> Watches, ApiFigures Api, string Server, bool Insecure);
