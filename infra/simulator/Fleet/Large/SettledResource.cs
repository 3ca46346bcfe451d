using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Flink;
using Sluice.Simulator.Operator;

namespace Sluice.Simulator.Fleet.Large;

/// <summary>A resource as the operator has left it when all is well: written in one go, with the operator's own parts.</summary>
internal sealed class SettledResource(SimulatedCluster cluster, DateTimeOffset now)
{
    private const string OperatorManager = "fabric8-kubernetes-client";
    private readonly OperatorVersion _version = cluster.Options.Operator;

    public JsonObject Of(LargePipeline pipeline)
    {
        var one = pipeline.Of;
        var resource = LargeSpec.Of(pipeline);
        var metadata = resource["metadata"]!.AsObject();
        var started = now - pipeline.Age;
        var session = one.Kind == "sessionJob";
        if (one.State == "suspended") resource["spec"]!["job"]!["state"] = "suspended";
        metadata["uid"] = cluster.Seeds.Uid(cluster.Options.Name, one.Home, one.Name);
        metadata["creationTimestamp"] = ObjectWriter.Stamp(now - pipeline.Age * 1.4);
        metadata["generation"] = pipeline.Generation;
        metadata["finalizers"] = new JsonArray((session ? "flinksessionjobs" : "flinkdeployments") + ".flink.apache.org/finalizer");
        if (!_version.IsNewest && !session) OperatorContext.Defaults(resource);
        var status = Status(pipeline, resource, started, session);
        resource["status"] = status;
        metadata["managedFields"] = ManagedFields(resource, started);
        return resource;
    }

    private JsonObject Status(LargePipeline pipeline, JsonObject resource, DateTimeOffset started, bool session)
    {
        var one = pipeline.Of;
        var view = new SpecView(resource["spec"]!.AsObject());
        var status = new StatusModel(null, session, _version);
        var full = SpecText.Full(view.Spec, _version, session);
        var restored = pipeline.Generation > 2 && one.UpgradeMode != "stateless";
        if (full["job"] is JsonObject deployed) deployed["upgradeMode"] = restored ? one.UpgradeMode == "savepoint" ? "savepoint" : "last-state" : "stateless";
        status.LastReconciled = status.LastStable = SpecText.Write(full, _version, pipeline.Generation, firstDeployment: pipeline.Generation == 2);
        status.State = "DEPLOYED";
        status.Touch(started - TimeSpan.FromSeconds(40));
        if (_version.IsNewest) status.ObservedGeneration = pipeline.Generation;
        var suspended = one.State == "suspended";
        if (view.Job is not null) Job(pipeline, status, view, started, restored || suspended);
        if (!session)
        {
            status.JobManager = "READY";
            if (view.Job is not null && !suspended) status.TaskManagers($"component=taskmanager,app={one.Name}", view.TaskManagers);
            status.Node["clusterInfo"] = DeploymentObserver.ClusterInfo(view, view.Job is null ? 0 : view.TaskManagers);
            if (_version.IsNewest && view.Job is not null) status.Node["clusterInfo"]!["state-size"] = StateSize(one).ToString(CultureInfo.InvariantCulture);
            if (_version.IsNewest) status.Node["conditions"] = status.Conditions(started);
        }
        status.Node["lifecycleState"] = status.Lifecycle(session);
        return status.Node;
    }

    private void Job(LargePipeline pipeline, StatusModel status, SpecView view, DateTimeOffset started, bool restored)
    {
        var one = pipeline.Of;
        var id = cluster.Seeds.Hex(32, cluster.Options.Name, one.Home, one.Name, "job");
        status.JobId = id;
        status.JobState = one.State == "suspended" ? "FINISHED" : "RUNNING";
        status.Job["jobName"] = one.Name;
        status.Job["startTime"] = started.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        status.Job["updateTime"] = (started + TimeSpan.FromSeconds(8)).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        if (!restored) return;
        var path = $"{view.SavepointDirectory ?? $"s3://{one.Team}-flink-state/savepoints"}/savepoint-{cluster.Seeds.Hex(6, id, "before")}-{cluster.Seeds.Hex(12, id, "savepoint")}";
        var taken = started - TimeSpan.FromSeconds(45);
        if (_version.IsNewest) status.UpgradePath = one.UpgradeMode == "last-state" && one.State != "suspended" ? "KUBERNETES_OPERATOR_LAST_STATE" : path;
        else
        {
            for (var i = 0; i < pipeline.Variety % 4; i++)
                status.AddSavepoint($"{path[..^12]}{cluster.Seeds.Hex(12, id, i.ToString(CultureInfo.InvariantCulture))}", taken - TimeSpan.FromHours(60 - i * 12), "UPGRADE", "CANONICAL", null);
            status.AddSavepoint(path, taken, "UPGRADE", "CANONICAL", null);
        }
        if (one.State != "suspended") return;
        var traits = ArgumentTraits.Guess(cluster.Seeds, one.Home, one.Name);
        cluster.World.Storage.Keep(new SavedState(path, id, 400, 1e7, traits.StateBytes, taken, true));
    }

    private long StateSize(FleetPipeline one) => (long)(ArgumentTraits.Guess(cluster.Seeds, one.Home, one.Name).StateBytes * (0.6 + 0.4 * cluster.Seeds.Unit(one.Home, one.Name, "size")));

    private static JsonArray ManagedFields(JsonObject resource, DateTimeOffset at)
    {
        var bare = new JsonObject { ["apiVersion"] = resource["apiVersion"]!.DeepClone(), ["kind"] = resource["kind"]!.DeepClone(), ["metadata"] = new JsonObject(), ["spec"] = resource["spec"]!.DeepClone() };
        foreach (var part in (string[])["labels", "annotations"]) bare["metadata"]![part] = resource["metadata"]![part]?.DeepClone();
        FieldOwners.Take(null, bare, "deploy-pipeline");
        var list = (JsonArray)bare["metadata"]!["managedFields"]!.DeepClone();
        list[0]!["time"] = ObjectWriter.Stamp(at - TimeSpan.FromMinutes(1));
        list.Add(FieldOwners.OfOperator(OperatorManager, resource, "finalizers", at));
        list.Add(FieldOwners.OfOperator(OperatorManager, resource, "status", at));
        return list;
    }
}
