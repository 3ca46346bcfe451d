namespace Sluice.Domain.Kubernetes;

/// <summary>One kind of object that an API server serves, with everything needed to build its URL.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version, for example <c>v1beta1</c>.</param>
/// <param name="Plural">The plural that stands in the path.</param>
/// <param name="Kind">The kind that stands in <c>kind:</c>.</param>
/// <param name="Namespaced">False for cluster-wide kinds.</param>
public sealed record KubernetesResource(string Group, string Version, string Plural, string Kind, bool Namespaced = true)
{
    /// <summary>The group of the Apache Flink Kubernetes Operator.</summary>
    public const string FlinkGroup = "flink.apache.org";

    /// <summary>A Flink cluster: an application, or a session cluster.</summary>
    public static readonly KubernetesResource FlinkDeployments = new(FlinkGroup, "v1beta1", "flinkdeployments", "FlinkDeployment");

    /// <summary>A job on a session cluster.</summary>
    public static readonly KubernetesResource FlinkSessionJobs = new(FlinkGroup, "v1beta1", "flinksessionjobs", "FlinkSessionJob");

    /// <summary>A savepoint or checkpoint as an object; absent with operators before 1.10.</summary>
    public static readonly KubernetesResource FlinkStateSnapshots = new(FlinkGroup, "v1beta1", "flinkstatesnapshots", "FlinkStateSnapshot");

    /// <summary>Two deployments, one active; absent with operators before 1.14.</summary>
    public static readonly KubernetesResource FlinkBlueGreenDeployments = new(FlinkGroup, "v1beta1", "flinkbluegreendeployments", "FlinkBlueGreenDeployment");

    /// <summary>Pods.</summary>
    public static readonly KubernetesResource Pods = new("", "v1", "pods", "Pod");

    /// <summary>Core events.</summary>
    public static readonly KubernetesResource Events = new("", "v1", "events", "Event");

    /// <summary>Namespaces.</summary>
    public static readonly KubernetesResource Namespaces = new("", "v1", "namespaces", "Namespace", false);

    /// <summary>Services.</summary>
    public static readonly KubernetesResource Services = new("", "v1", "services", "Service");

    /// <summary>Resource quotas.</summary>
    public static readonly KubernetesResource ResourceQuotas = new("", "v1", "resourcequotas", "ResourceQuota");

    /// <summary>Service accounts.</summary>
    public static readonly KubernetesResource ServiceAccounts = new("", "v1", "serviceaccounts", "ServiceAccount");

    /// <summary>Apps deployments, among them each JobManager's.</summary>
    public static readonly KubernetesResource Deployments = new("apps", "v1", "deployments", "Deployment");

    /// <summary>Leases, used for leader election.</summary>
    public static readonly KubernetesResource Leases = new("coordination.k8s.io", "v1", "leases", "Lease");

    /// <summary>Custom resource definitions, read for the installed schema.</summary>
    public static readonly KubernetesResource CustomResourceDefinitions = new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false);
}
