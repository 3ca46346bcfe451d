using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Operator;

/// <summary>The operator's admission webhook: the same rules as in the loop, before anything is stored.</summary>
internal sealed class OperatorWebhook(SimulatedCluster cluster) : IAdmission
{
    private readonly Validator _validator = new(cluster.Options.Operator);

    public void Admit(ResourceType type, JsonObject? before, JsonObject after)
    {
        if (type.Kind is not ("FlinkDeployment" or "FlinkSessionJob" or "FlinkStateSnapshot") || !cluster.Options.Webhook) return;
        if (cluster.Faults.WebhookDown)
            throw new ApiException(500, "InternalError", "Internal error occurred: failed calling webhook \"mutationwebhook.flink.apache.org\": failed to call webhook: Post \"https://flink-operator-webhook-service.flink-operator.svc:443/mutate?timeout=10s\": dial tcp 10.96.117.20:443: connect: connection refused");
        if (type.Kind == "FlinkSessionJob") Mutate(after);
        if (Refusal(type, before, after) is { } message)
            throw new ApiException(400, null, $"admission webhook \"validationwebhook.flink.apache.org\" denied the request: {message}");
    }

    private string? Refusal(ResourceType type, JsonObject? before, JsonObject after)
    {
        if (after["spec"] is null) return null;
        var deployed = SpecText.Spec(before?["status"]?["reconciliationStatus"]?["lastReconciledSpec"]?.ToString());
        return type.Kind switch
        {
            "FlinkDeployment" => _validator.Deployment(after, deployed),
            "FlinkSessionJob" => _validator.SessionJob(after, deployed, Find("FlinkDeployment", after, after["spec"]!["deploymentName"]?.ToString())),
            _ => Validator.Snapshot(after, Find(after["spec"]!["jobReference"]?["kind"]?.ToString() ?? "FlinkDeployment", after, after["spec"]!["jobReference"]?["name"]?.ToString()) is not null,
                before?["status"]?["state"]?.ToString() is not (null or "TRIGGER_PENDING")),
        };
    }

    private static void Mutate(JsonObject after)
    {
        if (after["spec"]?["deploymentName"]?.ToString() is not { } target) return;
        var metadata = after["metadata"]!.AsObject();
        if (metadata["labels"] is not JsonObject labels) metadata["labels"] = labels = [];
        labels["target.session"] = target;
    }

    private JsonObject? Find(string kind, JsonObject resource, string? name) => name is null ? null
        : cluster.Store.Find(cluster.Catalog.Custom.First(t => t.Kind == kind), resource["metadata"]!["namespace"]!.ToString(), name)?.ToNode();
}
