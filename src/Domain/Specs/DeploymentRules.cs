using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Specs;

/// <summary>The operator's rules for a FlinkDeployment as such (1-3, 5-10, 16, 17, 27).</summary>
internal static partial class DeploymentRules
{
    private static readonly string[] Forbidden = ["kubernetes.namespace", "kubernetes.cluster-id", "high-availability.cluster-id"];
    private static readonly string[] LogFiles = ["log4j-console.properties", "logback-console.xml"];

    public static IReadOnlyList<SpecRule> All { get; } =
    [
        new("1", Name), new("2", HasVersion), new("3", OldVersion), new("5", ForbiddenOptions), new("6", Rollback), new("7", HealthCheck), new("8", IngressTemplate),
        new("9", IngressUrl), new("10", LogConfiguration), new("16", TaskManagers), new("17", Parallelism), new("27", ServiceAccount),
    ];

    private static IEnumerable<SpecProblem> Name(SpecContext c)
    {
        if (c.Manifest.Map("metadata").Text("name") is { Length: > 0 } name && !DeploymentName().IsMatch(name))
            yield return SpecContext.Refused("1", "metadata.name", $"The name “{NameRules.Short(name)}” has {name.Length} characters. It must begin with a lower-case letter, go on with lower-case letters, digits and “-”, not end with “-”, and have at most 45 characters.",
                NameRules.Suggestion(name, 45), $"The FlinkDeployment name: {NameRules.Short(name)} is invalid, must consist of lower case alphanumeric characters or '-', and the length must be no more than 45 characters.");
    }

    private static IEnumerable<SpecProblem> HasVersion(SpecContext c)
    {
        if (string.IsNullOrEmpty(c.Spec.Text("flinkVersion"))) yield return SpecContext.Refused("2", "spec.flinkVersion", "The Flink version is missing.", "Write flinkVersion, for example v1_20; it must be the version in the image.", "Flink Version must be defined.");
    }

    private static IEnumerable<SpecProblem> OldVersion(SpecContext c)
    {
        if (c.Spec.Text("flinkVersion") is { Length: > 0 } version && Version().Match(version) is { Success: true } match
            && int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) == 1 && int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) < 15)
            yield return SpecContext.Refused("3", "spec.flinkVersion", $"Flink {version[1..].Replace('_', '.')} is too old for the operator.", "Take v1_19 or newer.", $"Flink version {version} is not supported by this operator version");
    }

    private static IEnumerable<SpecProblem> ForbiddenOptions(SpecContext c) =>
        Forbidden.Where(c.Own.ContainsKey).Select(key => SpecContext.Refused("5", c.OptionPath(key), $"{key} must not be set: the operator sets it.", "Delete it.", $"Forbidden Flink config key: {key}"));

    private static IEnumerable<SpecProblem> Rollback(SpecContext c)
    {
        const string Key = "kubernetes.operator.deployment.rollback.enabled";
        if (c.IsOn(Key) && !c.HasHighAvailability)
            yield return SpecContext.Refused("6", c.OptionPath(Key), "Automatic rollback is on, and high availability is not.", "Set high-availability.type: kubernetes and high-availability.storageDir, or switch rollback off.", "HA must be enabled for rollback support.");
    }

    private static IEnumerable<SpecProblem> HealthCheck(SpecContext c)
    {
        const string Check = "kubernetes.operator.cluster.health-check.enabled";
        const string Recovery = "kubernetes.operator.jm-deployment-recovery.enabled";
        if (c.IsOn(Check) && !c.IsOn(Recovery, true))
            yield return SpecContext.Refused("7", c.OptionPath(Check), $"The health check is on, and {Recovery}, which it needs, is off.", "Switch recovery on, or the health check off.", $"Deployment recovery ({Recovery}) must be enabled for job health check ({Check}) support.");
    }

    private static IEnumerable<SpecProblem> IngressTemplate(SpecContext c)
    {
        if (c.Spec.Map("ingress") is { } ingress && string.IsNullOrEmpty(ingress.Text("template")))
            yield return SpecContext.Refused("8", "spec.ingress.template", "The ingress has no template.", "Write one, for example {{name}}.{{namespace}}.flink.example.", "Ingress template must be defined");
    }

    private static IEnumerable<SpecProblem> IngressUrl(SpecContext c)
    {
        if (c.Spec.Map("ingress").Text("template") is not { Length: > 0 } template) yield break;
        var url = Placeholder().Replace(template, "x");
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var rest = scheme < 0 ? url : url[(scheme + 3)..];
        var host = rest[..(rest.AsSpan().IndexOfAny('/', '?', '#') is var end and >= 0 ? end : rest.Length)];
        var port = host.LastIndexOf(':') is var colon and >= 0 && !host.EndsWith(']') ? host[(colon + 1)..] : "";
        // Java's URL takes almost anything as host and path; only protocol and port are looked at.
        if ((scheme >= 0 && url[..scheme] is not ("http" or "https")) || !port.All(char.IsAsciiDigit))
            yield return SpecContext.Refused("9", "spec.ingress.template", $"The template “{NameRules.Short(template)}” gives no valid URL.", "Use host and path with {{name}} and {{namespace}}, for example {{name}}.{{namespace}}.flink.example.", $"Unable to process the Ingress template({NameRules.Short(template)}).");
        else if (url.AsSpan().ContainsAny(' ', '{', '}'))
            yield return SpecContext.Advice(ProblemSeverity.Caution, "spec.ingress.template", $"The template “{NameRules.Short(template)}” has a space in it or a placeholder that the operator does not fill; Kubernetes will refuse the ingress.", "Only {{name}} and {{namespace}} are filled.");
    }

    private static IEnumerable<SpecProblem> LogConfiguration(SpecContext c) =>
        (c.Spec.Map("logConfiguration") ?? []).Select(e => e.Key).Where(key => !LogFiles.Contains(key)).Select(key =>
            SpecContext.Refused("10", SpecPath.Key("spec.logConfiguration", key), $"“{NameRules.Short(key)}” is not a log configuration. Allowed are {string.Join(" and ", LogFiles)}.", Nearest.Of(key, LogFiles) is { } near ? $"Did you mean {near}?" : "Rename or delete it.",
                $"Invalid log config key: {NameRules.Short(key)}. Allowed keys are [{string.Join(", ", LogFiles)}]"));

    private static IEnumerable<SpecProblem> TaskManagers(SpecContext c)
    {
        if (c.Job is not null && Whole(c.Spec.Map("taskManager").Text("replicas")) is < 1 and var replicas)
            yield return SpecContext.Refused("16", "spec.taskManager.replicas", $"taskManager.replicas is {replicas}. It must be 1 or more.", "Delete it: the parallelism decides how many TaskManagers there are.", "TaskManager replicas must be larger than 0");
    }

    private static IEnumerable<SpecProblem> Parallelism(SpecContext c)
    {
        if (c.Job is null || c.Spec.Map("taskManager").At("replicas") is not null) return [];
        return ParallelismOf(c);
    }

    internal static IEnumerable<SpecProblem> ParallelismOf(SpecContext c)
    {
        var text = c.Job.Text("parallelism");
        if (text is null) yield return SpecContext.Refused("17", "spec.job.parallelism", "The parallelism is missing.", "Write a number, 1 or more.", "Job parallelism must be larger than 0");
        else if (Whole(text) is < 1) yield return SpecContext.Refused("17", "spec.job.parallelism", $"The parallelism is {text}. It must be 1 or more.", "Write a number, 1 or more.", "Job parallelism must be larger than 0");
        else if (Whole(text) is null) yield return SpecContext.Refused("17", "spec.job.parallelism", $"The parallelism “{NameRules.Short(text)}” is no whole number.", "Write a number, 1 or more.", "Job parallelism must be larger than 0");
    }

    private static IEnumerable<SpecProblem> ServiceAccount(SpecContext c)
    {
        if (string.IsNullOrEmpty(c.Spec.Text("serviceAccount")))
            yield return SpecContext.Refused("27", "spec.serviceAccount", "The service account is missing. JobManager and TaskManagers run under it.", "Write serviceAccount; the operator's Helm chart creates one named flink.", "spec.serviceAccount must be defined. If you use helm, its value should be the same with the name of jobServiceAccount.");
    }

    internal static long? Whole(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    // \A and \z: in .NET, $ would let a line break pass at the end.
    [GeneratedRegex(@"\A[a-z]([-a-z0-9]{0,43}[a-z0-9])?\z")]
    internal static partial Regex DeploymentName();

    [GeneratedRegex(@"\Av([0-9]{1,3})_([0-9]{1,3})\z")]
    private static partial Regex Version();

    [GeneratedRegex(@"\{\{(name|namespace)\}\}", RegexOptions.IgnoreCase)]
    private static partial Regex Placeholder();
}
