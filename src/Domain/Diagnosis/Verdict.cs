using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Diagnosis;

/// <summary>What a pipeline's page says on top: how the pipeline is, why, and what to do. All texts are without secrets.</summary>
/// <param name="Health">How it is; may differ from the list's, which knows the custom resource alone.</param>
/// <param name="Headline">One sentence that names the cause, not the symptom.</param>
/// <param name="Explanation">What it means, in a sentence or two; empty where the headline says all.</param>
/// <param name="Evidence">What was seen, newest first.</param>
/// <param name="Action">What to do; null where there is nothing to do.</param>
/// <param name="Gaps">What could not be looked at, and why: with gaps the verdict is less certain.</param>
public sealed record Verdict(
    HealthState Health,
    string Headline,
    string Explanation,
    IReadOnlyList<VerdictEvidence> Evidence,
    string? Action,
    IReadOnlyList<string> Gaps);

/// <summary>One thing that was seen.</summary>
/// <param name="At">When it happened; null where the source does not say.</param>
/// <param name="State">What kind of thing: <c>ImagePullBackOff</c>, <c>FAILED</c>, <c>RUNNING</c>, …</param>
/// <param name="Text">What was seen, in the source's words.</param>
/// <param name="Source">Who says so: <c>operator</c>, <c>event</c>, <c>pod …</c>, <c>log of …</c>, <c>JobManager</c>.</param>
/// <param name="Age">How old it is; null where the source does not say.</param>
public sealed record VerdictEvidence(DateTimeOffset? At, string State, string Text, string Source, TimeSpan? Age);

/// <summary>Finds out why a pipeline is as it is.</summary>
public interface IDiagnosis
{
    /// <summary>Looks at all sources now and judges. Never fails because of a source: what cannot be read is named in <see cref="Verdict.Gaps"/>.</summary>
    Task<Verdict> JudgeAsync(PipelineRow row, CancellationToken cancellationToken);
}
