using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>What operator and Flink take where nobody says anything; no stored object shows it.</summary>
internal static class PlatformDefaults
{
    private static readonly (string Path, string Value, string Note)[] OfSpec =
    [
        ("spec.mode", "native", "default; writing it out later is a restart"),
        ("spec.job.upgradeMode", "stateless", "default; every upgrade loses the state"),
        ("spec.job.state", "running", "default"),
        ("spec.jobManager.replicas", "1", "default"),
    ];

    private static readonly (string Option, string Value)[] OfOperator =
    [
        ("kubernetes.rest-service.exposed.type", "ClusterIP"),
        ("web.cancel.enable", "false"),
        ("execution.submit-failed-job-on-application-error", "true"),
        ("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"),
        ("kubernetes.operator.jm-deployment.shutdown-ttl", "1 d"),
        ("kubernetes.operator.jm-deployment-recovery.enabled", "true"),
        ("kubernetes.operator.job.restart.failed", "false"),
        ("kubernetes.operator.job.savepoint-on-deletion", "false"),
        ("kubernetes.operator.job.upgrade.last-state-fallback.enabled", "true"),
        ("kubernetes.operator.cluster.health-check.enabled", "false"),
        ("kubernetes.operator.deployment.rollback.enabled", "false"),
    ];

    private static readonly (string Option, string Value)[] OfFlink =
    [
        ("taskmanager.numberOfTaskSlots", "1"),
        ("state.backend.type", "hashmap"),
        ("execution.checkpointing.mode", "EXACTLY_ONCE"),
        ("execution.checkpointing.timeout", "10 min"),
        ("execution.checkpointing.min-pause", "0 ms"),
        ("execution.checkpointing.max-concurrent-checkpoints", "1"),
        ("execution.checkpointing.max-retained-checkpoints", "1"),
        ("execution.checkpointing.tolerable-failed-checkpoints", "0"),
        ("execution.checkpointing.incremental", "false"),
        ("execution.checkpointing.unaligned.enabled", "false"),
        ("taskmanager.memory.managed.fraction", "0.4"),
        ("heartbeat.timeout", "50 s"),
    ];

    public static IEnumerable<EffectiveValue> For(JsonObject manifest, EffectiveSpecContext context)
    {
        var spec = manifest.Map("spec");
        var own = FlinkConfiguration.Of(manifest);
        var configured = context.OperatorDefaults ?? new Dictionary<string, string?>();
        var @operator = context.OperatorVersion is { } version ? "operator " + version : "operator";
        var session = manifest.Text("kind") == "FlinkSessionJob";
        foreach (var (path, value, note) in OfSpec)
        {
            if (SpecPath.Find(manifest, path) is not null || (session && !path.StartsWith("spec.job.", StringComparison.Ordinal)) || (path.StartsWith("spec.job.", StringComparison.Ordinal) && spec.Map("job") is null)) continue;
            yield return new EffectiveValue(path, path["spec.".Length..], value, @operator, note, false);
        }
        if (session) yield break; // all else comes from the session cluster
        foreach (var (option, value) in OfOperator.Append(("pipeline.name", manifest.Map("metadata").Text("name") ?? "")))
        {
            if (FlinkConfiguration.Get(own, option) is not null || value.Length == 0) continue;
            var other = FlinkConfiguration.Get(configured, option);
            yield return Option(option, other ?? value, @operator, other is null || other == value ? "default" : $"default {value}, changed by the operator’s own config");
        }
        foreach (var (option, value) in configured)
            if (value is not null && !own.ContainsKey(option) && OfOperator.All(o => o.Option != option) && FlinkConfiguration.Get(own, option) is null) yield return Option(option, value, @operator, "the operator’s own config");
        if (spec.Map("job") is not null && spec.Map("job").Text("upgradeMode") == "last-state" && FlinkConfiguration.Get(own, "execution.checkpointing.interval") is null && FlinkConfiguration.Get(configured, "execution.checkpointing.interval") is null)
            yield return Option("execution.checkpointing.interval", "5 min", @operator, "default with last-state");
        var flink = spec.Text("flinkVersion") is { Length: > 1 } v ? "Flink " + v[1..].Replace('_', '.') : "Flink";
        foreach (var (option, value) in OfFlink)
            if (FlinkConfiguration.Get(own, option) is null && FlinkConfiguration.Get(configured, option) is null) yield return Option(option, value, flink, "default");
    }

    private static EffectiveValue Option(string option, string value, string origin, string note) => new(SpecPath.Flink(option), option, value, origin, note, false);
}
