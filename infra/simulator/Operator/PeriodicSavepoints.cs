using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.Operator;

/// <summary>Savepoints by <c>kubernetes.operator.periodic.savepoint.interval</c> (durations only): in the status with 1.7, as a resource with the newest. None is cleaned up.</summary>
internal sealed class PeriodicSavepoints(OperatorContext context, SnapshotObjects snapshots)
{
    public static TimeSpan? Interval(SpecView view) => view.Duration("kubernetes.operator.periodic.savepoint.interval") is { } interval && interval > TimeSpan.Zero ? interval : null;

    public void Follow(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view)
    {
        if (Interval(view) is not { } interval) return;
        var job = context.World.Find(handle.Namespace, handle.Name)?.MainJob;
        if (job?.State != "RUNNING" || status.JobState != "RUNNING" || handle.NonceRunning is not null) return;
        // What the operator remembers; a first look counts from the creation.
        var last = handle.PeriodicSavepoint ??= DateTimeOffset.Parse(resource["metadata"]!["creationTimestamp"]!.ToString(), CultureInfo.InvariantCulture);
        if (context.Now - last < context.Cluster.Clock.Scale(interval)) return;
        handle.PeriodicSavepoint = context.Now;
        if (context.Version.HasSnapshots) snapshots.CreatePeriodic(resource);
        else if (job.Checkpoints.Savepoint(job.SavepointDirectory ?? "", context.Now, false) is ({ Path: { } path }, _)) status.AddSavepoint(path, context.Now, "PERIODIC", "CANONICAL", null);
    }
}
