using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Operator;

/// <summary>A resource's status, read and written field by field.</summary>
internal sealed class StatusModel
{
    public StatusModel(JsonObject? status, bool sessionJob, OperatorVersion version)
    {
        Node = status is null ? Fresh(sessionJob, version) : (JsonObject)status.DeepClone();
        Job = Node["jobStatus"] as JsonObject ?? [];
        if (Job.Parent is null) Node["jobStatus"] = Job;
        Reconciliation = Node["reconciliationStatus"] as JsonObject ?? [];
        if (Reconciliation.Parent is null) Node["reconciliationStatus"] = Reconciliation;
    }

    public JsonObject Node { get; }
    public JsonObject Job { get; }
    public JsonObject Reconciliation { get; }

    public string? Error { get => Node["error"]?.ToString(); set => Set(Node, "error", value); }
    public string JobManager { get => Node["jobManagerDeploymentStatus"]?.ToString() ?? "MISSING"; set => Node["jobManagerDeploymentStatus"] = value; }
    public string? JobState { get => Job["state"]?.ToString(); set => Set(Job, "state", value); }
    public string? JobId { get => Job["jobId"]?.ToString(); set => Set(Job, "jobId", value); }
    public string State { get => Reconciliation["state"]?.ToString() ?? "UPGRADING"; set => Reconciliation["state"] = value; }
    public string? LastReconciled { get => Reconciliation["lastReconciledSpec"]?.ToString(); set => Set(Reconciliation, "lastReconciledSpec", value); }
    public string? LastStable { get => Reconciliation["lastStableSpec"]?.ToString(); set => Set(Reconciliation, "lastStableSpec", value); }
    public string? UpgradePath { get => Job["upgradeSavepointPath"]?.ToString(); set => Set(Job, "upgradeSavepointPath", value); }
    public long? ObservedGeneration { get => Node["observedGeneration"]?.GetValue<long>(); set => Node["observedGeneration"] = value; }

    public JsonObject Savepoints => Job["savepointInfo"] as JsonObject ?? throw new InvalidOperationException("A status without savepointInfo.");

    public void Touch(DateTimeOffset at) => Reconciliation["reconciliationTimestamp"] = at.ToUnixTimeMilliseconds();

    public void TaskManagers(string labelSelector, int replicas) => Node["taskManager"] = new JsonObject { ["labelSelector"] = labelSelector, ["replicas"] = replicas };

    public void AddSavepoint(string path, DateTimeOffset at, string trigger, string format, long? nonce)
    {
        var saved = new JsonObject { ["formatType"] = format, ["location"] = path, ["timeStamp"] = at.ToUnixTimeMilliseconds(), ["triggerType"] = trigger };
        if (nonce is not null) saved["triggerNonce"] = nonce;
        Savepoints["lastSavepoint"] = saved;
        var history = Savepoints["savepointHistory"] as JsonArray ?? [];
        if (history.Parent is null) Savepoints["savepointHistory"] = history;
        history.Add(saved.DeepClone());
        while (history.Count > 10) history.RemoveAt(0);
        foreach (var field in (string[])["triggerId", "triggerTimestamp", "triggerType", "formatType"]) Savepoints.Remove(field);
    }

    public string? LastSavepointPath => Savepoints["lastSavepoint"]?["location"]?.ToString();

    /// <summary>The summary that people look at first; the first rule that fits.</summary>
    public string Lifecycle(bool sessionJob)
    {
        if (LastReconciled is not { } last) return string.IsNullOrEmpty(Error) ? "CREATED" : "FAILED";
        if (State == "UPGRADING") return "UPGRADING";
        if (SpecText.Spec(last)?["job"]?["state"]?.ToString() == "suspended") return "SUSPENDED";
        if (JobState == "FAILED") return "FAILED";
        if (!sessionJob && JobManager is "MISSING" or "ERROR" && Error?.Contains("HA metadata is not available", StringComparison.Ordinal) == true) return "FAILED";
        return last == LastStable ? "STABLE" : "DEPLOYED";
    }

    public JsonArray Conditions(DateTimeOffset at)
    {
        var (status, reason, message) = JobState is { } job
            ? (job == "RUNNING" ? "True" : "False", CultureInfo.InvariantCulture.TextInfo.ToTitleCase(job.ToLowerInvariant()), "Job status " + job)
            : JobManager switch
            {
                "READY" => ("True", "JobManagerReady", "JobManager is running and ready to receive REST API calls"),
                "DEPLOYED_NOT_READY" => ("False", "DeployedNotReady", "JobManager is running but not yet ready to receive REST API calls"),
                "DEPLOYING" => ("False", "JobManagerIsDeploying", "JobManager process is starting up"),
                "ERROR" => ("False", "Error", "JobManager deployment failed"),
                _ => ("False", "JobManagerDeploymentMissing", "JobManager deployment not found"),
            };
        return new(new JsonObject
        {
            ["lastTransitionTime"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture),
            ["message"] = message,
            ["reason"] = reason,
            ["status"] = status,
            ["type"] = "Running",
        });
    }

    private static JsonObject Fresh(bool sessionJob, OperatorVersion version)
    {
        var status = new JsonObject
        {
            ["jobStatus"] = new JsonObject
            {
                ["checkpointInfo"] = new JsonObject { ["lastPeriodicCheckpointTimestamp"] = 0 },
                ["savepointInfo"] = new JsonObject { ["lastPeriodicSavepointTimestamp"] = 0, ["savepointHistory"] = new JsonArray() },
            },
            ["reconciliationStatus"] = new JsonObject { ["reconciliationTimestamp"] = 0, ["state"] = "UPGRADING" },
        };
        if (sessionJob) return status;
        status["clusterInfo"] = new JsonObject();
        status["jobManagerDeploymentStatus"] = "MISSING";
        status["taskManager"] = new JsonObject { ["labelSelector"] = "", ["replicas"] = 0 };
        if (version.IsNewest) status["conditions"] = new JsonArray();
        return status;
    }

    private static void Set(JsonObject node, string field, string? value)
    {
        if (value is null) node.Remove(field);
        else node[field] = value;
    }
}
