using System.Text.Json.Nodes;

namespace Sluice.Simulator.Operator;

/// <summary>Takes down what a deleted FlinkDeployment had, then lets it go.</summary>
internal sealed class DeploymentCleaner(OperatorContext context, SnapshotObjects snapshots)
{
    public void Clean(ResourceHandle handle, JsonObject resource)
    {
        var finalizers = resource["metadata"]!["finalizers"] as JsonArray;
        if (finalizers?.Any(f => f?.ToString() == context.Finalizer(handle.Kind)) != true) return;
        var process = context.World.Find(handle.Namespace, handle.Name);
        if (process is null)
        {
            context.RemoveFinalizer(handle);
            return;
        }
        if (process.Stopping) return;
        context.Events.Record(resource, "Cleanup", "Cleaning up FlinkDeployment", "Operator");
        var view = new SpecView((JsonObject)resource["spec"]!);
        if (view.Job is null && view.IsTrue("kubernetes.operator.session.deletion.block-on-session-jobs", true) && SessionJobs(handle) is { Count: > 0 } jobs)
        {
            context.Events.Record(resource, "CleanupFailed", $"The session jobs [{string.Join(", ", jobs)}] should be deleted first", "Operator", warning: true);
            context.Again(handle, context.Interval);
            return;
        }
        if (process.DriverFailed && !context.Version.IsNewest)
        {
            // 1.7 asks the job that never was for its checkpoints here as well, and gives up each time.
            context.Events.Record(resource, "JobStatusChanged", "Job status changed from RECONCILING to FAILED", "Job");
            if (handle.Retries++ < 30) context.Again(handle, context.Interval * 2);
            return;
        }
        if (process.MainJob is { IsTerminal: false } job && view.IsTrue("kubernetes.operator.job.savepoint-on-deletion"))
        {
            var (done, _) = job.State == "RUNNING" ? job.Checkpoints.Savepoint(view.SavepointDirectory ?? "", context.Now, view.Drains) : (null, null);
            if (done is null)
            {
                // Without a savepoint it may not go; the operator says nothing about it.
                context.Again(handle, context.Interval);
                return;
            }
            snapshots.CreateUpgrade(resource, done.Path!);
            job.EndAt(done, context.Now);
        }
        process.Stop(deleteHa: true);
    }

    private List<string> SessionJobs(ResourceHandle handle) =>
        [.. context.Store.All(context.TypeOf("FlinkSessionJob")).Values
            .Where(j => j.Namespace == handle.Namespace && j.ToNode()["spec"]?["deploymentName"]?.ToString() == handle.Name)
            .Select(j => j.Name)];
}
