using System.Text.Json.Nodes;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Operator;

internal enum StopKind
{
    /// <summary>The job has stopped; its JobManager is still there.</summary>
    Done,

    /// <summary>The whole cluster has to go; that stops the job.</summary>
    TakeDown,

    /// <summary>It cannot be stopped now; try again at the next look.</summary>
    Wait,
}

/// <param name="Mode">How the next deployment restores its state.</param>
internal sealed record StopResult(StopKind Kind, string Mode, bool DeleteHa = false);

/// <summary>Stops a job in the way that its upgrade mode and its condition allow.</summary>
internal sealed class JobStopper(OperatorContext context, SnapshotObjects snapshots)
{
    public StopResult Stop(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view, string mode)
    {
        var process = context.World.Find(handle.Namespace, handle.Name);
        var job = process?.MainJob;
        var running = job?.State == "RUNNING" && status.JobState == "RUNNING";
        var neverStarted = process is not null && !process.RestUp && process.Jobs.Count == 0;
        if (mode == "savepoint" && running) return Savepoint(resource, status, view, process!, job!);
        if (mode == "stateless")
        {
            Suspended(resource);
            return new(StopKind.TakeDown, "stateless", DeleteHa: true);
        }
        if (context.World.HaStore.ContainsKey((handle.Namespace, handle.Name)))
        {
            if (mode == "savepoint" && !view.IsTrue("kubernetes.operator.job.upgrade.last-state-fallback.enabled", true)) return new(StopKind.Wait, mode);
            Suspended(resource);
            return new(StopKind.TakeDown, "last-state");
        }
        if (neverStarted || process is null)
        {
            Suspended(resource);
            return new(StopKind.TakeDown, SpecText.Spec(status.LastReconciled)!["job"]!["upgradeMode"]!.ToString());
        }
        return job is { IsTerminal: false } && mode == "last-state" ? Cancel(resource, status, job) : TerminalOrWait(resource, status, job);
    }

    /// <summary>Throws the running job away: the next one starts from the path in the spec.</summary>
    public static StopResult Discard(StatusModel status, SpecView view)
    {
        status.UpgradePath = view.JobText("initialSavepointPath");
        return new(StopKind.TakeDown, "savepoint", DeleteHa: true);
    }

    /// <summary>A job without high availability is cancelled; its newest retained checkpoint carries the state on.</summary>
    private StopResult Cancel(JsonObject resource, StatusModel status, FlinkJob job)
    {
        Suspended(resource);
        job.Enter("CANCELED", context.Now);
        KeepPath(status, job.LastCheckpoint?.Path);
        return new(StopKind.TakeDown, "savepoint");
    }

    private StopResult TerminalOrWait(JsonObject resource, StatusModel status, FlinkJob? job)
    {
        if (job is not { IsTerminal: true }) return new(StopKind.Wait, "savepoint");
        var path = (job.Checkpoints.LatestSavepoint?.Id > job.Checkpoints.LatestCompleted?.Id ? job.Checkpoints.LatestSavepoint : job.Checkpoints.LatestCompleted)?.Path;
        if (path is null && job.LastCheckpoint is null && job.Plan.Count > 0)
        {
            const string missing = "JobManager deployment is missing and HA data is not available to make stateful upgrades. It is possible that the job has finished or terminally failed, or the configmaps have been deleted. Manual restore required.";
            context.Events.Record(resource, "UpgradeFailed", missing, "JobManagerDeployment", warning: true);
            status.Error = OperatorErrors.Upgrade(missing);
            return new(StopKind.Wait, "savepoint");
        }
        Suspended(resource);
        KeepPath(status, path);
        return new(StopKind.TakeDown, path is null ? "stateless" : "savepoint");
    }

    private StopResult Savepoint(JsonObject resource, StatusModel status, SpecView view, FlinkProcess process, FlinkJob job)
    {
        Suspended(resource);
        var now = context.Now;
        var (done, error) = job.Checkpoints.Savepoint(view.SavepointDirectory ?? job.SavepointDirectory ?? "", now, view.Drains);
        if (done is null)
        {
            context.Events.Record(resource, "SavepointError", "Savepoint Error: " + error, "JobManagerDeployment", warning: true);
            status.Error = OperatorErrors.Reconciliation("org.apache.flink.util.FlinkException: Savepoint Error", ("java.util.concurrent.CompletionException", "org.apache.flink.runtime.checkpoint.CheckpointException: " + error));
            return new(StopKind.Wait, "savepoint");
        }
        job.EndAt(done, now);
        process.Tasks.ReleaseIdle();
        context.World.HaStore.Remove((process.Namespace, process.Name));
        status.JobState = "FINISHED";
        if (context.Version.HasSnapshots)
        {
            status.UpgradePath = done.Path;
            snapshots.CreateUpgrade(resource, done.Path!);
        }
        else status.AddSavepoint(done.Path!, now, "UPGRADE", resource["kind"]!.ToString() == "FlinkSessionJob" ? "UNKNOWN" : "CANONICAL", null);
        return new(StopKind.Done, "savepoint");
    }

    private void KeepPath(StatusModel status, string? path)
    {
        if (path is null) return;
        if (context.Version.HasSnapshots) status.UpgradePath = path;
        else status.AddSavepoint(path, context.Now, "UPGRADE", "UNKNOWN", null);
    }

    private void Suspended(JsonObject resource) => context.Events.Record(resource, "Suspended", "Suspending existing deployment.", "JobManagerDeployment");
}
