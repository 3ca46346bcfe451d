namespace Sluice.Domain.Specs;

/// <summary>How much a problem matters.</summary>
public enum ProblemSeverity
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>Would be accepted, and probably is not what was meant.</summary>
    Caution,

    /// <summary>Would be refused.</summary>
    Error,
}

/// <summary>Where the rule comes from that a problem breaks.</summary>
public static class RuleSource
{
    /// <summary>The schema of the installed custom resource definition.</summary>
    public const string Schema = "CRD schema";

    /// <summary>Kubernetes' rules for names, labels and annotations.</summary>
    public const string KubernetesName = "Kubernetes name";

    /// <summary>Sluice's own advice.</summary>
    public const string Sluice = "Sluice";

    /// <summary>The organisation's enforced defaults.</summary>
    public const string Organisation = "organisation";

    /// <summary>A numbered rule of the operator's validator.</summary>
    public static string Operator(string rule) => "operator rule " + rule;
}

/// <summary>One thing that is wrong, or may be, with a manifest.</summary>
/// <param name="Path">Where (<see cref="SpecPath"/>); leads to the line and to the form's field.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">What is wrong, with the value and what is allowed.</param>
/// <param name="Fix">What to do; may be empty.</param>
/// <param name="Source">Whose rule it is (<see cref="RuleSource"/>).</param>
/// <param name="Original">The operator's own words for it, to search for; null where it has none.</param>
public sealed record SpecProblem(string Path, ProblemSeverity Severity, string Message, string Fix, string Source, string? Original = null);
