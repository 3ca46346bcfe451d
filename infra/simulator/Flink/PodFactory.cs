using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Flink;

/// <summary>The objects that a Flink cluster consists of in Kubernetes.</summary>
internal static class PodFactory
{
    public const string Container = "flink-main-container";

    public static JsonObject Pod(FlinkProcess process, string name, bool taskManager, JsonObject owner)
    {
        var view = process.View;
        var (cpu, memory) = view.Resources(taskManager ? "taskManager" : "jobManager");
        var amount = new JsonObject { ["cpu"] = cpu.ToString(CultureInfo.InvariantCulture), ["memory"] = memory.ToString(CultureInfo.InvariantCulture) };
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = process.Namespace,
                ["labels"] = Labels(process, taskManager ? "taskmanager" : "jobmanager"),
                ["ownerReferences"] = new JsonArray(owner),
            },
            ["spec"] = new JsonObject
            {
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = Container,
                    ["image"] = view.Image,
                    ["imagePullPolicy"] = view.Text("imagePullPolicy") ?? "IfNotPresent",
                    ["args"] = new JsonArray(taskManager ? "kubernetes-taskmanager" : view.Job is null ? "kubernetes-session" : "kubernetes-application"),
                    ["resources"] = new JsonObject { ["limits"] = amount.DeepClone(), ["requests"] = amount },
                }),
                ["restartPolicy"] = taskManager ? "Never" : "Always",
                ["serviceAccountName"] = view.Text("serviceAccount") ?? "default",
            },
            ["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = "Guaranteed" },
        };
    }

    public static JsonObject Labels(FlinkProcess process, string component) => new()
    {
        ["app"] = process.Name,
        ["component"] = component,
        ["type"] = "flink-native-kubernetes",
    };

    public static JsonObject Waiting(string reason, string? message, int restarts, JsonObject? last, string image) =>
        Status("Pending", false, restarts, last, new JsonObject { ["waiting"] = message is null ? new JsonObject { ["reason"] = reason } : new JsonObject { ["reason"] = reason, ["message"] = message } }, image, null, null);

    public static JsonObject Running(DateTimeOffset started, bool ready, int restarts, JsonObject? last, string image, string ip, string node) =>
        Status("Running", ready, restarts, last, new JsonObject { ["running"] = new JsonObject { ["startedAt"] = ObjectWriter.Stamp(started) } }, image, ip, node);

    public static void Backdate(JsonObject pod, TimeSpan by)
    {
        string Earlier(JsonNode stamp) => ObjectWriter.Stamp(DateTimeOffset.Parse(stamp.ToString(), CultureInfo.InvariantCulture) - by);
        pod["metadata"]!["creationTimestamp"] = Earlier(pod["metadata"]!["creationTimestamp"]!);
        if (pod["status"]?["containerStatuses"]?[0]?["state"]?["running"] is JsonObject running) running["startedAt"] = Earlier(running["startedAt"]!);
    }

    public static JsonObject Terminated(int code, string reason, DateTimeOffset started, DateTimeOffset ended) => new()
    {
        ["terminated"] = new JsonObject
        {
            ["exitCode"] = code,
            ["reason"] = reason,
            ["startedAt"] = ObjectWriter.Stamp(started),
            ["finishedAt"] = ObjectWriter.Stamp(ended),
        },
    };

    public static JsonObject Unschedulable(string message, DateTimeOffset at) => new()
    {
        ["phase"] = "Pending",
        ["qosClass"] = "Guaranteed",
        ["conditions"] = new JsonArray(new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "False",
            ["reason"] = "Unschedulable",
            ["message"] = message,
            ["lastTransitionTime"] = ObjectWriter.Stamp(at),
        }),
    };

    public static JsonObject Deployment(FlinkProcess process, JsonObject owner) => new()
    {
        ["apiVersion"] = "apps/v1",
        ["kind"] = "Deployment",
        ["metadata"] = new JsonObject
        {
            ["name"] = process.Name,
            ["namespace"] = process.Namespace,
            ["labels"] = Labels(process, "jobmanager"),
            ["annotations"] = new JsonObject { ["flinkdeployment.flink.apache.org/generation"] = process.Generation.ToString(CultureInfo.InvariantCulture) },
            ["finalizers"] = new JsonArray("foregroundDeletion"),
            ["ownerReferences"] = new JsonArray(owner),
        },
        ["spec"] = new JsonObject
        {
            ["replicas"] = 1,
            ["selector"] = new JsonObject { ["matchLabels"] = Labels(process, "jobmanager") },
            ["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = Container, ["image"] = process.View.Image }) } },
        },
        ["status"] = new JsonObject { ["replicas"] = 1, ["unavailableReplicas"] = 1 },
    };

    public static JsonObject Service(FlinkProcess process, JsonObject owner) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Service",
        ["metadata"] = new JsonObject { ["name"] = process.Name + "-rest", ["namespace"] = process.Namespace, ["labels"] = Labels(process, "jobmanager"), ["ownerReferences"] = new JsonArray(owner) },
        ["spec"] = new JsonObject
        {
            ["type"] = "ClusterIP",
            ["clusterIP"] = process.Address("service"),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "rest", ["port"] = 8081, ["protocol"] = "TCP", ["targetPort"] = 8081 }),
            ["selector"] = Labels(process, "jobmanager"),
        },
        ["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() },
    };

    public static JsonObject Owner(string apiVersion, string kind, string name, string uid) => new()
    {
        ["apiVersion"] = apiVersion,
        ["kind"] = kind,
        ["name"] = name,
        ["uid"] = uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    private static JsonObject Status(string phase, bool ready, int restarts, JsonObject? last, JsonObject state, string image, string? ip, string? node)
    {
        var container = new JsonObject
        {
            ["name"] = Container,
            ["image"] = image,
            ["ready"] = ready,
            ["started"] = ready,
            ["restartCount"] = restarts,
            ["state"] = state,
            ["lastState"] = last?.DeepClone() ?? new JsonObject(),
        };
        var text = ready ? "True" : "False";
        var status = new JsonObject
        {
            ["phase"] = phase,
            ["qosClass"] = "Guaranteed",
            ["conditions"] = new JsonArray(
                new JsonObject { ["type"] = "PodScheduled", ["status"] = "True" },
                new JsonObject { ["type"] = "ContainersReady", ["status"] = text },
                new JsonObject { ["type"] = "Ready", ["status"] = text }),
            ["containerStatuses"] = new JsonArray(container),
        };
        if (ip is not null) status["podIP"] = ip;
        if (node is not null) status["hostIP"] = "10.0.0." + node[^1];
        return status;
    }
}
