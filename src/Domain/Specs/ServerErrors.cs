using System.Text.RegularExpressions;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Specs;

/// <summary>Which field an API server or the operator's webhook talks about.</summary>
internal static partial class ServerErrors
{
    // The webhook names no field; its words are fixed.
    private static readonly (string Words, string Path)[] Webhook =
    [
        ("TaskManager resource memory", "spec.taskManager.resource.memory"),
        ("JobManager resource memory", "spec.jobManager.resource.memory"),
        ("TaskManager resource requirements", "spec.taskManager.resources"),
        ("JobManager resource requirements", "spec.jobManager.resources"),
        ("TaskManager replicas", "spec.taskManager.replicas"),
        ("JobManager replicas", "spec.jobManager.replicas"),
        ("standby JobManagers", "spec.jobManager.replicas"),
        ("parallelism must be", "spec.job.parallelism"),
        ("Flink Version", "spec.flinkVersion"),
        ("Flink version", "spec.flinkVersion"),
        ("flinkVersion", "spec.flinkVersion"),
        ("FlinkDeployment name", "metadata.name"),
        ("Ingress template", "spec.ingress.template"),
        ("Checkpoint directory", "spec.flinkConfiguration[execution.checkpointing.dir]"),
        ("InitialSavepointPath", "spec.job.initialSavepointPath"),
        ("serviceAccount", "spec.serviceAccount"),
        ("jarURI", "spec.job.jarURI"),
        ("deploymentName", "spec.deploymentName"),
        ("savepoint", "spec.flinkConfiguration[execution.checkpointing.savepoint-dir]"),
    ];

    public static string? PathOf(KubernetesCause cause)
    {
        if (cause.Field.Length > 0 && cause.Field is not "<nil>" and not "patch") return cause.Field;
        if (Forbidden().Match(cause.Message) is { Success: true } option) return SpecPath.Flink(option.Groups[1].Value);
        if (UnknownField().Match(cause.Message) is { Success: true } unknown) return unknown.Groups[1].Value;
        return Webhook.FirstOrDefault(w => cause.Message.Contains(w.Words, StringComparison.Ordinal)).Path;
    }

    [GeneratedRegex(@"(?:config key: |AutoScalerOption |autoscaler config |config key\[)([a-z][A-Za-z0-9._-]+)")]
    private static partial Regex Forbidden();

    [GeneratedRegex("unknown field \"([^\"]+)\"")]
    private static partial Regex UnknownField();
}
