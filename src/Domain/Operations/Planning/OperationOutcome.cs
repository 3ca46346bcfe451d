namespace Sluice.Domain.Operations.Planning;

/// <summary>What really happened, found out when the operation ended and recorded together with its end.</summary>
/// <param name="At">When it was found out.</param>
/// <param name="Effect">What became of the job; null where it could not be found out.</param>
/// <param name="OperatorTerms">The words of the operator's <c>SpecChanged</c> events since the plan, each once; null where events could not be read.</param>
/// <param name="OperatorSaid">The newest such event whole; null where there was none.</param>
/// <param name="Mode">How the operator stopped the job and restored it: the mode that it noted itself; null where it did not.</param>
/// <param name="Pause">From stop to RUNNING, or from the request to RUNNING for a job that did not run; null where nothing started or it could not be measured.</param>
/// <param name="PauseFrom">How that was measured.</param>
/// <param name="RestoredFrom">The snapshot that the JobManager says the job was restored from; null where none or not known.</param>
/// <param name="Replayed">Records read a second time; null where it cannot be told.</param>
/// <param name="Rate">Records per second at the end, null where not known: what <see cref="OperationPrediction.HighestRate"/> is made of.</param>
/// <param name="Disagreements">Where it differs from what was predicted, in words; empty where it agrees.</param>
public sealed record OperationOutcome(
    DateTimeOffset At,
    JobEffect? Effect,
    IReadOnlyList<string>? OperatorTerms,
    string? OperatorSaid,
    string? Mode,
    TimeSpan? Pause,
    string? PauseFrom,
    string? RestoredFrom,
    double? Replayed,
    double? Rate,
    IReadOnlyList<string> Disagreements)
{
    /// <summary>Scale: how each vertex came out; null for other kinds, and where the JobManager does not tell.</summary>
    public IReadOnlyList<VertexOutcome>? Vertices { get; init; }

    /// <summary>Why nothing could be found out; null where it could.</summary>
    public string? Problem { get; init; }

    /// <summary>An outcome of which nothing is known.</summary>
    public static OperationOutcome Unknown(DateTimeOffset at, string problem) => new(at, null, null, null, null, null, null, null, null, null, []) { Problem = problem };
}

/// <summary>One operation that ended, as estimates need it.</summary>
/// <param name="Kind">What it did.</param>
/// <param name="Pipeline">To which pipeline.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Outcome">What happened.</param>
public sealed record PastOutcome(OperationKind Kind, Pipelines.PipelineKey Pipeline, DateTimeOffset EndedAt, OperationOutcome Outcome);
