using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores.Guards;

/// <summary>A freeze window; what it names of cluster, team and tier has to fit all together.</summary>
public sealed class FreezeWindowEntity
{
    public Guid Id { get; set; }

    public required string Name { get; set; }

    public required string Reason { get; set; }

    public string? Cluster { get; set; }

    public string? Team { get; set; }

    public PipelineTier? Tier { get; set; }

    /// <summary>When it applies, as JSON.</summary>
    public required string Times { get; set; }

    /// <summary>Who may lift it, in words.</summary>
    public required string MayLift { get; set; }

    /// <summary>An operation may pass over it with a reason.</summary>
    public bool MayPass { get; set; }

    public int Version { get; set; }

    public required string CreatedBy { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public required string UpdatedBy { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public string? EndedBy { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public string EndedWhy { get; set; } = "";
}
