using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>
/// Puts rows that are in the order of their addresses into the order of any columns, as <see cref="FleetOrder"/> does, but by numbers instead of comparing rows:
/// each column becomes a number, and the columns are sorted one after the other, the last one first.
/// </summary>
public static class FleetSorter
{
    private const long Missing = long.MaxValue;
    private const int FewValues = 1024;

    public static PipelineRow[] Sort(ReadOnlySpan<PipelineRow> byAddress, IReadOnlyList<FleetSortKey> keys)
    {
        var order = new int[byAddress.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var values = new long[byAddress.Length];
        for (var k = keys.Count - 1; k >= 0; k--)
        {
            Read(byAddress, keys[k].Column, values);
            if (keys[k].Descending)
                foreach (ref var value in values.AsSpan())
                    if (value != Missing) value = -value;
            order = Sort(values, order);
        }

        var sorted = new PipelineRow[order.Length];
        for (var i = 0; i < order.Length; i++) sorted[i] = byAddress[order[i]];
        return sorted;
    }

    private static int[] Sort(long[] values, int[] order)
    {
        var (least, most) = (long.MaxValue, long.MinValue);
        foreach (var value in values)
        {
            if (value == Missing) continue;
            least = Math.Min(least, value);
            most = Math.Max(most, value);
        }

        if (least > most) return order;
        if (most - least is >= 0 and < FewValues) return Count(values, order, least, (int)(most - least) + 1);
        var items = new Item[order.Length];
        for (var i = 0; i < items.Length; i++) items[i] = new Item(values[order[i]], i, order[i]);
        Array.Sort(items);
        return Array.ConvertAll(items, static item => item.Row);
    }

    private static int[] Count(long[] values, int[] order, long least, int many)
    {
        // One place more for those that have no value.
        var starts = new int[many + 2];
        foreach (var value in values) starts[Place(value) + 1]++;
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        var sorted = new int[order.Length];
        foreach (var row in order) sorted[starts[Place(values[row])]++] = row;
        return sorted;

        int Place(long value) => value == Missing ? many : (int)(value - least);
    }

    private static void Read(ReadOnlySpan<PipelineRow> rows, FleetColumn column, long[] values)
    {
        switch (column)
        {
            case FleetColumn.Name:
                if (values.Length > 0) values[0] = 0;
                for (var i = 1; i < rows.Length; i++)
                    values[i] = values[i - 1] + (rows[i].Key.Name == rows[i - 1].Key.Name && rows[i].Key.Namespace == rows[i - 1].Key.Namespace ? 0 : 1);
                break;
            case FleetColumn.Team or FleetColumn.Cluster or FleetColumn.Flink:
                ReadTexts(rows, column, values);
                break;
            default:
                for (var i = 0; i < rows.Length; i++) values[i] = Number(column, rows[i]);
                break;
        }
    }

    private static void ReadTexts(ReadOnlySpan<PipelineRow> rows, FleetColumn column, long[] values)
    {
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var row in rows)
            if (Text(column, row) is { } text) places.TryAdd(text, 0);
        var place = 0L;
        foreach (var text in places.Keys.Order(StringComparer.Ordinal).ToList()) places[text] = place++;
        for (var i = 0; i < rows.Length; i++) values[i] = Text(column, rows[i]) is { } text ? places[text] : Missing;
    }

    private static string? Text(FleetColumn column, PipelineRow row) => column switch
    {
        FleetColumn.Team => row.Team,
        FleetColumn.Cluster => row.Key.Cluster,
        _ => row.Resource.FlinkVersion,
    };

    private static long Number(FleetColumn column, PipelineRow row) => column switch
    {
        FleetColumn.Kind => (long)row.Kind,
        FleetColumn.Health => (long)FleetFacets.HealthOf(row),
        FleetColumn.Sync => (long)row.State.Sync,
        FleetColumn.Phase => (long)row.State.Phase,
        // By age: the youngest checkpoint first.
        FleetColumn.Checkpoint => row.LastCheckpointAt is { } at ? -at.UtcTicks : Missing,
        FleetColumn.Restarts => row.Restarts ?? Missing,
        FleetColumn.Parallelism => row.Resource.Parallelism ?? Missing,
        FleetColumn.Revision => row.Revision ?? Missing,
        _ => 0,
    };

    private readonly record struct Item(long Value, int Place, int Row) : IComparable<Item>
    {
        public int CompareTo(Item other) => Value != other.Value ? Value.CompareTo(other.Value) : Place.CompareTo(other.Place);
    }
}
