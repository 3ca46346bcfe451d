using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>A pipeline as the API shows it. What is not known is null, never zero.</summary>
public sealed record PipelineView(
    string Cluster,
    string Namespace,
    string Name,
    FlinkResource Resource,
    string? Team,
    bool Registered,
    PipelineKind Kind,
    SyncState Sync,
    HealthState Health,
    PipelinePhase Phase,
    string? Cause,
    int? Revision,
    string? Image,
    string? FlinkVersion,
    int? Parallelism,
    string? JobId,
    string? JobState,
    string? LifecycleState,
    DateTimeOffset? LastCheckpointAt,
    long? Restarts,
    DateTimeOffset? SampledAt,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? StaleSince,
    string Uid,
    string ResourceVersion,
    ActiveOperation? Operation,
    PipelineTier Tier,
    GitSource? Git)
{
    public static PipelineView Of(PipelineRow row) => new(
        row.Key.Cluster, row.Key.Namespace, row.Key.Name, row.Key.Resource, row.Team, row.Registered, row.Kind,
        row.State.Sync, row.State.Health, row.State.Phase, row.State.Cause, row.Revision,
        row.Resource.Image, row.Resource.FlinkVersion, row.Resource.Parallelism, row.Resource.JobId, row.Resource.JobState, row.Resource.LifecycleState,
        row.LastCheckpointAt, row.Restarts, row.SampledAt, row.Resource.CreatedAt, row.StaleSince, row.Resource.Uid, row.Resource.ResourceVersion, row.Operation, row.Tier, row.Git);
}

/// <summary>Finds the row of an address and what belongs to it, or says that there is none.</summary>
internal static class FleetLookup
{
    public static PipelineRow Row(this IFleet fleet, PipelineAddress address)
    {
        var key = address.Key;
        return fleet.Current.Rows.TryGetValue(key, out var row)
            ? row
            : throw new NoSuchPipelineException(fleet.Current.Clusters.ContainsKey(key.Cluster)
                ? $"There is no {key} now. It may have been deleted, or the cluster was not read yet."
                : $"No cluster named {key.Cluster} is connected. The connected ones are: {string.Join(", ", fleet.Current.Clusters.Keys.Order(StringComparer.Ordinal))}.", key);
    }

    public static IJobManager JobManager(this IJobManagers managers, PipelineRow row) => managers.Of(row.Key, row.Resource.DeploymentName ?? row.Key.Name);

    public static string JobId(this PipelineRow row) => row.Resource.JobId
        ?? throw new NoSuchPipelineException($"{row.Key} has no job now: the operator has not reported one. Its state is {row.State.Health}{(row.State.Cause is { } cause ? ": " + cause : "")}.");
}

/// <summary>An address at which nothing is now.</summary>
public sealed class NoSuchPipelineException(string message, PipelineKey? key = null) : Exception(message)
{
    /// <summary>The address, where a pipeline may have been there before.</summary>
    public PipelineKey? Key { get; } = key;
}
