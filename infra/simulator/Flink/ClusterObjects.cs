using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Flink;

/// <summary>What stands for one Flink cluster in Kubernetes beside its pods: the Deployment, the service and the configuration.</summary>
internal sealed class ClusterObjects(FlinkWorld world, FlinkProcess process, string ownerUid)
{
    public string DeploymentUid => world.Seeds.Uid(world.Cluster, "deployments", process.Namespace, process.Name, process.Serial);

    public void Create()
    {
        foreach (var (type, node) in All())
            if (type != ResourceCatalog.Services || world.Store.Find(type, process.Namespace, process.Name + "-rest") is null) Put(type, node);
    }

    /// <summary>Stand there as they have since long ago.</summary>
    public void Revive(DateTimeOffset born)
    {
        foreach (var (type, node) in All())
        {
            if (type == ResourceCatalog.Deployments) node["status"] = Status(true);
            Stock(type, node, born);
        }
    }

    /// <summary>Are put away, not deleted.</summary>
    public void Vanish()
    {
        foreach (var (type, node) in All()) world.Store.Unstock(type, process.Namespace, node["metadata"]!["name"]!.ToString());
    }

    public void MarkDeleted() => ChangeDeployment(deployment => deployment["metadata"]!["deletionTimestamp"] = ObjectWriter.Stamp(world.Clock.Now));

    public void Remove()
    {
        foreach (var (type, node) in All()) world.Store.Remove(type, process.Namespace, node["metadata"]!["name"]!.ToString());
    }

    public void SetAvailable(bool available) => ChangeDeployment(deployment => deployment["status"] = Status(available));

    public void RefuseByQuota(string message) => ChangeDeployment(deployment =>
    {
        deployment["status"] = new JsonObject
        {
            ["unavailableReplicas"] = 1,
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "ReplicaFailure", ["status"] = "True", ["reason"] = "FailedCreate", ["message"] = message, ["lastTransitionTime"] = ObjectWriter.Stamp(world.Clock.Now) }),
        };
        var replicaSet = process.Name + "-" + world.Seeds.PodSuffix(10, process.Namespace, process.Name, process.Serial);
        world.Events.Record("apps/v1", "ReplicaSet", process.Namespace, replicaSet, "", "FailedCreate", "Error creating: " + message, "replicaset-controller", true);
    });

    public void SetPod(JsonObject pod) => Put(ResourceCatalog.Pods, pod);

    public void Stock(ResourceType type, JsonObject node, DateTimeOffset born) => world.Store.Stock(type, [Named(type, node, born)]);

    private IEnumerable<(ResourceType Type, JsonObject Node)> All()
    {
        var owner = PodFactory.Owner("flink.apache.org/v1beta1", "FlinkDeployment", process.Name, ownerUid);
        yield return (ResourceCatalog.Deployments, PodFactory.Deployment(process, owner));
        yield return (ResourceCatalog.Services, PodFactory.Service(process, (JsonObject)owner.DeepClone()));
        yield return (ResourceCatalog.ConfigMaps, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = "flink-config-" + process.Name, ["namespace"] = process.Namespace, ["labels"] = new JsonObject { ["app"] = process.Name, ["type"] = "flink-native-kubernetes" } },
            ["data"] = new JsonObject { ["flink-conf.yaml"] = string.Join('\n', process.View.Config.Where(c => !c.Key.StartsWith("kubernetes.operator.", StringComparison.Ordinal)).Select(c => $"{c.Key}: {c.Value}")) + "\n" },
        });
    }

    private void ChangeDeployment(Action<JsonObject> change)
    {
        if (world.Store.Find(ResourceCatalog.Deployments, process.Namespace, process.Name)?.ToNode() is not { } deployment) return;
        change(deployment);
        world.Store.Put(ResourceCatalog.Deployments, deployment);
    }

    private static JsonObject Status(bool available) => available
        ? new() { ["replicas"] = 1, ["readyReplicas"] = 1, ["availableReplicas"] = 1, ["updatedReplicas"] = 1 }
        : new() { ["replicas"] = 1, ["unavailableReplicas"] = 1, ["updatedReplicas"] = 1 };

    private void Put(ResourceType type, JsonObject node) => world.Store.Put(type, Named(type, node, world.Clock.Now));

    private JsonObject Named(ResourceType type, JsonObject node, DateTimeOffset born)
    {
        var metadata = node["metadata"]!.AsObject();
        if (metadata["uid"] is not null) return node;
        metadata["uid"] = world.Seeds.Uid(world.Cluster, type.Plural, process.Namespace, metadata["name"]!.ToString(), process.Serial);
        metadata["creationTimestamp"] = ObjectWriter.Stamp(born);
        if (type.CountsGenerations) metadata["generation"] = 1;
        return node;
    }
}
