using Sluice.Domain.Kubernetes;

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
    bool Enabled = true);

/// <summary>A cluster as it is now.</summary>
/// <param name="Settings">What was configured.</param>
/// <param name="Watch">The worst state of its watches, with its age.</param>
/// <param name="Capabilities">What was found out, or null while it was never reached.</param>
/// <param name="OperatorVersion">Version of the operator, read from its image or label; null where it cannot be seen.</param>
public sealed record ClusterStatus(ClusterSettings Settings, ReflectorState Watch, ClusterCapabilities? Capabilities, string? OperatorVersion)
{
    /// <summary>The cluster's name.</summary>
    public string Name => Settings.Name;
}

/// <summary>The clusters that Sluice manages, and the connection to each.</summary>
public interface IClusterDirectory
{
    /// <summary>All clusters, by name.</summary>
    IReadOnlyList<ClusterStatus> All { get; }

    /// <summary>The connection to a cluster, or null where none of that name is configured and enabled.</summary>
    IKubernetesApi? Api(string cluster);
}
