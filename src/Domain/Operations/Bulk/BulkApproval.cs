using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>One operation of a run that waits for a second person, with what it would do.</summary>
/// <param name="Operation">Its identity.</param>
/// <param name="Pipeline">To which pipeline.</param>
/// <param name="Wave">The pipeline's wave.</param>
/// <param name="Effect">What becomes of the job; null where that is not known.</param>
/// <param name="Lost">What is lost for good.</param>
/// <param name="ExpiresAt">Until when it can be approved.</param>
public sealed record BulkApproval(Guid Operation, PipelineKey Pipeline, int Wave, JobEffect? Effect, IReadOnlyList<string> Lost, DateTimeOffset ExpiresAt);

/// <summary>What became of a decision about several operations of a run.</summary>
/// <param name="Approved">True where they were approved, false where declined.</param>
/// <param name="Decided">The operations that were decided about.</param>
/// <param name="Left">Those that were not, each with the reason.</param>
public sealed record BulkDecision(bool Approved, IReadOnlyList<Guid> Decided, IReadOnlyList<BulkUndecided> Left);

/// <summary>An operation that could not be decided about.</summary>
/// <param name="Operation">Its identity.</param>
/// <param name="Why">Why.</param>
public sealed record BulkUndecided(Guid Operation, string Why);
