using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>A manifest as the rules look at it.</summary>
internal sealed class SpecContext
{
    public SpecContext(SpecValidationInput input)
    {
        Input = input;
        Kind = input.Manifest.Text("kind") ?? "";
        Spec = input.Manifest.Map("spec");
        Job = Spec.Map("job");
        Own = FlinkConfiguration.Of(input.Manifest);
        var effective = new Dictionary<string, string?>(input.OperatorDefaults, StringComparer.Ordinal);
        foreach (var (key, value) in input.SessionCluster is { } cluster ? FlinkConfiguration.Of(cluster) : new Dictionary<string, string?>()) effective[key] = value;
        foreach (var (key, value) in Own) effective[key] = value;
        Options = effective;
        Deployed = input.Previous is null ? null : LastReconciled(input.Previous) ?? input.Previous.Map("spec");
    }

    public SpecValidationInput Input { get; }

    public JsonObject Manifest => Input.Manifest;

    public string Kind { get; }

    public JsonObject? Spec { get; }

    public JsonObject? Job { get; }

    /// <summary>The manifest's own options.</summary>
    public IReadOnlyDictionary<string, string?> Own { get; }

    /// <summary>The manifest's options over the operator's defaults (and the session cluster's).</summary>
    public IReadOnlyDictionary<string, string?> Options { get; }

    /// <summary>The spec that the operator last worked on; null for something new.</summary>
    public JsonObject? Deployed { get; }

    public string UpgradeMode => Job.Text("upgradeMode") ?? "stateless";

    public bool HasHighAvailability => FlinkConfiguration.Get(Options, "high-availability.type") is { } type && !type.Equals("NONE", StringComparison.OrdinalIgnoreCase);

    public string? Option(string option) => FlinkConfiguration.Get(Options, option);

    public bool IsOn(string option, bool byDefault = false) => Option(option) is { } value ? value.Equals("true", StringComparison.OrdinalIgnoreCase) : byDefault;

    /// <summary>Where an option stands in the manifest, or where it would.</summary>
    public string OptionPath(string option)
    {
        var configuration = Spec.Map("flinkConfiguration");
        foreach (var name in FlinkConfiguration.NamesOf(option))
            if (FlinkConfiguration.Locate(configuration, name) is { } place) return SpecPath.Of(["spec", "flinkConfiguration", .. place]);
        return SpecPath.Flink(option);
    }

    public static SpecProblem Refused(string rule, string path, string message, string fix, string original) => new(path, ProblemSeverity.Error, message, fix, RuleSource.Operator(rule), original);

    public static SpecProblem Advice(ProblemSeverity severity, string path, string message, string fix) => new(path, severity, message, fix, RuleSource.Sluice);

    private static JsonObject? LastReconciled(JsonObject previous)
    {
        if (previous.Map("status").Map("reconciliationStatus").Text("lastReconciledSpec") is not { Length: > 0 } text) return null;
        try
        {
            return JsonNode.Parse(text).Map("spec");
        }
        catch (JsonException)
        {
            return null; // cut or foreign: the spec of the resource itself is the next best
        }
    }
}
