using System.Text.Json.Nodes;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Planning;

/// <summary>
/// The spec that the operator compares a new one with: what it last deployed, which differs from the resource's own spec while a change waits or was refused.
/// It holds no changes that the operator only takes note of; those are filled in from the resource.
/// </summary>
internal static class DeployedSpec
{
    /// <summary>Set by the operator into what it keeps.</summary>
    public const string Overrides = "pipeline.jobvertex-parallelism-overrides";

    private static readonly string[] NotedFields =
        ["upgradeMode", "initialSavepointPath", "allowNonRestoredState", "savepointTriggerNonce", "checkpointTriggerNonce", "autoscalerResetNonce"];

    private static readonly string[] NotedOptions = ["kubernetes.operator.", "job.autoscaler.", "parallelism.default"];

    /// <summary>The spec that is deployed, or the resource's own where the operator tells none.</summary>
    public static JsonObject Of(FlinkObject seen)
    {
        // A spec of which only the job's state is kept is no spec to compare with.
        if (seen.ReconciledSpec is not { } reconciled || reconciled.All(p => p.Key == "job" || p.Value is null)) return (JsonObject)seen.Spec.DeepClone();
        var deployed = (JsonObject)reconciled.DeepClone();
        if (deployed["job"] is JsonObject job && seen.Spec["job"] is JsonObject own)
        {
            foreach (var field in NotedFields) job[field] = own[field]?.DeepClone();
            // Between stop and start it reads suspended; what counts is what the resource asks for.
            if (!seen.IsSuspended && seen.WantsRunning) job["state"] = "running";
        }
        deployed["flinkConfiguration"] = Options(deployed, seen.Spec);
        return deployed;
    }

    /// <summary>True for an option that the operator takes note of without a restart.</summary>
    public static bool IsNoted(string option) => NotedOptions.Any(p => option.StartsWith(p, StringComparison.Ordinal));

    private static JsonObject Options(JsonObject deployed, JsonObject own)
    {
        var (was, now) = (FlinkConfiguration.Flatten(deployed["flinkConfiguration"]), FlinkConfiguration.Flatten(own["flinkConfiguration"]));
        // The autoscaler writes its overrides into what is deployed, and into every new spec before it is compared.
        var scaled = now.GetValueOrDefault("job.autoscaler.enabled") == "true" && !now.ContainsKey(Overrides);
        return FlinkConfiguration.ToJson(was.Where(o => !IsNoted(o.Key) && !(scaled && o.Key == Overrides)).Concat(now.Where(o => IsNoted(o.Key))));
    }
}
