using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Guards;

/// <summary>A time in which nothing of a job is changed. What it names of cluster, team and tier has to fit all together; what names none of them is for the whole platform.</summary>
public sealed record FreezeWindow
{
    /// <summary>Its identity.</summary>
    public required Guid Id { get; init; }

    /// <summary>As refusals name it.</summary>
    public required string Name { get; init; }

    /// <summary>Why it is there.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Only on this cluster.</summary>
    public string? Cluster { get; init; }

    /// <summary>Only pipelines of this team.</summary>
    public string? Team { get; init; }

    /// <summary>Only pipelines of this tier.</summary>
    public PipelineTier? Tier { get; init; }

    /// <summary>When it applies.</summary>
    public required FreezeTimes Times { get; init; }

    /// <summary>Who may lift it, in words: there are no roles that Sluice could ask.</summary>
    public string MayLift { get; init; } = "";

    /// <summary>True where an operation may pass over it with a reason.</summary>
    public bool MayPass { get; init; }

    /// <summary>From 1; grows with every change.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who changed it last.</summary>
    public required string UpdatedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Who ended it before its time; null where nobody did.</summary>
    public string? EndedBy { get; init; }

    /// <summary>When it was ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it was ended.</summary>
    public string EndedWhy { get; init; } = "";

    /// <summary>True where it is for a pipeline of this address, team and tier.</summary>
    public bool IsFor(string cluster, string? team, PipelineTier tier) =>
        (Cluster is null || Cluster == cluster) && (Team is null || Team == team) && (Tier is null || Tier == tier);

    /// <summary>What it tells at that moment; null where it does not apply then.</summary>
    public FreezeNotice? NoticeAt(DateTimeOffset now) => EndedAt is null && Times.At(now) is { } span ? new FreezeNotice(Id, Name, Reason, span.Until.ToUniversalTime(), MayLift, MayPass) : null;
}

/// <summary>What someone wants a freeze window to be.</summary>
/// <param name="Name">As refusals name it.</param>
/// <param name="Times">When it applies.</param>
/// <param name="Reason">Why it is there.</param>
/// <param name="Cluster">Only on this cluster.</param>
/// <param name="Team">Only pipelines of this team.</param>
/// <param name="Tier">Only pipelines of this tier.</param>
/// <param name="MayLift">Who may lift it, in words.</param>
/// <param name="MayPass">True where an operation may pass over it with a reason.</param>
public sealed record FreezeDraft(string Name, FreezeTimes Times, string Reason = "", string? Cluster = null, string? Team = null, PipelineTier? Tier = null, string MayLift = "", bool MayPass = false);

/// <summary>The durable record of freeze windows.</summary>
public interface IFreezeStore
{
    /// <summary>All, those that were ended included, the newest first.</summary>
    Task<IReadOnlyList<FreezeWindow>> AllAsync(CancellationToken cancellationToken);

    /// <summary>Records a new one.</summary>
    Task AddAsync(FreezeWindow window, CancellationToken cancellationToken);

    /// <summary>Replaces one if it still has the version before the given one. False where it has another.</summary>
    Task<bool> ChangeAsync(FreezeWindow window, CancellationToken cancellationToken);
}

/// <summary>Why a freeze window cannot be as it is wanted.</summary>
public sealed class FreezeRefusedException(string message, FreezeRefusal reason, IReadOnlyList<(string Field, string Message)>? problems = null) : Exception(message)
{
    /// <summary>What is the matter.</summary>
    public FreezeRefusal Reason { get; } = reason;

    /// <summary>By field.</summary>
    public IReadOnlyList<(string Field, string Message)> Problems { get; } = problems ?? [];
}

/// <summary>The kinds of such refusals.</summary>
public enum FreezeRefusal
{
    /// <summary>There is none of that id.</summary>
    Unknown,

    /// <summary>Something in it cannot be.</summary>
    Invalid,

    /// <summary>Somebody else changed it, or it has ended.</summary>
    Changed,
}
