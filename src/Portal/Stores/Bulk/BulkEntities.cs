using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores.Bulk;

public sealed class BulkRunEntity
{
    public Guid Id { get; set; }

    public OperationKind Kind { get; set; }

    /// <summary>The order as JSON.</summary>
    public string Order { get; set; } = "{}";

    public int Pipelines { get; set; }

    public BulkState State { get; set; }

    public string Message { get; set; } = "";

    public required string Actor { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public int Wave { get; set; }

    public DateTimeOffset? WaveEndedAt { get; set; }

    public bool WaveChecked { get; set; }

    /// <summary>Grows with every takeover; a write that names an older one must change no row.</summary>
    public long Fence { get; set; }

    public List<BulkItemEntity> Items { get; } = [];
}

public sealed class BulkItemEntity
{
    public Guid BulkId { get; set; }

    public int Index { get; set; }

    public required string Cluster { get; set; }

    public required string Namespace { get; set; }

    public required string Name { get; set; }

    public FlinkResource Resource { get; set; }

    public string? Team { get; set; }

    public int Wave { get; set; }

    public BulkItemState State { get; set; }

    public Guid? OperationId { get; set; }

    public int Attempt { get; set; }

    public long? Generation { get; set; }

    public string Message { get; set; } = "";

    public bool Excused { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }
}
