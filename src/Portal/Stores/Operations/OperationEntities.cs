using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores.Operations;

public sealed class OperationEntity
{
    public Guid Id { get; set; }

    public OperationKind Kind { get; set; }

    public required string Cluster { get; set; }

    public required string Namespace { get; set; }

    public required string Name { get; set; }

    public FlinkResource Resource { get; set; }

    public required string Actor { get; set; }

    public string Reason { get; set; } = "";

    public string Parameters { get; set; } = "{}";

    public OperationState State { get; set; }

    public string Message { get; set; } = "";

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The replica that works on it, until <see cref="LeaseUntil"/>.</summary>
    public string? Holder { get; set; }

    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Grows with every takeover; a write that names an older one must change no row.</summary>
    public long Fence { get; set; }

    public bool CancelRequested { get; set; }

    /// <summary>The caller's own key of the request: the same key starts the operation once.</summary>
    public string? IdempotencyKey { get; set; }

    /// <summary>What was planned, as JSON.</summary>
    public string? Plan { get; set; }

    /// <summary>What really happened, as JSON; written together with the end.</summary>
    public string? Outcome { get; set; }

    /// <summary>When it joined those that wait for their turn.</summary>
    public DateTimeOffset? QueuedAt { get; set; }

    /// <summary>What held it up or was waived for it, as JSON.</summary>
    public string? Guards { get; set; }

    /// <summary>What was asked for, as JSON, until it begins.</summary>
    public string? Request { get; set; }

    public List<OperationStepEntity> Steps { get; } = [];
}

public sealed class OperationStepEntity
{
    public Guid OperationId { get; set; }

    public int Index { get; set; }

    public required string Name { get; set; }

    public required string Title { get; set; }

    public StepState State { get; set; }

    public string Message { get; set; } = "";

    public int Attempts { get; set; }

    public string Data { get; set; } = "{}";

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public DateTimeOffset? Deadline { get; set; }

    public List<OperationEvidenceEntity> Evidence { get; } = [];
}

public sealed class OperationEvidenceEntity
{
    /// <summary>Grows in the order of writing.</summary>
    public long Id { get; set; }

    public Guid OperationId { get; set; }

    public int StepIndex { get; set; }

    public DateTimeOffset At { get; set; }

    public required string Source { get; set; }

    public required string Text { get; set; }
}
