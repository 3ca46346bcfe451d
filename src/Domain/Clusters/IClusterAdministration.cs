using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Clusters;

/// <summary>Adds, changes, disables and removes clusters, on every replica. Refusals name the field and what is allowed there.</summary>
public interface IClusterAdministration
{
    /// <summary>True for a cluster that the configuration names: it is changed there; here it can only be disabled and enabled.</summary>
    bool IsConfigured(string cluster);

    /// <summary>Tries settings without keeping them. Problems of the settings themselves are refused, those of the cluster are in the answer.</summary>
    /// <exception cref="ClusterRefusedException">Where the settings cannot be right.</exception>
    Task<ClusterTest> TestAsync(ClusterDraft draft, CancellationToken cancellationToken);

    /// <summary>Tries a cluster as it is kept.</summary>
    /// <exception cref="ClusterRefusedException">Where there is none of that name.</exception>
    Task<ClusterTest> TestAsync(string cluster, CancellationToken cancellationToken);

    /// <summary>Adds a cluster.</summary>
    /// <exception cref="ClusterRefusedException">Where the name is taken or the settings cannot be right.</exception>
    Task AddAsync(ClusterDraft draft, CancellationToken cancellationToken);

    /// <summary>Changes a cluster; its name stays.</summary>
    /// <exception cref="ClusterRefusedException">Where there is none, the configuration names it, or the settings cannot be right.</exception>
    Task ChangeAsync(ClusterDraft draft, CancellationToken cancellationToken);

    /// <summary>Disables a cluster, so that nothing is watched and nothing is sent, or enables it again.</summary>
    /// <exception cref="ClusterRefusedException">Where there is none of that name.</exception>
    Task EnableAsync(string cluster, bool enabled, CancellationToken cancellationToken);

    /// <summary>Disconnects a cluster and forgets its settings and credentials. Nothing on the cluster changes.</summary>
    /// <exception cref="ClusterRefusedException">Where there is none, or the configuration names it.</exception>
    Task RemoveAsync(string cluster, CancellationToken cancellationToken);

    /// <summary>What is lost, or stands still, without a cluster.</summary>
    Task<ClusterUse> UseAsync(string cluster, CancellationToken cancellationToken);
}

/// <summary>What depends on a cluster.</summary>
/// <param name="Watched">Pipelines in the list now.</param>
/// <param name="Registered">Pipelines that a team registered.</param>
/// <param name="Namespaces">Namespaces that teams own there.</param>
/// <param name="Operations">The pipelines with an operation under way.</param>
public sealed record ClusterUse(int Watched, int Registered, int Namespaces, IReadOnlyList<PipelineKey> Operations);

/// <summary>Why a change of a cluster was refused.</summary>
public enum ClusterRefusal
{
    /// <summary>The settings cannot be right.</summary>
    Invalid,

    /// <summary>There is a cluster of that name.</summary>
    Taken,

    /// <summary>The configuration names it.</summary>
    Configured,

    /// <summary>There is no cluster of that name.</summary>
    Unknown,
}

/// <summary>A change of a cluster that was refused; nothing was changed.</summary>
/// <param name="refusal">Why.</param>
/// <param name="problems">Field by field.</param>
public sealed class ClusterRefusedException(ClusterRefusal refusal, IReadOnlyList<ClusterProblem> problems) : Exception(string.Join(" ", problems.Select(static p => p.Message)))
{
    /// <summary>Why.</summary>
    public ClusterRefusal Refusal { get; } = refusal;

    /// <summary>Field by field.</summary>
    public IReadOnlyList<ClusterProblem> Problems { get; } = problems;
}
