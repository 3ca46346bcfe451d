using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Operator;

/// <summary>The snapshot resources that the operator itself makes; 1.7 has no such kind.</summary>
internal sealed class SnapshotObjects(OperatorContext context)
{
    public void CreateUpgrade(JsonObject job, string path)
    {
        if (!context.Version.HasSnapshots) return;
        Create(job, "upgrade", "UPGRADE", new JsonObject { ["alreadyExists"] = true, ["disposeOnDelete"] = false, ["formatType"] = "CANONICAL", ["path"] = path });
    }

    public void CreateManual(JsonObject job, long nonce)
    {
        _ = nonce;
        Create(job, "manual", "MANUAL", new JsonObject { ["alreadyExists"] = false, ["disposeOnDelete"] = false, ["formatType"] = "CANONICAL" });
    }

    public void CreatePeriodic(JsonObject job) => Create(job, "periodic", "PERIODIC", new JsonObject { ["alreadyExists"] = false, ["disposeOnDelete"] = false, ["formatType"] = "CANONICAL" });

    private void Create(JsonObject job, string word, string trigger, JsonObject savepoint)
    {
        var name = job["metadata"]!["name"]!.ToString();
        var ns = job["metadata"]!["namespace"]!.ToString();
        context.Cluster.Writer.Create(context.TypeOf("FlinkStateSnapshot"), ns, new JsonObject
        {
            ["apiVersion"] = "flink.apache.org/v1beta1",
            ["kind"] = "FlinkStateSnapshot",
            ["metadata"] = new JsonObject
            {
                ["name"] = string.Create(CultureInfo.InvariantCulture, $"{name}-savepoint-{word}-{context.Now.ToUnixTimeMilliseconds()}"),
                ["namespace"] = ns,
                ["labels"] = new JsonObject { ["snapshot.trigger-type"] = trigger },
            },
            ["spec"] = new JsonObject
            {
                ["backoffLimit"] = 0,
                ["jobReference"] = new JsonObject { ["kind"] = job["kind"]!.DeepClone(), ["name"] = name },
                ["savepoint"] = savepoint,
            },
        }, new WriteOptions { FieldManager = "flink-kubernetes-operator" });
    }
}
