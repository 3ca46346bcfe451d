using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.Flink;

namespace Sluice.Simulator.Operator;

/// <summary>Brings a FlinkSessionJob to what its spec says, inside a session cluster.</summary>
internal sealed class SessionJobReconciler(OperatorContext context, SnapshotObjects snapshots)
{
    private readonly Validator _validator = new(context.Version);

    public void Reconcile(ResourceHandle handle, JsonObject resource)
    {
        var session = Session(resource);
        if (resource["metadata"]!["deletionTimestamp"] is not null)
        {
            Clean(handle, resource);
            return;
        }
        resource = context.EnsureFinalizer(resource, handle.Kind);
        var status = new StatusModel(resource["status"] as JsonObject, true, context.Version);
        if (_validator.SessionJob(resource, SpecText.Spec(status.LastReconciled), session) is { } refusal)
        {
            context.Events.Record(resource, "ValidationError", refusal, "Operator", warning: true);
            status.Error = OperatorErrors.Validation(refusal);
            context.Write(handle, status, observed: false);
            if (status.LastReconciled is not null) context.Again(handle, context.Interval);
            return;
        }
        var process = Process(resource);
        if (process is not { RestUp: true } || session?["status"]?["jobManagerDeploymentStatus"]?.ToString() != "READY")
        {
            // The cluster is not there yet: the job waits without a word.
            context.Again(handle, context.Progress);
            return;
        }
        var view = new SpecView((JsonObject)resource["spec"]!);
        if (status.LastReconciled is null)
        {
            if (view.WantsRunning) FirstDeploy(handle, resource, status, view, process);
            return;
        }
        Observe(handle, resource, status, process);
        Follow(handle, resource, status, view, process);
    }

    private void FirstDeploy(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view, FlinkProcess process)
    {
        var full = SpecText.Full(view.Spec, context.Version, true);
        full["job"]!["state"] = "suspended";
        full["job"]!["upgradeMode"] = string.IsNullOrEmpty(view.JobText("initialSavepointPath")) ? "stateless" : "savepoint";
        status.LastReconciled = SpecText.Write(full, context.Version, Generation(resource), true);
        status.Touch(context.Now);
        Observed(status, resource);
        context.Write(handle, status, observed: false);
        Submit(handle, resource, status, view, process, view.JobText("initialSavepointPath"));
    }

    private void Follow(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view, FlinkProcess process)
    {
        var deployed = SpecText.Spec(status.LastReconciled)!;
        var wanted = SpecText.Full(view.Spec, context.Version, true);
        var diff = SpecDiff.Between(deployed, wanted, true);
        if (diff.Type is DiffType.None or DiffType.Ignore)
        {
            if (diff.Type == DiffType.Ignore || context.Version.IsNewest) Observed(status, resource);
            context.Write(handle, status, observed: true);
            context.Again(handle, context.Interval);
            return;
        }
        if (handle.Announced != Generation(resource))
        {
            handle.Announced = Generation(resource);
            context.Events.Record(resource, "SpecChanged", diff.Text, "JobManagerDeployment");
        }
        var resumes = deployed["job"]!["state"]!.ToString() == "suspended";
        var mode = resumes ? deployed["job"]!["upgradeMode"]!.ToString() : view.UpgradeMode;
        if (!resumes && !Stop(resource, status, view, process, ref mode))
        {
            context.Write(handle, status, observed: true);
            context.Again(handle, context.Interval);
            return;
        }
        wanted["job"]!["state"] = "suspended";
        wanted["job"]!["upgradeMode"] = view.UpgradeMode == "stateless" ? "stateless" : mode;
        status.LastReconciled = SpecText.Write(wanted, context.Version, Generation(resource), !view.WantsRunning && SpecText.FirstDeployment(status.LastReconciled!));
        status.Touch(context.Now);
        Observed(status, resource);
        if (!view.WantsRunning)
        {
            status.State = "DEPLOYED";
            status.LastStable = status.LastReconciled;
            context.Write(handle, status, observed: false);
            context.Again(handle, context.Interval);
            return;
        }
        status.State = "UPGRADING";
        context.Write(handle, status, observed: false);
        Submit(handle, resource, status, view, process, wanted["job"]!["upgradeMode"]!.ToString() == "stateless" ? null : status.UpgradePath ?? status.LastSavepointPath);
    }

    private bool Stop(JsonObject resource, StatusModel status, SpecView view, FlinkProcess process, ref string mode)
    {
        var job = Job(status, process);
        if (job is null or { IsTerminal: true }) return true;
        context.Events.Record(resource, "Suspended", "Suspending existing deployment.", "JobManagerDeployment");
        var now = context.Now;
        if (mode == "savepoint")
        {
            if (job.State != "RUNNING") return false;
            var (done, error) = job.Checkpoints.Savepoint(process.View.SavepointDirectory ?? "", now, view.Drains);
            if (done is null)
            {
                context.Events.Record(resource, "SavepointError", "Savepoint Error: " + error, "JobManagerDeployment", warning: true);
                status.Error = OperatorErrors.Reconciliation("org.apache.flink.util.FlinkException: Savepoint Error: " + error);
                return false;
            }
            job.EndAt(done, now);
            status.JobState = "FINISHED";
            if (context.Version.HasSnapshots)
            {
                status.UpgradePath = done.Path;
                snapshots.CreateUpgrade(resource, done.Path!);
            }
            else status.AddSavepoint(done.Path!, now, "UPGRADE", "UNKNOWN", null);
            return true;
        }
        job.Enter("CANCELED", now);
        status.JobState = "CANCELED";
        if (mode == "last-state" && job.LastCheckpoint is { } last)
        {
            if (context.Version.HasSnapshots) status.UpgradePath = last.Path;
            else status.AddSavepoint(last.Path, now, "UPGRADE", "UNKNOWN", null);
            mode = "savepoint";
        }
        return true;
    }

    private void Submit(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view, FlinkProcess process, string? path)
    {
        context.Events.Record(resource, "Submit", "Starting deployment", "Job");
        var uid = resource["metadata"]!["uid"]!.ToString();
        // The operator makes the id from the resource's uid and generation.
        status.JobId = context.World.Seeds.Hex(16, uid) + Generation(resource).ToString("x16", CultureInfo.InvariantCulture);
        var traits = context.World.TraitsOf(handle.Namespace, handle.Name, view);
        process.AddJob(status.JobId, handle.Name, view, traits, path, null);
        var full = SpecText.Full(view.Spec, context.Version, true);
        full["job"]!["upgradeMode"] = SpecText.Spec(status.LastReconciled)!["job"]!["upgradeMode"]!.DeepClone();
        status.LastReconciled = SpecText.Write(full, context.Version, Generation(resource), SpecText.FirstDeployment(status.LastReconciled!));
        status.State = "DEPLOYED";
        status.JobState = "RECONCILING";
        status.Error = null;
        status.Touch(context.Now);
        context.Write(handle, status, observed: false);
        context.Again(handle, context.Interval);
    }

    private void Observe(ResourceHandle handle, JsonObject resource, StatusModel status, FlinkProcess process)
    {
        if (Job(status, process) is not { } job || SpecText.Spec(status.LastReconciled)!["job"]!["state"]!.ToString() == "suspended") return;
        job.Advance(context.Now);
        var before = status.JobState;
        var state = job.State is "SUSPENDED" ? "RECONCILING" : job.State;
        status.JobState = state;
        status.Job["jobName"] = job.Name;
        status.Job["startTime"] = job.Started.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        if (before != state)
        {
            status.Job["updateTime"] = context.Now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
            context.Events.Record(resource, "JobStatusChanged", $"Job status changed from {before} to {state}", "Job");
        }
        if (context.Version.IsNewest)
            foreach (var failure in job.Failures.Where(f => f.At > handle.LastFailureSeen).OrderBy(f => f.At))
            {
                context.Events.Record(resource, "JobException", $"{failure.Class}: {failure.Message}", "Job", warning: true);
                handle.LastFailureSeen = failure.At;
            }
        if (state is "RUNNING" or "FINISHED") status.LastStable = status.LastReconciled;
    }

    private void Clean(ResourceHandle handle, JsonObject resource)
    {
        if ((resource["metadata"]!["finalizers"] as JsonArray)?.Any(f => f?.ToString() == context.Finalizer(handle.Kind)) != true) return;
        context.Events.Record(resource, "Cleanup", "Cleaning up FlinkSessionJob", "Operator");
        var status = new StatusModel(resource["status"] as JsonObject, true, context.Version);
        if (Process(resource) is { } process && Job(status, process) is { IsTerminal: false } job) job.Enter("CANCELED", context.Now);
        context.RemoveFinalizer(handle);
    }

    private JsonObject? Session(JsonObject resource) =>
        context.Store.Find(context.TypeOf("FlinkDeployment"), resource["metadata"]!["namespace"]!.ToString(), resource["spec"]?["deploymentName"]?.ToString() ?? "")?.ToNode();

    private FlinkProcess? Process(JsonObject resource) =>
        context.World.Find(resource["metadata"]!["namespace"]!.ToString(), resource["spec"]?["deploymentName"]?.ToString() ?? "");

    private static FlinkJob? Job(StatusModel status, FlinkProcess process) => process.Jobs.FirstOrDefault(j => j.Id == status.JobId);

    private void Observed(StatusModel status, JsonObject resource)
    {
        if (context.Version.IsNewest) status.ObservedGeneration = Generation(resource);
    }

    private static long Generation(JsonObject resource) => resource["metadata"]!["generation"]!.GetValue<long>();
}
