using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Diagnosis;

/// <summary>
/// Makes a verdict of what was read. Pure. Causes are tried from the outside in: what keeps pods from existing, from starting, from staying alive,
/// then the program, then its checkpoints; the first that fits is the headline, because it explains those behind it.
/// </summary>
public static class Diagnostician
{
    /// <summary>The verdict.</summary>
    public static Verdict Judge(DiagnosisInput input)
    {
        var finding = OperatorFindings.Find(input) ?? PodFindings.Find(input) ?? JobFindings.Find(input) ?? JobFindings.Otherwise(input);
        return new Verdict(
            finding.Health, EvidenceList.FirstLine(finding.Headline), EvidenceList.Trim(finding.Explanation), EvidenceList.Of(input),
            finding.Action is null ? null : EvidenceList.Trim(finding.Action), [.. input.Gaps.Select(EvidenceList.Trim)]);
    }
}

/// <summary>The part of a verdict that a rule gives.</summary>
internal sealed record Finding(HealthState Health, string Headline, string Explanation = "", string? Action = null);
