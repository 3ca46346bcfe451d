using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Guards;

/// <summary>The guard rails.</summary>
public enum GuardRule
{
    /// <summary>A critical pipeline: a reason, and somebody else who approves.</summary>
    Approval,

    /// <summary>A freeze window.</summary>
    Freeze,

    /// <summary>The manifest is kept in Git.</summary>
    Git,

    /// <summary>One active operation for each pipeline.</summary>
    OneAtATime,
}

/// <summary>What held an operation up or was waived for it.</summary>
public sealed record OperationGuards
{
    /// <summary>The approval that it needs or got; null where it needs none.</summary>
    public Approval? Approval { get; init; }

    /// <summary>The operation that it waits for; null where it waits for none.</summary>
    public Guid? After { get; init; }

    /// <summary>True where it was started alone although it needs a second person; the reason stands in the operation.</summary>
    public bool BrokeGlass { get; init; }

    /// <summary>The freeze windows that were passed over; empty where none was.</summary>
    public IReadOnlyList<PassedFreeze> PassedFreezes { get; init; } = [];

    /// <summary>True where a person took it back before it began.</summary>
    public bool TakenBack { get; init; }

    /// <summary>Go live: the word of a person that it is to be now, whatever it waits for; null where nobody said so.</summary>
    public GoAhead? GoAhead { get; init; }
}

/// <summary>A person says: now.</summary>
/// <param name="By">Who.</param>
/// <param name="At">When.</param>
/// <param name="Comment">Why; may be empty.</param>
public sealed record GoAhead(string By, DateTimeOffset At, string Comment);

/// <summary>The word of a second person.</summary>
/// <param name="Why">Why it is needed.</param>
/// <param name="ExpiresAt">Until when it can be given.</param>
public sealed record Approval(string Why, DateTimeOffset ExpiresAt)
{
    /// <summary>True where approved, false where declined, null where open.</summary>
    public bool? Approved { get; init; }

    /// <summary>Who decided.</summary>
    public string? By { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>What that person said; may be empty.</summary>
    public string Comment { get; init; } = "";
}

/// <summary>A freeze window that an operation was allowed to pass over.</summary>
/// <param name="Window">Which.</param>
/// <param name="Name">Its name then.</param>
/// <param name="Reason">Why, in the words of the person who asked.</param>
public sealed record PassedFreeze(Guid Window, string Name, string Reason);

/// <summary>What guard rails say about a plan.</summary>
/// <param name="Tier">The pipeline's tier.</param>
public sealed record PlanGuards(PipelineTier Tier)
{
    /// <summary>Why a second person has to approve it; null where none has to.</summary>
    public string? Approval { get; init; }

    /// <summary>How long that person has.</summary>
    public TimeSpan? ApprovalWithin { get; init; }

    /// <summary>True where it may be started alone, with a reason.</summary>
    public bool MayBreakGlass { get; init; }

    /// <summary>The operation that is active now; with <c>queue</c> it starts after that one.</summary>
    public Guid? Active { get; init; }

    /// <summary>How many wait before it already.</summary>
    public int Ahead { get; init; }

    /// <summary>The freeze windows that apply now.</summary>
    public IReadOnlyList<FreezeNotice> Freezes { get; init; } = [];

    /// <summary>Where the manifest is kept; null where that is here.</summary>
    public GitSource? Git { get; init; }

    /// <summary>True where only a patch can be had, for the manifest is kept in Git.</summary>
    public bool PatchOnly { get; init; }
}

/// <summary>A freeze window that applies, as a refusal tells it.</summary>
/// <param name="Window">Which.</param>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why it is there.</param>
/// <param name="Until">When it ends.</param>
/// <param name="MayLift">Who may lift it, in words.</param>
/// <param name="MayPass">True where an operation may pass over it with a reason.</param>
public sealed record FreezeNotice(Guid Window, string Name, string Reason, DateTimeOffset Until, string MayLift, bool MayPass);

/// <summary>The guard rails that are set for all pipelines.</summary>
public sealed record GuardPolicy
{
    /// <summary>How long a second person has to approve.</summary>
    public TimeSpan ApprovalWithin { get; init; } = TimeSpan.FromHours(24);

    /// <summary>True where a critical pipeline may be changed alone, with a reason.</summary>
    public bool BreakGlass { get; init; } = true;

    /// <summary>Knows the freeze windows; null where there are none.</summary>
    public FreezeService? Freezes { get; init; }

    /// <summary>How many operations of a pipeline may wait for their turn.</summary>
    public int LongestQueue { get; init; } = 10;
}
