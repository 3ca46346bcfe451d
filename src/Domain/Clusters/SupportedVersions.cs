using System.Globalization;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>The oldest versions that Sluice is tested with. Older ones are not refused: what is missing there is found out by asking.</summary>
internal static class SupportedVersions
{
    private static readonly Version OldestKubernetes = new(1, 20);
    private static readonly Version OldestOperator = new(1, 7);

    public static ClusterCheck Kubernetes(string version) => Parse(version) is not { } known
        ? new ClusterCheck("Kubernetes", ClusterGrade.Warn, $"It calls its version \"{version}\", which cannot be compared.")
        : known < OldestKubernetes
            ? new ClusterCheck("Kubernetes", ClusterGrade.Warn, $"{version} is not supported: Sluice is tested with {OldestKubernetes} and newer.", "Upgrade the cluster. Until then changes may be seen late, and unknown fields are not refused.")
            : new ClusterCheck("Kubernetes", ClusterGrade.Good, version);

    public static ClusterCheck Operator(string? version) => version is null
        ? new ClusterCheck("Operator", ClusterGrade.Warn, "The Flink operator was not found.", "Install it, or let Sluice list deployments where it runs: it is looked for by the label app.kubernetes.io/name=flink-kubernetes-operator. Without an operator nothing that Sluice asks for happens.")
        : Parse(version) is { } known && known < OldestOperator
            ? new ClusterCheck("Operator", ClusterGrade.Warn, $"{version} is not supported: Sluice is tested with {OldestOperator} and newer.", "Upgrade the operator and its CRDs. Until then savepoints and upgrades may not be told from one another.")
            : new ClusterCheck("Operator", ClusterGrade.Good, version);

    private static Version? Parse(string text)
    {
        var parts = text.TrimStart('v').Split('.', '-', '+');
        return parts.Length > 1 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var major) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var minor) ? new Version(major, minor) : null;
    }
}

/// <summary>One of the operator's kinds and what its absence means.</summary>
internal sealed record ClusterKinds(string Kind, bool Needed, string Without)
{
    private const string Known = "v1beta1";

    public static IReadOnlyList<ClusterKinds> All { get; } =
    [
        new("FlinkDeployment", true, "There are no pipelines to manage. Install the operator with its CRDs."),
        new("FlinkSessionJob", false, "Jobs on session clusters cannot be managed. Install the operator's CRDs if you want them."),
        new("FlinkStateSnapshot", false, "Savepoints are taken by nonce. Operator 1.10 and newer bring it; install its CRDs after an upgrade."),
        new("FlinkBlueGreenDeployment", false, "Blue-green upgrades are not offered. Operator 1.14 and newer bring it."),
    ];

    public ClusterCheck Check(ClusterCapabilities found)
    {
        if (found.FlinkKinds.Contains(Kind)) return new ClusterCheck("CRD", ClusterGrade.Good, $"{Kind} is served as {string.Join(", ", found.Served.GetValueOrDefault(Kind) ?? [Known])}.");
        var grade = Needed ? ClusterGrade.Bad : ClusterGrade.Warn;
        return found.Served.TryGetValue(Kind, out var versions)
            ? new ClusterCheck("CRD", grade, $"{Kind} is served as {string.Join(", ", versions)} only; Sluice knows {Known}.", "Use versions of Sluice and of the operator that fit.")
            : new ClusterCheck("CRD", grade, $"{Kind} is not installed.", Without);
    }
}
