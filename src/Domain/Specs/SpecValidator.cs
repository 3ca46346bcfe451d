using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>What a manifest is checked against. Only the manifest is needed; each further part makes the check more exact.</summary>
/// <param name="Manifest">What would be sent.</param>
public sealed record SpecValidationInput(JsonObject Manifest)
{
    /// <summary>The <c>openAPIV3Schema</c> of the installed CRD of the manifest's kind.</summary>
    public JsonObject? Schema { get; init; }

    /// <summary>The custom resource as it is on the cluster, with its status; for the rules that compare.</summary>
    public JsonObject? Previous { get; init; }

    /// <summary>The operator's own default options for this namespace and Flink version, where they are known.</summary>
    public IReadOnlyDictionary<string, string?> OperatorDefaults { get; init; } = new Dictionary<string, string?>();

    /// <summary>For a FlinkSessionJob: the FlinkDeployment that it names, where it is known.</summary>
    public JsonObject? SessionCluster { get; init; }

    /// <summary>For a FlinkStateSnapshot: whether the job that it names exists; null where that is not known.</summary>
    public bool? TargetExists { get; init; }

    /// <summary>URI schemes from which the operator fetches the jar of a FlinkSessionJob.</summary>
    public IReadOnlyList<string> JarSchemes { get; init; } = ["https"];

    /// <summary>Values of the text that other readers of YAML take differently.</summary>
    public IReadOnlyList<AmbiguousScalar> Ambiguous { get; init; } = [];
}

/// <summary>Checks a manifest: schema, the operator's rules, Kubernetes' names and Sluice's own advice. Pure; takes a few milliseconds, so it can run as someone types.</summary>
public static class SpecValidator
{
    /// <summary>How many problems are told at most; whoever has more has one cause.</summary>
    public const int MaxProblems = 200;

    /// <summary>All problems, errors first, each path and message once.</summary>
    public static IReadOnlyList<SpecProblem> Validate(SpecValidationInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var context = new SpecContext(input);
        var problems = new List<SpecProblem>();
        if (input.Schema is { } schema) problems.AddRange(SchemaValidator.Validate(input.Manifest, schema));
        foreach (var rule in RulesFor(context.Kind))
        {
            problems.AddRange(rule.Check(context));
            if (problems.Count > MaxProblems * 2) break;
        }
        return [.. problems.DistinctBy(p => (p.Path, p.Message)).OrderByDescending(p => p.Severity).Take(MaxProblems)];
    }

    /// <summary>The rules that count for a kind.</summary>
    internal static IEnumerable<SpecRule> RulesFor(string kind) => kind switch
    {
        "FlinkDeployment" => [.. NameRules.All, .. DeploymentRules.All, .. StateRules.All, .. ResourceRules.All, .. ChangeRules.All, .. AutoscalerRules.All, .. CautionRules.All],
        "FlinkSessionJob" => [.. NameRules.All, .. SessionJobRules.All, .. StateRules.All, .. AutoscalerRules.All, .. CautionRules.All],
        "FlinkStateSnapshot" => [.. NameRules.All, .. SnapshotRules.All],
        _ => NameRules.All,
    };
}

/// <summary>One rule with a name for tests and messages.</summary>
internal sealed record SpecRule(string Name, Func<SpecContext, IEnumerable<SpecProblem>> Check);
