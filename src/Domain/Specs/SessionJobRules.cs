using System.Net;

namespace Sluice.Domain.Specs;

/// <summary>The operator's rules for a FlinkSessionJob, and for the session cluster that it names.</summary>
internal static class SessionJobRules
{
    public static IReadOnlyList<SpecRule> All { get; } =
    [
        new("session job: cluster", Cluster), new("session job: job", HasJob), new("session job: cluster fixed", ClusterFixed), new("session job: jar", Jar),
        new("session job: kind of cluster", KindOfCluster), new("17", c => c.Job is null ? [] : DeploymentRules.ParallelismOf(c)),
    ];

    private static IEnumerable<SpecProblem> Cluster(SpecContext c)
    {
        var name = c.Spec.Text("deploymentName");
        if (string.IsNullOrEmpty(name)) yield return SpecContext.Refused("session job", "spec.deploymentName", "The session cluster is not named.", "Write deploymentName, the name of a FlinkDeployment in the same namespace.", "The FlinkDeployment name: null is invalid");
        else if (!DeploymentRules.DeploymentName().IsMatch(name))
            yield return SpecContext.Refused("session job", "spec.deploymentName", $"“{NameRules.Short(name)}” cannot be the name of a FlinkDeployment: lower-case letters, digits and “-”, at most 45 characters.", NameRules.Suggestion(name, 45),
                $"The FlinkDeployment name: {NameRules.Short(name)} is invalid, must consist of lower case alphanumeric characters or '-', and the length must be no more than 45 characters.");
    }

    private static IEnumerable<SpecProblem> HasJob(SpecContext c)
    {
        if (c.Job is null) yield return SpecContext.Refused("session job", "spec.job", "The job is missing.", "Write job with jarURI, parallelism and upgradeMode.", "The job spec should not be empty");
    }

    private static IEnumerable<SpecProblem> ClusterFixed(SpecContext c)
    {
        if (c.Deployed.Text("deploymentName") is { } was && c.Spec.Text("deploymentName") is { } now && was != now)
            yield return SpecContext.Refused("session job", "spec.deploymentName", $"The job belongs to {was}; it cannot move to {now}.", "Register it under another name, from a savepoint of this one.", "The deploymentName can't be changed");
    }

    private static IEnumerable<SpecProblem> Jar(SpecContext c)
    {
        if (c.Job.Text("jarURI") is not { Length: > 0 } text) yield break;
        const string Path = "spec.job.jarURI";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (text.Any(char.IsWhiteSpace)) yield return SpecContext.Refused("session job", Path, $"“{NameRules.Short(text)}” is no URI: it has a space in it.", "Write %20 for a space.", "jarURI is not a valid URI");
        else if (colon <= 0 || !text[..colon].All(ch => char.IsAsciiLetterOrDigit(ch) || ch is '+' or '-' or '.'))
            yield return SpecContext.Refused("session job", Path, $"“{NameRules.Short(text)}” says no scheme.", $"Begin with {(c.Input.JarSchemes is [var first, ..] ? first : "https")}://.", "jarURI must include a scheme");
        else if (!c.Input.JarSchemes.Contains(text[..colon], StringComparer.OrdinalIgnoreCase))
            // Operators up to 1.15.0 have no such list, and which schemes a newer one allows is not visible from here.
            yield return new SpecProblem(Path, ProblemSeverity.Caution, $"The operator may not fetch a jar from {text[..colon]}://. Newer ones allow only {string.Join(", ", c.Input.JarSchemes)} unless they are configured otherwise.", "Serve the jar over https, or have the operator's allowed schemes extended; the dry run tells.",
                RuleSource.Operator("session job"), $"jarURI scheme '{text[..colon]}' is not in the allowlist");
        else if (text[..colon].StartsWith("http", StringComparison.OrdinalIgnoreCase))
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0) yield return SpecContext.Refused("session job", Path, $"“{NameRules.Short(text)}” names no host.", "Write https://host/path.jar.", "jarURI must include a host");
            else if (IsRestricted(uri)) yield return SpecContext.Refused("session job", Path, $"The host {uri.Host} is an address that the operator does not fetch from (this machine, or a private network).", "Serve the jar under a public address, or have the operator configured to allow it.", $"jarURI host '{uri.Host}' resolves to a restricted address");
        }
    }

    private static IEnumerable<SpecProblem> KindOfCluster(SpecContext c)
    {
        if (c.Input.SessionCluster is { } cluster && cluster.Map("spec").Map("job") is not null)
            yield return SpecContext.Refused("session job", "spec.deploymentName", $"{c.Spec.Text("deploymentName")} is an application, not a session cluster.", "Name a FlinkDeployment without spec.job.", "Can not submit session job to application cluster");
    }

    private static bool IsRestricted(Uri uri)
    {
        if (uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (!IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address)) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6Multicast) return true;
        return address.GetAddressBytes() is [var a, var b, _, _] && (a == 10 || (a == 172 && b is >= 16 and <= 31) || (a == 192 && b == 168) || (a == 169 && b == 254) || a is >= 224 and <= 239);
    }
}
