using Sluice.Domain.Clusters;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores;

/// <summary>A cluster that is or was configured: history names it.</summary>
public sealed class ClusterEntity
{
    public required string Name { get; set; }

    public JobManagerAccess Access { get; set; }

    public bool Enabled { get; set; }

    public DateTimeOffset FirstSeenAt { get; set; }

    /// <summary>As JSON, where it was connected over the API or the pages.</summary>
    public string? Settings { get; set; }

    /// <summary>What was handed over to sign in with, sealed.</summary>
    public string? Credentials { get; set; }

    /// <summary>Disabled here, where the configuration names it.</summary>
    public bool Disabled { get; set; }
}

public sealed class TeamEntity
{
    public required string Name { get; set; }

    public required string DisplayName { get; set; }

    public List<TeamNamespaceEntity> Namespaces { get; } = [];
}

/// <summary>A namespace belongs to one team: the key is the namespace.</summary>
public sealed class TeamNamespaceEntity
{
    public required string Cluster { get; set; }

    public required string Namespace { get; set; }

    public required string Team { get; set; }
}

public sealed class PipelineEntity
{
    public Guid Id { get; set; }

    public required string Cluster { get; set; }

    public required string Namespace { get; set; }

    public required string Name { get; set; }

    public FlinkResource Resource { get; set; }

    public required string Team { get; set; }

    public PipelineKind Kind { get; set; }

    public bool Adopted { get; set; }

    public required string CreatedBy { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public PipelineTier Tier { get; set; }

    /// <summary>Another tier that somebody wants and a second person has to agree to, as JSON.</summary>
    public string? TierProposal { get; set; }

    public string? GitRepository { get; set; }

    public string? GitPath { get; set; }

    /// <summary>Set when its resource was deleted; the address is free again then.</summary>
    public DateTimeOffset? RetiredAt { get; set; }
}

public sealed class RevisionEntity
{
    public Guid PipelineId { get; set; }

    public int Number { get; set; }

    public required string Manifest { get; set; }

    public required string Author { get; set; }

    public required string Reason { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public Guid? OperationId { get; set; }
}

/// <summary>What someone typed and has not sent.</summary>
public sealed class DraftEntity
{
    public required string Owner { get; set; }

    public required string Name { get; set; }

    public required string Content { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>An address that a pipeline had before it moved.</summary>
public sealed class PipelineAddressEntity
{
    public Guid PipelineId { get; set; }

    public required string Cluster { get; set; }

    public required string Namespace { get; set; }

    public required string Name { get; set; }

    public FlinkResource Resource { get; set; }

    public DateTimeOffset Until { get; set; }
}

/// <summary>A saved view; of a team where it names one, else of its owner alone.</summary>
public sealed class SavedViewEntity
{
    public Guid Id { get; set; }

    public required string Name { get; set; }

    /// <summary>Equal for names that people would take for the same.</summary>
    public required string NameKey { get; set; }

    public required string Owner { get; set; }

    public string? Team { get; set; }

    public required string Query { get; set; }

    public int Version { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public required string UpdatedBy { get; set; }
}

/// <summary>Which view a person sees first.</summary>
public sealed class ViewDefaultEntity
{
    public required string Owner { get; set; }

    public Guid ViewId { get; set; }
}

/// <summary>A key of ASP.NET's data protection, so that sign-ins survive restarts and are valid on every replica.</summary>
public sealed class ProtectionKeyEntity
{
    public required string Name { get; set; }

    public required string Xml { get; set; }
}
