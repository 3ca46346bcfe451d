using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>The columns of the list, each of which it can be ordered by. Their names in lower case stand in the URL.</summary>
public enum FleetColumn
{
    Name,
    Team,
    Cluster,
    Kind,
    Health,
    Sync,
    Phase,
    Checkpoint,
    Restarts,
    Parallelism,
    Flink,
    Revision,
    Cause,
    Image,
    Started,
}

/// <summary>One key of the order.</summary>
public readonly record struct FleetSortKey(FleetColumn Column, bool Descending);

/// <summary>Orders rows by several keys, and by address where they are equal, so that the order is the same every time. A missing value comes last both ways.</summary>
public sealed class FleetOrder(IReadOnlyList<FleetSortKey> keys) : IComparer<PipelineRow>
{
    public int Compare(PipelineRow? x, PipelineRow? y)
    {
        if (ReferenceEquals(x, y)) return 0;
        if (x is null || y is null) return x is null ? 1 : -1;
        foreach (var key in keys)
        {
            var order = ByColumn(key, x, y);
            if (order != 0) return order;
        }

        return ByAddress(x.Key, y.Key);
    }

    /// <summary>True where a row would go to another place: its own values in the columns of the order changed.</summary>
    public static bool Differ(IEnumerable<FleetSortKey> keys, PipelineRow before, PipelineRow after) => keys.Any(key => key.Column switch
    {
        // Every running job's checkpoint is new all the time; an order by its age is renewed on request, not announced.
        FleetColumn.Checkpoint => (before.LastCheckpointAt is null) != (after.LastCheckpointAt is null),
        _ => ByColumn(key, before, after) != 0,
    });

    private static int ByColumn(FleetSortKey key, PipelineRow x, PipelineRow y) => key.Column switch
    {
        FleetColumn.Name => Turn(key, Text(x.Key.Namespace, y.Key.Namespace) is var ns and not 0 ? ns : Text(x.Key.Name, y.Key.Name)),
        FleetColumn.Team => Nullable(key, x.Team, y.Team),
        FleetColumn.Cluster => Turn(key, Text(x.Key.Cluster, y.Key.Cluster)),
        FleetColumn.Kind => Turn(key, x.Kind.CompareTo(y.Kind)),
        FleetColumn.Health => Turn(key, FleetFacets.HealthOf(x).CompareTo(FleetFacets.HealthOf(y))),
        FleetColumn.Sync => Turn(key, x.State.Sync.CompareTo(y.State.Sync)),
        FleetColumn.Phase => Turn(key, x.State.Phase.CompareTo(y.State.Phase)),
        // By age: the youngest checkpoint first.
        FleetColumn.Checkpoint => Nullable(key, y.LastCheckpointAt, x.LastCheckpointAt, swapped: true),
        FleetColumn.Restarts => Nullable(key, x.Restarts, y.Restarts),
        FleetColumn.Parallelism => Nullable(key, x.Resource.Parallelism, y.Resource.Parallelism),
        FleetColumn.Flink => Nullable(key, x.Resource.FlinkVersion, y.Resource.FlinkVersion),
        FleetColumn.Revision => Nullable(key, x.Revision, y.Revision),
        FleetColumn.Cause => Nullable(key, x.State.Cause, y.State.Cause),
        FleetColumn.Image => Nullable(key, x.Resource.Image, y.Resource.Image),
        FleetColumn.Started => Nullable(key, y.Resource.JobStartedAt, x.Resource.JobStartedAt, swapped: true),
        _ => 0,
    };

    private static int Turn(FleetSortKey key, int order) => key.Descending ? -order : order;

    private static int Text(string x, string y) => string.CompareOrdinal(x, y);

    private static int Nullable(FleetSortKey key, string? x, string? y) =>
        x is null || y is null ? (x is null).CompareTo(y is null) : Turn(key, Text(x, y));

    private static int Nullable<T>(FleetSortKey key, T? x, T? y, bool swapped = false)
        where T : struct, IComparable<T> =>
        x is null || y is null ? (swapped ? (y is null).CompareTo(x is null) : (x is null).CompareTo(y is null)) : Turn(key, x.Value.CompareTo(y.Value));

    private static int ByAddress(PipelineKey x, PipelineKey y)
    {
        var order = Text(x.Namespace, y.Namespace);
        if (order == 0) order = Text(x.Name, y.Name);
        if (order == 0) order = Text(x.Cluster, y.Cluster);
        return order == 0 ? x.Resource.CompareTo(y.Resource) : order;
    }
}
