namespace Sluice.Domain.Specs;

/// <summary>The operator's options that a custom resource may set, and those that only the operator's own configuration may.</summary>
internal static class OperatorOptions
{
    public const string Prefix = "kubernetes.operator.";

    /// <summary>May be set per resource.</summary>
    public static IReadOnlySet<string> Dynamic { get; } = Names(
        "checkpoint.trigger.grace-period", "checkpoint.type", "cluster.health-check.checkpoint-progress.enabled", "cluster.health-check.checkpoint-progress.window", "cluster.health-check.enabled",
        "cluster.health-check.restarts.threshold", "cluster.health-check.restarts.window", "deployment.readiness.timeout", "deployment.rollback.enabled", "exception.event.fields.count",
        "jm-deployment-recovery.enabled", "jm-deployment.shutdown-ttl", "jm-deployment.startup.probe.enabled", "job.drain-on-savepoint-deletion", "job.restart.failed", "job.savepoint-on-deletion",
        "job.upgrade.ignore-pending-savepoint", "job.upgrade.inplace-scaling.enabled", "job.upgrade.last-state-fallback.enabled", "job.upgrade.last-state.job-cancel.enabled",
        "job.upgrade.last-state.max.allowed.checkpoint.age", "periodic.checkpoint.interval", "periodic.savepoint.interval", "pod-template.merge-arrays-by-name", "savepoint.cleanup.enabled",
        "savepoint.dispose-on-delete", "savepoint.format.type", "savepoint.history.max.age", "savepoint.history.max.count", "savepoint.trigger.grace-period", "session.block-on-unmanaged-jobs",
        "session.deletion.block-on-session-jobs", "session.deletion.block-on-unmanaged-jobs", "snapshot.resource.enabled", "user.artifacts.http.header", "config.cache.size");

    /// <summary>Count only in the operator's own configuration; in a resource they do nothing.</summary>
    public static IReadOnlySet<string> System { get; } = Names(
        "reconcile.interval", "reconcile.parallelism", "observer.progress-check.interval", "observer.rest-ready.delay", "watched.namespaces", "dynamic.namespaces.enabled", "label.selector",
        "leader-election.enabled", "leader-election.lease-name", "leader-election.lease-duration", "leader-election.renew-deadline", "leader-election.retry-period", "retry.initial.interval",
        "retry.interval.multiplier", "retry.max.attempts", "retry.max.interval", "rate-limiter.limit", "rate-limiter.refresh-period", "flink.client.timeout", "flink.client.cancel.timeout",
        "resource.cleanup.timeout", "resource.deletion.propagation", "resource.metrics.histogram.sample.size", "resource.metrics.job.state.count.enabled", "resource.lifecycle.metrics.enabled",
        "resource.lifecycle.namespace.histograms.enabled", "josdk.metrics.enabled", "kubernetes.client.metrics.enabled", "health.probe.enabled", "health.probe.port", "health.canary.resource.timeout",
        "ingress.manage", "user.artifacts.allowed-schemes", "user.artifacts.disallow-restricted-hosts", "user.artifacts.base.dir", "exception.field.max.length", "exception.stacktrace.enabled",
        "exception.stacktrace.max.length", "exception.throwable.list.max.count", "exception.label.mapper", "dynamic.config.enabled", "dynamic.config.check.interval", "cluster.resource-view.refresh-interval",
        "startup.stop-on-informer-error", "termination.timeout", "savepoint.history.max.age.threshold", "savepoint.history.max.count.threshold", "checkpoint.history.max.age", "job.submission.timeout");

    private static HashSet<string> Names(params string[] names) => [.. names.Select(n => Prefix + n)];
}
