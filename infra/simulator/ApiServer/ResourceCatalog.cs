namespace Sluice.Simulator.ApiServer;

/// <summary>The kinds that a cluster serves: the built-in ones that the portal looks at, and the operator's, which depend on its version.</summary>
internal sealed class ResourceCatalog
{
    public const string FlinkGroup = "flink.apache.org";

    public static readonly ResourceType Namespaces = new("", "v1", "Namespace", "namespaces", "namespace", false) { ShortNames = ["ns"] };
    public static readonly ResourceType Pods = new("", "v1", "Pod", "pods", "pod", true) { ShortNames = ["po"] };
    public static readonly ResourceType Services = new("", "v1", "Service", "services", "service", true) { ShortNames = ["svc"] };
    public static readonly ResourceType ConfigMaps = new("", "v1", "ConfigMap", "configmaps", "configmap", true) { ShortNames = ["cm"] };
    public static readonly ResourceType ServiceAccounts = new("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", true) { ShortNames = ["sa"] };
    public static readonly ResourceType ResourceQuotas = new("", "v1", "ResourceQuota", "resourcequotas", "resourcequota", true) { ShortNames = ["quota"] };
    public static readonly ResourceType Events = new("", "v1", "Event", "events", "event", true) { ShortNames = ["ev"] };
    public static readonly ResourceType Deployments = new("apps", "v1", "Deployment", "deployments", "deployment", true) { ShortNames = ["deploy"] };
    public static readonly ResourceType Leases = new("coordination.k8s.io", "v1", "Lease", "leases", "lease", true);
    public static readonly ResourceType Definitions =
        new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", "customresourcedefinition", false) { ShortNames = ["crd", "crds"] };
    public static readonly ResourceType AccessReviews =
        new("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", "selfsubjectaccessreview", false) { CreateOnly = true };

    private readonly Dictionary<(string Group, string Version, string Plural), ResourceType> _byPath;

    public ResourceCatalog(OperatorVersion version)
    {
        FlinkDeployments = Flink("FlinkDeployment", "flinkdeployments", "flinkdeployment", ["flinkdep"], FlinkSchemas.Deployment(version),
            [new("Job Status", "string", ".status.jobStatus.state"), new("Lifecycle State", "string", ".status.lifecycleState")]) with { HasScale = true };
        FlinkSessionJobs = Flink("FlinkSessionJob", "flinksessionjobs", "flinksessionjob", ["sessionjob"], FlinkSchemas.SessionJob(version),
            [new("Job Status", "string", ".status.jobStatus.state"), new("Lifecycle State", "string", ".status.lifecycleState")]);
        List<ResourceType> flink = [FlinkDeployments, FlinkSessionJobs];
        if (version.HasSnapshots)
        {
            FlinkStateSnapshots = Flink("FlinkStateSnapshot", "flinkstatesnapshots", "flinkstatesnapshot", ["flinksnp"], FlinkSchemas.StateSnapshot(),
                [new("Path", "string", ".status.path"), new("Result Timestamp", "string", ".status.resultTimestamp"), new("Snapshot State", "string", ".status.state")]);
            flink.Add(FlinkStateSnapshots);
            flink.Add(Flink("FlinkBlueGreenDeployment", "flinkbluegreendeployments", "flinkbluegreendeployment", ["flinkbgdep"], FlinkSchemas.BlueGreen(version),
                [new("Job Status", "string", ".status.jobStatus.state")]));
        }
        Custom = flink;
        All = [Namespaces, Pods, Services, ConfigMaps, ServiceAccounts, ResourceQuotas, Events, Deployments, Leases, Definitions, AccessReviews, .. flink];
        _byPath = All.ToDictionary(t => (t.Group, t.Version, t.Plural));
    }

    public ResourceType FlinkDeployments { get; }
    public ResourceType FlinkSessionJobs { get; }
    public ResourceType? FlinkStateSnapshots { get; }
    public IReadOnlyList<ResourceType> Custom { get; }
    public IReadOnlyList<ResourceType> All { get; }

    public ResourceType? Find(string group, string version, string plural) =>
        // Both APIs serve the same events; the portal reads the core form.
        _byPath.GetValueOrDefault((group, version, plural));

    private static ResourceType Flink(string kind, string plural, string singular, string[] shortNames, System.Text.Json.Nodes.JsonObject schema, PrinterColumn[] columns) =>
        new(FlinkGroup, "v1beta1", kind, plural, singular, true) { ShortNames = shortNames, Custom = true, Schema = schema, Columns = columns };
}
