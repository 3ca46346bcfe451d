using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Stores.Snapshots;

public sealed class SnapshotEntity
{
    public Guid Id { get; set; }

    public Guid PipelineId { get; set; }

    public required string Path { get; set; }

    /// <summary>The path in the one spelling that all of its spellings share.</summary>
    public required string Place { get; set; }

    public SnapshotKind Kind { get; set; }

    public SnapshotOrigin Origin { get; set; }

    public string? Format { get; set; }

    public long? Size { get; set; }

    public long? DurationMs { get; set; }

    public DateTimeOffset TakenAt { get; set; }

    public string? JobId { get; set; }

    public int? Revision { get; set; }

    public bool Drained { get; set; }

    public DateTimeOffset? VerifiedAt { get; set; }

    public string? VerifiedJob { get; set; }

    public Guid? Operation { get; set; }

    public string? ObjectName { get; set; }

    public bool DisposeOnDelete { get; set; }

    public bool Listed { get; set; }

    public SnapshotState State { get; set; }

    public string? QuarantinedBy { get; set; }

    public DateTimeOffset? QuarantineUntil { get; set; }

    public string Note { get; set; } = "";

    public Guid? Disposal { get; set; }

    public int Disposals { get; set; }

    public DateTimeOffset? TryAfter { get; set; }

    public bool Held { get; set; }

    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>A pipeline's timetable and retention rule, as JSON, with the turn that comes next.</summary>
public sealed class SnapshotPolicyEntity
{
    public Guid PipelineId { get; set; }

    public int Version { get; set; }

    public string? Schedule { get; set; }

    public string? Retention { get; set; }

    public DateTimeOffset? NextPlanned { get; set; }

    public DateTimeOffset? NextBegins { get; set; }

    /// <summary>The turn that somebody took and whose outcome is not recorded.</summary>
    public DateTimeOffset? Claimed { get; set; }

    public string? LastRun { get; set; }

    public string? UpdatedBy { get; set; }

    public DateTimeOffset? UpdatedAt { get; set; }
}

/// <summary>What was last read of a pipeline.</summary>
public sealed class SnapshotMarkEntity
{
    public Guid PipelineId { get; set; }

    public required string Mark { get; set; }
}
