using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>A cluster's settings in a request.</summary>
/// <param name="Name">For adding; elsewhere it is in the address.</param>
/// <param name="Source">Where address and credentials come from; found out by what else is there when left out.</param>
/// <param name="Context">The kubeconfig's context; needed where it holds several.</param>
/// <param name="Kubeconfig">A file on Sluice's machine.</param>
/// <param name="KubeconfigText">The text of a kubeconfig with all data in it. Kept sealed and never given out again.</param>
/// <param name="Server">The API server's address, for a token.</param>
/// <param name="Token">The token of a service account. Kept sealed and never given out again.</param>
/// <param name="CertificateAuthority">Who signed the server's certificate, as PEM, for a token.</param>
/// <param name="Access">How JobManagers are reached; service when left out inside a cluster, else apiServerProxy.</param>
/// <param name="IngressTemplate">For access by ingress: a URL with {name} and {namespace}.</param>
/// <param name="Namespaces">What is watched; all when left out.</param>
/// <param name="Enabled">False keeps the settings without connecting.</param>
public sealed record ClusterBody(
    string? Name = null, ClusterSource? Source = null, string? Context = null, string? Kubeconfig = null, string? KubeconfigText = null, string? Server = null, string? Token = null,
    string? CertificateAuthority = null, JobManagerAccess? Access = null, string? IngressTemplate = null, IReadOnlyList<string>? Namespaces = null, bool Enabled = true)
{
    public ClusterDraft ToDraft(string name, IClusterDirectory clusters) => new()
    {
        Name = name,
        Source = Source ?? Guess(name, clusters),
        Context = Context,
        KubeconfigPath = Kubeconfig,
        Kubeconfig = KubeconfigText,
        Server = Server,
        Token = Token,
        CertificateAuthority = CertificateAuthority,
        Access = Access,
        IngressTemplate = IngressTemplate,
        Namespaces = Namespaces ?? [],
        Enabled = Enabled,
    };

    // The default text of a record shows every value, and some of these are secrets.
    public override string ToString() => $"ClusterBody {Name}";

    private ClusterSource Guess(string name, IClusterDirectory clusters) =>
        KubeconfigText is not null ? ClusterSource.Kubeconfig
        : Token is not null || Server is not null ? ClusterSource.Token
        : Kubeconfig is not null ? ClusterSource.File
        : clusters.All.Any(c => c.Name == name && c.Settings.Credentials is not null) ? ClusterSource.Kept
        : Context is not null ? ClusterSource.File
        : ClusterSource.InCluster;
}

/// <summary>Without settings and credentials.</summary>
public sealed record ClusterView(string Name, bool Enabled, JobManagerAccess Access, ReflectorState Watch, string? KubernetesVersion, string? OperatorVersion, IReadOnlyCollection<string> FlinkKinds, IReadOnlyList<string> Missing)
{
    public static ClusterView Of(ClusterStatus c) => new(
        c.Name, c.Settings.Enabled, c.Settings.Access, c.Watch, c.Capabilities?.KubernetesVersion, c.OperatorVersion, Kinds(c.Capabilities), c.Capabilities?.Missing ?? []);

    internal static List<string> Kinds(ClusterCapabilities? capabilities) => [.. (capabilities?.FlinkKinds ?? new HashSet<string>()).Order(StringComparer.Ordinal)];
}

/// <summary>Everything that is known about one cluster.</summary>
/// <param name="Reach">Whether it answers and since when; null where it is not connected.</param>
/// <param name="Served">By kind: the versions that are served.</param>
/// <param name="Watches">The watch of each kind.</param>
/// <param name="Api">Latency in milliseconds, load and errors of the last minutes.</param>
/// <param name="Pipelines">How many there are, by kind and by health.</param>
/// <param name="Attention">What is wrong and what to do; empty where nothing is.</param>
public sealed record ClusterDetail(
    string Name, bool Enabled, JobManagerAccess Access, ReflectorState Watch, string? Server, ClusterReach? Reach, string? KubernetesVersion, string? OperatorVersion,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Served, IReadOnlyList<WatchInsight> Watches, ApiView? Api, ClusterCounts Pipelines, IReadOnlyList<ClusterCheck> Attention)
{
    public static ClusterDetail Of(ClusterStatus c, ClusterInsight? insight, FleetSnapshot fleet) => new(
        c.Name, c.Settings.Enabled, c.Settings.Access, c.Watch, insight?.Server, insight?.Reach, c.Capabilities?.KubernetesVersion, c.OperatorVersion,
        c.Capabilities?.Served ?? new Dictionary<string, IReadOnlyList<string>>(), insight?.Watches ?? [], insight is null ? null : ApiView.Of(insight.Api),
        ClusterCounts.Of(fleet).GetValueOrDefault(c.Name) ?? ClusterCounts.None, ClusterAttention.Of(c, insight));
}

/// <param name="WindowSeconds">The time that the figures cover.</param>
/// <param name="Answers">How many answers the latencies are made of.</param>
/// <param name="HeldBack">Requests that waited for Sluice's own limit.</param>
public sealed record ApiView(double WindowSeconds, long Answers, double? P50Ms, double? P99Ms, double PerSecond, long HeldBack, long Errors, string? LastError, DateTimeOffset? LastErrorAt)
{
    public static ApiView Of(ApiFigures f) => new(
        Math.Round(f.Window.TotalSeconds), f.Answers, Ms(f.P50), Ms(f.P99), Math.Round(f.PerSecond, 2), f.HeldBack, f.Errors, f.LastError, f.LastErrorAt);

    private static double? Ms(TimeSpan? time) => time is { } known ? Math.Round(known.TotalMilliseconds, 1) : null;
}

/// <param name="Ok">True where the cluster was reached and nothing is missing that Sluice needs.</param>
/// <param name="Problem">Why it was not reached or not understood.</param>
/// <param name="Checks">What was looked at, each with what to do.</param>
public sealed record TestView(
    bool Ok, string? Problem, string? KubernetesVersion, string? OperatorVersion, double? LatencyMs, IReadOnlyList<string> FlinkKinds, IReadOnlyList<string> Missing, IReadOnlyList<ClusterCheck> Checks, IReadOnlyList<ClusterPermission> Permissions)
{
    public static TestView Of(ClusterTest test) => new(
        test.Ok, test.Problem, test.Capabilities?.KubernetesVersion, test.OperatorVersion, test.Latency is { } latency ? Math.Round(latency.TotalMilliseconds, 1) : null,
        ClusterView.Kinds(test.Capabilities), test.Capabilities?.Missing ?? [], test.Checks, test.Permissions);
}

/// <param name="Watched">Pipelines in the list now.</param>
/// <param name="Operations">The pipelines with an operation under way.</param>
public sealed record UseView(int Watched, int Registered, int Namespaces, IReadOnlyList<string> Operations)
{
    public static UseView Of(ClusterUse use) => new(use.Watched, use.Registered, use.Namespaces, [.. use.Operations.Select(o => o.ToString())]);
}
