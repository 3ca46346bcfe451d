namespace Sluice.Domain.Operations.Bulk;

/// <summary>Why a run is refused.</summary>
public enum BulkRefusal
{
    /// <summary>A value is not allowed.</summary>
    Invalid,

    /// <summary>There is no such run.</summary>
    Unknown,

    /// <summary>The run's state does not allow it now.</summary>
    State,
}

/// <summary>One value that is not allowed.</summary>
/// <param name="Field">Which, as in the API.</param>
/// <param name="Message">What is wrong, and what is allowed.</param>
public sealed record BulkProblem(string Field, string Message);

/// <summary>A run was refused; nothing was changed.</summary>
public sealed class BulkRefusedException(BulkRefusal reason, string message, IReadOnlyList<BulkProblem>? problems = null) : Exception(message)
{
    /// <summary>Why.</summary>
    public BulkRefusal Reason { get; } = reason;

    /// <summary>The values that are not allowed.</summary>
    public IReadOnlyList<BulkProblem> Problems { get; } = problems ?? [];
}
