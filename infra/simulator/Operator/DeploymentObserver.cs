using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Operator;

/// <summary>Looks at what runs, and writes down what it sees.</summary>
internal sealed class DeploymentObserver(OperatorContext context)
{
    /// <summary>False if this look ends here: something went wrong that is tried again on its own time.</summary>
    public bool Observe(ResourceHandle handle, JsonObject resource, StatusModel status)
    {
        if (handle.Settling > 0 && --handle.Settling == 0) status.State = "DEPLOYED";
        if (context.World.Find(handle.Namespace, handle.Name) is not { } process)
        {
            if (status.JobManager is not "MISSING" && SpecText.Spec(status.LastReconciled)?["job"]?["state"]?.ToString() != "suspended")
            {
                context.Events.Record(resource, "Missing", "Missing JobManager deployment", "JobManagerDeployment", warning: true);
                status.JobManager = "MISSING";
                status.JobState = "RECONCILING";
            }
            return true;
        }
        if (process.Stopping) return true;
        if (SpecText.Spec(status.LastReconciled)?["job"]?["state"]?.ToString() == "suspended" && handle.Settling == 0 && status.State != "UPGRADING") return true;
        JobManager(handle, resource, status, process);
        if (status.JobManager != "READY") return true;
        ClusterInfo(status, process);
        if (process.View.Job is not null) return Job(handle, resource, status, process);
        MarkStable(handle, status);
        return true;
    }

    private void JobManager(ResourceHandle handle, JsonObject resource, StatusModel status, FlinkProcess process)
    {
        var before = status.JobManager;
        if (before == "READY" && process.RestUp) return;
        if (before == "DEPLOYED_NOT_READY" && process.RestUp)
        {
            if (context.Now >= handle.RestAskedAfter) status.JobManager = "READY";
            else context.Again(handle, context.Progress);
            return;
        }
        if (process.View.Job is not null) status.JobState = "RECONCILING";
        if (process.Trouble is { } trouble)
        {
            if (before == "ERROR") return;
            // The newest names the container first.
            var message = context.Version.IsNewest && trouble.Reason != "FailedCreate" ? $"[{PodFactory.Container}] {trouble.Message}" : trouble.Message;
            status.JobManager = "ERROR";
            status.Error = OperatorErrors.DeploymentFailed(trouble.Reason, message);
            context.Events.Record(resource, trouble.Reason, message, "JobManagerDeployment", warning: true);
            return;
        }
        if (process.Available)
        {
            if (before != "DEPLOYED_NOT_READY") handle.RestAskedAfter = context.Now + context.Cluster.Clock.Scale(context.Progress * 0.9);
            status.JobManager = "DEPLOYED_NOT_READY";
        }
        else if (before != "ERROR") status.JobManager = "DEPLOYING";
    }

    private bool Job(ResourceHandle handle, JsonObject resource, StatusModel status, FlinkProcess process)
    {
        if (process.MainJob is not { } job) return true;
        job.Advance(context.Now);
        var before = status.JobState;
        if (process.DriverFailed) return DriverFailed(handle, resource, status, job);
        var state = job.State == "SUSPENDED" ? "RECONCILING" : job.State;
        status.JobState = state;
        status.Job["jobName"] = job.Name;
        status.JobId = job.Id;
        status.Job["startTime"] = job.Started.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        if (before != state)
        {
            status.Job["updateTime"] = context.Now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
            context.Events.Record(resource, "JobStatusChanged", $"Job status changed from {before} to {state}", "Job");
        }
        Exceptions(handle, resource, job, process);
        if (state == "FAILED" && job.RootFailure is { } failure)
        {
            if (before != "FAILED") context.Events.Record(resource, "Error", failure.Message, "Job", warning: true);
            status.Error = OperatorErrors.Job(failure.Class, $"{failure.Class}: {failure.Message}");
            return true;
        }
        if (state is "RUNNING" or "FINISHED")
        {
            MarkStable(handle, status);
            if (!OperatorErrors.IsValidation(status.Error) && status.State == "DEPLOYED") status.Error = null;
        }
        return true;
    }

    private static void MarkStable(ResourceHandle handle, StatusModel status)
    {
        if (handle.Settling == 0 && status.State == "DEPLOYED" && SpecText.Spec(status.LastReconciled)?["job"]?["state"]?.ToString() != "suspended") status.LastStable = status.LastReconciled;
    }

    /// <summary><c>main()</c> threw. 1.7 stumbles over the checkpoints of a job that has none, and tries again; the newest tells the cause.</summary>
    private bool DriverFailed(ResourceHandle handle, JsonObject resource, StatusModel status, FlinkJob job)
    {
        var failure = job.RootFailure!;
        if (!context.Version.IsNewest)
        {
            status.JobManager = "DEPLOYED_NOT_READY";
            status.JobState = "RECONCILING";
            status.Error = OperatorErrors.CheckpointingNotEnabled();
            context.Events.Record(resource, "JobStatusChanged", "Job status changed from RECONCILING to FAILED", "Job");
            context.Events.Record(resource, "ClusterDeploymentException", "java.util.concurrent.ExecutionException: org.apache.flink.runtime.rest.util.RestClientException: [org.apache.flink.runtime.rest.handler.RestHandlerException: Checkpointing has not been enabled.]", "JobManagerDeployment", warning: true);
            context.Write(handle, status, observed: true);
            if (handle.Retries++ < 15) context.Again(handle, TimeSpan.FromSeconds(Math.Min(300, 5 * Math.Pow(1.5, handle.Retries))));
            return false;
        }
        var first = status.JobState != "FAILED";
        status.JobState = "FAILED";
        status.JobId = job.Id;
        status.Job["jobName"] = job.Name;
        status.Job["startTime"] = job.Started.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        status.Error = OperatorErrors.Job(failure.Class, $"org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: {failure.Message}", (failure.Class, failure.Message));
        if (!first) return true;
        status.Job["updateTime"] = context.Now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        context.Events.Record(resource, "Error", $"The main method caused an error: {failure.Message} -> {failure.Message}", "Job", warning: true);
        context.Events.Record(resource, "JobStatusChanged", "Job status changed from RECONCILING to FAILED", "Job");
        context.Events.Record(resource, "JobException", $"org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: {failure.Message}", "Job", warning: true);
        return true;
    }

    private void Exceptions(ResourceHandle handle, JsonObject resource, FlinkJob job, FlinkProcess process)
    {
        _ = process;
        if (!context.Version.IsNewest) return;
        foreach (var failure in job.Failures.Where(f => f.At > handle.LastFailureSeen).OrderBy(f => f.At).Take(10))
        {
            context.Events.Record(resource, "JobException", $"{failure.Class}: {failure.Message}", "Job", warning: true);
            handle.LastFailureSeen = failure.At;
        }
    }

    private void ClusterInfo(StatusModel status, FlinkProcess process)
    {
        var info = ClusterInfo(process.View, process.Tasks.All.Count);
        if (context.Version.IsNewest && process.MainJob?.Checkpoints.LatestCompleted is { } checkpoint) info["state-size"] = checkpoint.Bytes.ToString(CultureInfo.InvariantCulture);
        status.Node["clusterInfo"] = info;
    }

    public static JsonObject ClusterInfo(SpecView view, int taskManagers)
    {
        var release = FlinkRelease.Of(view.FlinkVersion);
        var (jobCpu, jobMemory) = view.Resources("jobManager");
        var (taskCpu, taskMemory) = view.Resources("taskManager");
        return new()
        {
            ["flink-revision"] = release.Revision,
            ["flink-version"] = release.Version,
            ["total-cpu"] = (jobCpu + taskCpu * taskManagers).ToString("0.0##", CultureInfo.InvariantCulture),
            ["total-memory"] = (jobMemory + taskMemory * taskManagers).ToString(CultureInfo.InvariantCulture),
        };
    }
}
