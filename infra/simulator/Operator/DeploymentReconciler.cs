using System.Text.Json.Nodes;

namespace Sluice.Simulator.Operator;

/// <summary>Brings a FlinkDeployment to what its spec says: one look, as the operator takes it.</summary>
internal sealed class DeploymentReconciler(OperatorContext context, SnapshotObjects snapshots)
{
    private readonly Validator _validator = new(context.Version);
    private readonly DeploymentObserver _observer = new(context);
    private readonly JobStopper _stopper = new(context, snapshots);
    private readonly SavepointNonce _nonce = new(context, snapshots);
    private readonly PeriodicSavepoints _periodic = new(context, snapshots);
    private readonly DeploymentCleaner _cleaner = new(context, snapshots);
    private readonly InPlaceScaler _scaler = new(context);

    public void Reconcile(ResourceHandle handle, JsonObject resource)
    {
        if (resource["metadata"]!["deletionTimestamp"] is not null)
        {
            _cleaner.Clean(handle, resource);
            return;
        }
        resource = context.EnsureFinalizer(resource, handle.Kind);
        var status = new StatusModel(resource["status"] as JsonObject, false, context.Version);
        if (handle.Redeploying)
        {
            ContinueRedeploy(handle, resource, status);
            return;
        }
        if (handle.Compared == Version(resource) && handle is { NonceRunning: null, Settling: 0 })
        {
            if (!_observer.Observe(handle, resource, status)) return;
            Rest(handle, status);
            return;
        }
        if (_validator.Deployment(resource, SpecText.Spec(status.LastReconciled)) is { } refusal)
        {
            Refuse(handle, resource, status, refusal);
            return;
        }
        if (OperatorErrors.IsValidation(status.Error))
        {
            status.Error = null;
            context.Write(handle, status, observed: false);
        }
        var view = new SpecView((JsonObject)resource["spec"]!);
        if (status.LastReconciled is null)
        {
            if (view.Job is null || view.WantsRunning) FirstDeploy(handle, resource, status, view);
            return;
        }
        if (!_observer.Observe(handle, resource, status)) return;
        FollowSpec(handle, resource, status, view);
    }

    private void Refuse(ResourceHandle handle, JsonObject resource, StatusModel status, string message)
    {
        context.Events.Record(resource, "ValidationError", message, "Operator", warning: true);
        status.Error = OperatorErrors.Validation(message);
        if (status.LastReconciled is null)
        {
            context.Write(handle, status, observed: false);
            return;
        }
        if (_observer.Observe(handle, resource, status)) context.Write(handle, status, observed: true);
        context.Again(handle, context.Interval);
    }

    private void FirstDeploy(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view)
    {
        var full = SpecText.Full(view.Spec, context.Version, false);
        var path = view.JobText("initialSavepointPath");
        if (full["job"] is JsonObject job)
        {
            job["state"] = "suspended";
            job["upgradeMode"] = string.IsNullOrEmpty(path) ? "stateless" : "savepoint";
        }
        status.State = "UPGRADING";
        status.LastReconciled = SpecText.Write(full, context.Version, Generation(resource), firstDeployment: true);
        status.Touch(context.Now);
        Observed(status, resource);
        context.Write(handle, status, observed: false);
        Deploy(handle, resource, status, view, path, fromHa: false);
    }

    private void FollowSpec(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view)
    {
        var deployed = SpecText.Spec(status.LastReconciled)!;
        var wanted = SpecText.Full(view.Spec, context.Version, false);
        var diff = SpecDiff.Between(deployed, wanted, false);
        if (status.State == "UPGRADING" && handle.Settling == 0 && deployed["job"]?["state"]?.ToString() == "suspended" && view.WantsRunning)
        {
            Redeploy(handle, resource, status);
            return;
        }
        switch (diff.Type)
        {
            case DiffType.None or DiffType.Ignore:
                Accept(resource, status, view, diff);
                _nonce.Follow(handle, resource, status, view, deployed);
                _periodic.Follow(handle, resource, status, view);
                // Periodic savepoints come due although nothing changes: such a one is looked at whole each time.
                handle.Compared = PeriodicSavepoints.Interval(view) is null ? Version(resource) : null;
                Rest(handle, status);
                break;
            case DiffType.Scale when _scaler.CanScale(handle, status, view):
                Announce(handle, resource, diff);
                _scaler.Scale(handle, resource, status, view);
                break;
            default:
                Announce(handle, resource, diff);
                Upgrade(handle, resource, status, view, wanted, diff);
                break;
        }
    }

    private void Rest(ResourceHandle handle, StatusModel status)
    {
        context.Write(handle, status, observed: true);
        context.Again(handle, handle.NonceRunning is null && Settled(status) ? context.Interval : context.Progress);
    }

    private static string? Version(JsonObject resource) => resource["metadata"]!["resourceVersion"]?.ToString();

    private void Upgrade(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view, JsonObject wanted, SpecDiff diff)
    {
        var deployed = SpecText.Spec(status.LastReconciled)!;
        var resumes = deployed["job"]?["state"]?.ToString() == "suspended";
        var mode = resumes ? (view.UpgradeMode == "stateless" ? "stateless" : deployed["job"]!["upgradeMode"]!.ToString()) : view.UpgradeMode;
        var stop = diff.Type == DiffType.SavepointRedeploy ? JobStopper.Discard(status, view)
            : resumes || view.Job is null ? new StopResult(StopKind.Done, view.Job is null ? "stateless" : mode)
            : _stopper.Stop(handle, resource, status, view, mode);
        if (stop.Kind == StopKind.Wait)
        {
            context.Write(handle, status, observed: true);
            context.Again(handle, context.Interval);
            return;
        }
        if (wanted["job"] is JsonObject job)
        {
            job["state"] = "suspended";
            job["upgradeMode"] = stop.Mode;
        }
        var text = SpecText.Write(wanted, context.Version, Generation(resource), firstDeployment: view.Job is not null && !view.WantsRunning && SpecText.FirstDeployment(status.LastReconciled!));
        if (view.Job is not null && !view.WantsRunning)
        {
            Suspend(handle, resource, status, text, stop);
            return;
        }
        status.State = "UPGRADING";
        if (stop.Kind == StopKind.TakeDown)
        {
            // Without a savepoint nothing is written before the old cluster has gone.
            handle.Redeploying = true;
            context.World.Find(handle.Namespace, handle.Name)?.Stop(stop.DeleteHa);
            _pending[handle] = (text, Generation(resource), status.UpgradePath);
            ContinueRedeploy(handle, resource, status);
            return;
        }
        status.LastReconciled = text;
        status.Touch(context.Now);
        status.TaskManagers("", 0);
        Observed(status, resource);
        context.Write(handle, status, observed: false);
        Redeploy(handle, resource, status);
    }

    private readonly Dictionary<ResourceHandle, (string Text, long Generation, string? UpgradePath)> _pending = [];

    private void Suspend(ResourceHandle handle, JsonObject resource, StatusModel status, string text, StopResult stop)
    {
        if (stop.Kind == StopKind.TakeDown)
        {
            context.World.Find(handle.Namespace, handle.Name)?.Stop(stop.DeleteHa);
            status.JobManager = "MISSING";
            status.JobState = "FINISHED";
        }
        status.State = "DEPLOYED";
        status.LastReconciled = status.LastStable = text;
        status.Error = null;
        status.Touch(context.Now);
        status.TaskManagers("", 0);
        Observed(status, resource);
        context.Write(handle, status, observed: false);
        context.Again(handle, context.Interval);
    }

    /// <summary>Takes the old cluster away and deploys the new one when it has gone.</summary>
    private void Redeploy(ResourceHandle handle, JsonObject resource, StatusModel status)
    {
        handle.Redeploying = true;
        context.World.Find(handle.Namespace, handle.Name)?.Stop(deleteHa: false);
        ContinueRedeploy(handle, resource, status);
    }

    private void ContinueRedeploy(ResourceHandle handle, JsonObject resource, StatusModel status)
    {
        // The world tells when it is gone.
        if (context.World.Find(handle.Namespace, handle.Name) is not null) return;
        handle.Redeploying = false;
        if (_pending.Remove(handle, out var pending))
        {
            status.State = "UPGRADING";
            status.LastReconciled = pending.Text;
            status.UpgradePath = pending.UpgradePath;
            status.TaskManagers("", 0);
            status.Touch(context.Now);
            if (context.Version.IsNewest) status.ObservedGeneration = pending.Generation;
        }
        var job = SpecText.Spec(status.LastReconciled)!["job"];
        status.JobManager = "MISSING";
        if (job is not null) status.JobState = "FINISHED";
        status.Error = null;
        context.Write(handle, status, observed: false);
        var view = new SpecView((JsonObject)resource["spec"]!);
        if (view.Job is not null && !view.WantsRunning)
        {
            context.Again(handle, context.Progress);
            return;
        }
        var mode = job?["upgradeMode"]?.ToString();
        var path = mode == "savepoint" ? status.UpgradePath ?? status.LastSavepointPath : null;
        var fromHa = mode == "last-state";
        if (fromHa && !context.World.HaStore.ContainsKey((handle.Namespace, handle.Name)))
        {
            const string missing = "HA metadata not available to restore from last state. It is possible that the job has finished or terminally failed, or the configmaps have been deleted. HA metadata is not available. Manual restore required.";
            context.Events.Record(resource, "RestoreFailed", missing, "JobManagerDeployment", warning: true);
            status.Error = OperatorErrors.Upgrade(missing);
            context.Write(handle, status, observed: false);
            context.Again(handle, context.Interval);
            return;
        }
        Deploy(handle, resource, status, view, path, fromHa);
    }

    private void Deploy(ResourceHandle handle, JsonObject resource, StatusModel status, SpecView view, string? path, bool fromHa)
    {
        // Of a session cluster the operator tells nothing.
        if (view.Job is not null) context.Events.Record(resource, "Submit", "Starting deployment", "JobManagerDeployment");
        var full = SpecText.Full(view.Spec, context.Version, false);
        if (full["job"] is JsonObject job)
        {
            job["upgradeMode"] = SpecText.Spec(status.LastReconciled)!["job"]!["upgradeMode"]!.DeepClone();
            // 1.7 keeps the id of the job; the newest takes a new one unless the state comes from high availability.
            if (status.JobId is null || context.Version.IsNewest && !fromHa)
                status.JobId = context.World.Seeds.Hex(32, context.World.Cluster, handle.Namespace, handle.Name, "job", context.World.NextSerial());
            context.Write(handle, status, observed: false);
        }
        context.World.Deploy(resource, view, status.JobId, path, fromHa);
        status.LastReconciled = SpecText.Write(full, context.Version, Generation(resource), SpecText.FirstDeployment(status.LastReconciled!));
        status.State = "DEPLOYED";
        status.JobManager = "DEPLOYING";
        if (view.Job is not null) status.JobState = "RECONCILING";
        status.Error = null;
        if (fromHa && context.Version.IsNewest) status.UpgradePath = "KUBERNETES_OPERATOR_LAST_STATE";
        if (view.Job is not null) status.TaskManagers($"component=taskmanager,app={handle.Name}", view.TaskManagers);
        status.Touch(context.Now);
        Observed(status, resource);
        context.Write(handle, status, observed: false);
        context.Again(handle, context.Progress);
    }

    private void Accept(JsonObject resource, StatusModel status, SpecView view, SpecDiff diff)
    {
        if (context.Version.IsNewest)
        {
            Observed(status, resource);
            return;
        }
        if (diff.Type != DiffType.Ignore || view.Nonce("savepointTriggerNonce") != SavepointNonce.Deployed(status)) return;
        // 1.7 notes the generation in the text, which therefore differs from the stable one until the next look.
        var deployed = SpecText.Spec(status.LastReconciled)!;
        var text = SpecText.Write(deployed, context.Version, Generation(resource), SpecText.FirstDeployment(status.LastReconciled!));
        status.LastReconciled = text;
    }

    private void Announce(ResourceHandle handle, JsonObject resource, SpecDiff diff)
    {
        var generation = Generation(resource);
        if (handle.Announced == generation) return;
        handle.Announced = generation;
        context.Events.Record(resource, "SpecChanged", diff.Text, "JobManagerDeployment");
    }

    private static bool Settled(StatusModel status) => status.JobManager is "READY" && status.JobState is not ("CREATED" or "RECONCILING" or "INITIALIZING") || status.JobManager is "MISSING";

    private void Observed(StatusModel status, JsonObject resource)
    {
        if (context.Version.IsNewest) status.ObservedGeneration = Generation(resource);
    }

    private static long Generation(JsonObject resource) => resource["metadata"]!["generation"]!.GetValue<long>();
}
