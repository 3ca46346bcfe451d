using System.Text.Json.Serialization;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Clusters;

/// <summary>How Sluice reaches the JobManagers of a cluster.</summary>
public enum JobManagerAccess
{
    /// <summary>By service name; Sluice runs inside the cluster.</summary>
    Service,

    /// <summary>Through the API server's service proxy.</summary>
    ApiServerProxy,

    /// <summary>By an ingress URL made from a template with <c>{name}</c> and <c>{namespace}</c>.</summary>
    Ingress,
}

/// <summary>A cluster as an administrator configured it.</summary>
/// <param name="Name">A DNS label; stands in URLs.</param>
/// <param name="Context">The kubeconfig context; null for in-cluster.</param>
/// <param name="KubeconfigPath">The kubeconfig file or files, separated by colons; null for in-cluster.</param>
/// <param name="Access">How JobManagers are reached.</param>
/// <param name="IngressTemplate">For <see cref="JobManagerAccess.Ingress"/>.</param>
/// <param name="Namespaces">The namespaces to watch; empty for all.</param>
/// <param name="Enabled">False: known, not connected.</param>
public sealed record ClusterSettings(
    string Name,
    string? Context,
    string? KubeconfigPath,
    JobManagerAccess Access = JobManagerAccess.ApiServerProxy,
    string? IngressTemplate = null,
    IReadOnlyList<string>? Namespaces = null,
    bool Enabled = true)
{
    /// <summary>A kubeconfig that was handed over, in place of a file; null where there is none.</summary>
    [JsonIgnore]
    public ClusterCredentials? Credentials { get; init; }
}

/// <summary>A cluster as it is now.</summary>
/// <param name="Settings">What was configured.</param>
/// <param name="Watch">The worst state of its watches, with its age.</param>
/// <param name="Capabilities">What was found out, or null while it was never reached.</param>
/// <param name="OperatorVersion">Version of the operator, read from its image or label; null where it cannot be seen.</param>
public sealed record ClusterStatus(ClusterSettings Settings, ReflectorState Watch, ClusterCapabilities? Capabilities, string? OperatorVersion)
{
    /// <summary>The cluster's name.</summary>
    public string Name => Settings.Name;

    /// <summary>How long the API server's newest answer to a simple question took; null before the first. Asked every few seconds, without an event of its own.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>When the API server was last asked something that it answered; null before the first answer.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }
}

/// <summary>The clusters that Sluice manages, and the connection to each.</summary>
public interface IClusterDirectory
{
    /// <summary>
    /// The named cluster was added, replaced or removed, or its <see cref="ClusterStatus"/> changed. Raised on a worker thread; handlers must be quick.
    /// After it, take <see cref="Api"/> and the feeds again: a replaced connection has new ones.
    /// </summary>
    event Action<string>? Changed;

    /// <summary>All clusters, by name.</summary>
    IReadOnlyList<ClusterStatus> All { get; }

    /// <summary>The connection to a cluster, or null where none of that name is configured and enabled.</summary>
    IKubernetesApi? Api(string cluster);

    /// <summary>The cluster's FlinkDeployments, or null where none of that name is configured and enabled. A feed's change stream ends when the cluster is removed or replaced.</summary>
    IResourceFeed<FlinkResourceRecord>? Deployments(string cluster);

    /// <summary>The cluster's FlinkSessionJobs, likewise.</summary>
    IResourceFeed<FlinkResourceRecord>? SessionJobs(string cluster);

    /// <summary>The cluster's FlinkStateSnapshots, likewise; in phase <see cref="ReflectorPhase.NotServed"/> where the operator has none.</summary>
    IResourceFeed<StateSnapshotRecord>? Snapshots(string cluster);

    /// <summary>How the connection to a cluster has done lately, or null where there is none.</summary>
    ClusterInsight? Insight(string cluster) => null;

    /// <summary>Connects a cluster, or replaces the settings of the one with that name. Problems of reaching it show in its <see cref="ClusterStatus"/>.</summary>
    /// <exception cref="ArgumentException">Where the settings cannot be right, for example a name that is no DNS label.</exception>
    Task SetAsync(ClusterSettings settings, CancellationToken cancellationToken);

    /// <summary>Disconnects and forgets a cluster; nothing where none of that name is known.</summary>
    Task RemoveAsync(string cluster, CancellationToken cancellationToken);

    /// <summary>Tries settings without keeping them: can the cluster be reached, what is it, and which permissions are missing?</summary>
    Task<ClusterTest> TestAsync(ClusterSettings settings, CancellationToken cancellationToken);
}

/// <summary>What a trial connection found.</summary>
/// <param name="Capabilities">What the cluster is; null where it was not reached.</param>
/// <param name="Problem">Why it was not reached or not understood, in words; null where it was.</param>
/// <param name="Permissions">Each permission that Sluice uses and whether it has it; empty where it was not reached.</param>
public sealed record ClusterTest(ClusterCapabilities? Capabilities, string? Problem, IReadOnlyList<ClusterPermission> Permissions)
{
    /// <summary>What was looked at, in order, each with what to do about it.</summary>
    public IReadOnlyList<ClusterCheck> Checks { get; init; } = [];

    /// <summary>Version of the operator; null where it was not found.</summary>
    public string? OperatorVersion { get; init; }

    /// <summary>How long a simple answer took; null where none came.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>True where the cluster was reached and no needed permission is missing.</summary>
    public bool Ok => Problem is null && Checks.All(static c => c.Grade != ClusterGrade.Bad) && Permissions.All(static p => p.Allowed || !p.Needed);
}

/// <summary>How something about a cluster is.</summary>
public enum ClusterGrade
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Something is missing or unusual; what depends on it is said.</summary>
    Warn,

    /// <summary>Sluice cannot work like this.</summary>
    Bad,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What, for example <c>Operator</c>.</param>
/// <param name="Grade">How it is.</param>
/// <param name="Words">What was found.</param>
/// <param name="Do">What to do about it; null where nothing has to be done.</param>
public sealed record ClusterCheck(string Name, ClusterGrade Grade, string Words, string? Do = null);

/// <summary>One permission that Sluice uses.</summary>
/// <param name="Verb">For example <c>watch</c>.</param>
/// <param name="Resource">For example <c>flinkdeployments.flink.apache.org</c> or <c>services/proxy</c>.</param>
/// <param name="Namespace">The namespace asked about; null for the whole cluster.</param>
/// <param name="Allowed">True where the server allows it.</param>
/// <param name="Needed">True where Sluice cannot work without it; otherwise only what <paramref name="Purpose"/> says is missing.</param>
/// <param name="Purpose">What it is used for, in words.</param>
public sealed record ClusterPermission(string Verb, string Resource, string? Namespace, bool Allowed, bool Needed, string Purpose);
