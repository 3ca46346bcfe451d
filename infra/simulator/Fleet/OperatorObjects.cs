using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Fleet;

/// <summary>What an installed operator leaves in a cluster: by its deployment a portal sees its version.</summary>
internal static class OperatorObjects
{
    private const string Home = "flink-operator";
    private const string Name = "flink-kubernetes-operator";

    public static void Install(SimulatedCluster cluster)
    {
        var version = cluster.Options.Operator;
        var labels = new JsonObject { ["app.kubernetes.io/name"] = Name, ["app.kubernetes.io/version"] = version.Tag, ["helm.sh/chart"] = $"{Name}-{version.Tag}" };
        Create(cluster, ResourceCatalog.ServiceAccounts, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "flink-operator" } });
        Create(cluster, ResourceCatalog.ConfigMaps, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "flink-operator-config", ["labels"] = labels.DeepClone() },
            ["data"] = new JsonObject
            {
                [version.IsNewest ? "config.yaml" : "flink-conf.yaml"] = string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"kubernetes.operator.reconcile.interval: {cluster.Options.ReconcileInterval.TotalSeconds} s\nkubernetes.operator.observer.progress-check.interval: {cluster.Options.ProgressInterval.TotalSeconds} s\n"),
            },
        });
        var containers = new JsonArray(new JsonObject { ["name"] = Name, ["image"] = version.Image });
        if (cluster.Options.Webhook) containers.Add(new JsonObject { ["name"] = "flink-webhook", ["image"] = version.Image });
        Create(cluster, ResourceCatalog.Deployments, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = Name, ["labels"] = labels.DeepClone() },
            ["spec"] = new JsonObject
            {
                ["replicas"] = 1,
                ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app.kubernetes.io/name"] = Name } },
                ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels }, ["spec"] = new JsonObject { ["containers"] = containers } },
            },
            ["status"] = new JsonObject { ["replicas"] = 1, ["readyReplicas"] = 1, ["availableReplicas"] = 1 },
        });
    }

    /// <summary>The operator's deployment follows when it is stopped and started.</summary>
    public static void Scale(SimulatedCluster cluster, bool running)
    {
        lock (cluster.Store.Gate)
        {
            if (cluster.Store.Find(ResourceCatalog.Deployments, Home, Name)?.ToNode() is not { } deployment) return;
            deployment["spec"]!["replicas"] = running ? 1 : 0;
            deployment["status"] = running ? new JsonObject { ["replicas"] = 1, ["readyReplicas"] = 1, ["availableReplicas"] = 1 } : new JsonObject { ["replicas"] = 0 };
            cluster.Store.Put(ResourceCatalog.Deployments, deployment);
        }
    }

    public static void AddServiceAccount(SimulatedCluster cluster, string ns) =>
        cluster.Writer.Create(ResourceCatalog.ServiceAccounts, ns, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ServiceAccount", ["metadata"] = new JsonObject { ["name"] = "flink" } }, new WriteOptions());

    private static void Create(SimulatedCluster cluster, ResourceType type, JsonObject node)
    {
        node["apiVersion"] = type.ApiVersion;
        node["kind"] = type.Kind;
        cluster.Writer.Create(type, Home, node, new WriteOptions { FieldManager = "helm" });
    }
}
