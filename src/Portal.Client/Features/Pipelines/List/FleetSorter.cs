using System.Buffers;
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
        // In the order of their names they are already; to look would be to read each of them.
        var last = keys is [.., { Column: FleetColumn.Name, Descending: false }] ? keys.Count - 2 : keys.Count - 1;
        if (last < 0) return byAddress.ToArray();
        var length = byAddress.Length;
        // Arrays of this size go where only a full collection frees them; every letter of a search would leave some.
        var (order, next, values) = (ArrayPool<int>.Shared.Rent(length), ArrayPool<int>.Shared.Rent(length), ArrayPool<long>.Shared.Rent(length));
        for (var i = 0; i < length; i++) order[i] = i;
        for (var k = last; k >= 0; k--)
        {
            Read(byAddress, keys[k].Column, values.AsSpan(0, length));
            if (keys[k].Descending)
                foreach (ref var value in values.AsSpan(0, length))
                    if (value != Missing) value = -value;
            if (Sort(values.AsSpan(0, length), order.AsSpan(0, length), next.AsSpan(0, length))) (order, next) = (next, order);
        }

        var sorted = new PipelineRow[length];
        for (var i = 0; i < length; i++) sorted[i] = byAddress[order[i]];
        ArrayPool<int>.Shared.Return(order);
        ArrayPool<int>.Shared.Return(next);
        ArrayPool<long>.Shared.Return(values);
        return sorted;
    }

    /// <summary>False where the order is what it was: no row has a value, or they stand so already, as names do that come in the order of their addresses.</summary>
    private static bool Sort(ReadOnlySpan<long> values, ReadOnlySpan<int> order, Span<int> sorted)
    {
        var (least, most, before, inOrder) = (long.MaxValue, long.MinValue, long.MinValue, true);
        foreach (var row in order)
        {
            var value = values[row];
            inOrder &= value >= before;
            before = value;
            if (value == Missing) continue;
            least = Math.Min(least, value);
            most = Math.Max(most, value);
        }

        if (inOrder || least > most) return false;
        if (most - least is >= 0 and < FewValues)
        {
            Count(values, order, least, (int)(most - least) + 1, sorted);
            return true;
        }

        var items = ArrayPool<Item>.Shared.Rent(order.Length);
        for (var i = 0; i < order.Length; i++) items[i] = new Item(values[order[i]], i, order[i]);
        items.AsSpan(0, order.Length).Sort();
        for (var i = 0; i < order.Length; i++) sorted[i] = items[i].Row;
        ArrayPool<Item>.Shared.Return(items);
        return true;
    }

    private static void Count(ReadOnlySpan<long> values, ReadOnlySpan<int> order, long least, int many, Span<int> sorted)
    {
        // One place more for those that have no value.
        var starts = new int[many + 2];
        foreach (var value in values) starts[Place(value, least, many) + 1]++;
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        foreach (var row in order) sorted[starts[Place(values[row], least, many)]++] = row;
    }

    private static int Place(long value, long least, int many) => value == Missing ? many : (int)(value - least);

    private static void Read(ReadOnlySpan<PipelineRow> rows, FleetColumn column, Span<long> values)
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

    private static void ReadTexts(ReadOnlySpan<PipelineRow> rows, FleetColumn column, Span<long> values)
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
