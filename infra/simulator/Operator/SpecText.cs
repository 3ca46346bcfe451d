using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Operator;

/// <summary>The form in which the operator remembers a spec: JSON in a text, every field of its classes in their order, missing ones as null.</summary>
internal static class SpecText
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonObject full, OperatorVersion version, long generation, bool firstDeployment)
    {
        var metadata = new JsonObject { ["apiVersion"] = "flink.apache.org/v1beta1" };
        // 1.7 has no observedGeneration: it hides the number here.
        if (!version.IsNewest) metadata["metadata"] = new JsonObject { ["generation"] = generation };
        metadata["firstDeployment"] = firstDeployment;
        return new JsonObject { ["spec"] = full.DeepClone(), ["resource_metadata"] = metadata }.ToJsonString(Compact);
    }

    public static JsonObject? Spec(string? text) => text is null ? null : JsonNode.Parse(text)?["spec"] as JsonObject;

    public static bool FirstDeployment(string text) => JsonNode.Parse(text)?["resource_metadata"]?["firstDeployment"]?.GetValue<bool>() ?? false;

    public static JsonObject Full(JsonObject spec, OperatorVersion version, bool sessionJob)
    {
        var full = new JsonObject { ["job"] = Job(spec["job"] as JsonObject, version) };
        Copy(spec, full, "restartNonce", "flinkConfiguration");
        if (sessionJob)
        {
            Copy(spec, full, "deploymentName");
            return full;
        }
        full["flinkConfiguration"] ??= new JsonObject();
        Copy(spec, full, "image", "imagePullPolicy", "serviceAccount", "flinkVersion", "ingress", "podTemplate");
        full["jobManager"] = Process(spec["jobManager"] as JsonObject, version, 1);
        full["taskManager"] = Process(spec["taskManager"] as JsonObject, version, null);
        Copy(spec, full, "logConfiguration", "mode");
        return full;
    }

    private static JsonObject? Job(JsonObject? job, OperatorVersion version)
    {
        if (job is null) return null;
        var full = new JsonObject();
        Copy(job, full, "jarURI");
        full["parallelism"] = job["parallelism"]?.DeepClone() ?? 0;
        Copy(job, full, "entryClass");
        full["args"] = job["args"]?.DeepClone() ?? new JsonArray();
        full["state"] = job["state"]?.DeepClone() ?? "running";
        Copy(job, full, "savepointTriggerNonce", "initialSavepointPath", "checkpointTriggerNonce");
        full["upgradeMode"] = job["upgradeMode"]?.DeepClone() ?? "stateless";
        Copy(job, full, "allowNonRestoredState");
        if (version.IsNewest) Copy(job, full, "savepointRedeployNonce", "autoscalerResetNonce");
        return full;
    }

    private static JsonObject? Process(JsonObject? process, OperatorVersion version, int? replicas)
    {
        if (process is null) return null;
        var full = new JsonObject { ["resource"] = null };
        if (process["resource"] is JsonObject resource)
        {
            var amounts = new JsonObject();
            Copy(resource, amounts, "cpu", "memory", "ephemeralStorage");
            full["resource"] = amounts;
        }
        if (version.IsNewest) Copy(process, full, "resources");
        full["replicas"] = process["replicas"]?.DeepClone() ?? replicas;
        Copy(process, full, "podTemplate");
        return full;
    }

    private static void Copy(JsonObject from, JsonObject to, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields) to[field] = from[field]?.DeepClone();
    }
}
