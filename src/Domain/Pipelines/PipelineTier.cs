namespace Sluice.Domain.Pipelines;

/// <summary>How much depends on a pipeline, and so how much care a change of it needs.</summary>
public enum PipelineTier
{
    /// <summary>Changes start at once.</summary>
    Standard,

    /// <summary>A change of the job needs a reason, and somebody else who approves it.</summary>
    Critical,

    /// <summary>As standard; freeze windows can leave it alone.</summary>
    Experimental,
}

/// <summary>Where a pipeline's manifest is kept, where that is not here.</summary>
/// <param name="Repository">As people know it, for example <c>https://git.example.org/flink/jobs</c>.</param>
/// <param name="Path">The file in it, for example <c>orders/order-totals.yaml</c>.</param>
public sealed record GitSource(string Repository, string Path);

/// <summary>One person wants a critical pipeline to be critical no more; another one has to agree.</summary>
/// <param name="Tier">The tier that is wanted.</param>
/// <param name="By">Who wants it.</param>
/// <param name="At">Since when.</param>
/// <param name="Reason">Why.</param>
public sealed record TierProposal(PipelineTier Tier, string By, DateTimeOffset At, string Reason);
