using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Simulator.Operator;

/// <summary>The texts that stand in <c>status.error</c>.</summary>
internal static class OperatorErrors
{
    private const string Package = "org.apache.flink.kubernetes.operator.exception.";
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Validation(string message) => Text(Package + "ValidationException", message);

    public static string DeploymentFailed(string reason, string message) => Text(Package + "DeploymentFailedException", message, reason);

    public static string Reconciliation(string message, params (string Type, string Message)[] causes) => Text(Package + "ReconciliationException", message, null, causes);

    public static string Upgrade(string message) => Text(Package + "UpgradeFailureException", message);

    public static string Job(string type, string message, params (string Type, string Message)[] causes)
    {
        _ = type;
        return Text("org.apache.flink.util.SerializedThrowable", message, null, [.. causes.Select(c => ("org.apache.flink.util.SerializedThrowable", $"{c.Type}: {c.Message}"))]);
    }

    public static string CheckpointingNotEnabled()
    {
        const string cause = "java.util.concurrent.ExecutionException: org.apache.flink.runtime.rest.util.RestClientException: [org.apache.flink.runtime.rest.handler.RestHandlerException: Checkpointing has not been enabled.\n]";
        return Reconciliation(Package + "ReconciliationException: " + cause, (Package + "ReconciliationException", cause), ("java.util.concurrent.ExecutionException", cause[39..]));
    }

    public static bool IsValidation(string? error) => error?.Contains(Package + "ValidationException", StringComparison.Ordinal) == true;

    private static string Text(string type, string message, string? reason = null, params (string Type, string Message)[] causes)
    {
        var metadata = new JsonObject();
        if (reason is not null) metadata["reason"] = reason;
        var text = new JsonObject
        {
            ["type"] = type,
            ["message"] = message,
            ["additionalMetadata"] = metadata,
            ["throwableList"] = new JsonArray([.. causes.Take(2).Select(c => new JsonObject { ["type"] = c.Type, ["message"] = c.Message, ["additionalMetadata"] = new JsonObject() })]),
        }.ToJsonString(Compact);
        return text.Length <= 2048 ? text : text[..2048];
    }
}
