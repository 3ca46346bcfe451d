using System.Collections;

namespace Sluice.Domain.Pipelines;

/// <summary>Orders addresses by namespace, name, cluster and kind, letter by letter: the same every time and everywhere.</summary>
public sealed class PipelineKeyOrder : IComparer<PipelineKey>
{
    /// <summary>The one there is.</summary>
    public static readonly PipelineKeyOrder Instance = new();

    /// <inheritdoc/>
    public int Compare(PipelineKey x, PipelineKey y)
    {
        var order = string.CompareOrdinal(x.Namespace, y.Namespace);
        if (order == 0) order = string.CompareOrdinal(x.Name, y.Name);
        if (order == 0) order = string.CompareOrdinal(x.Cluster, y.Cluster);
        return order == 0 ? x.Resource.CompareTo(y.Resource) : order;
    }
}

/// <summary>Some rows that follow each other, and what is counted of them beside them.</summary>
public sealed class FleetPiece
{
    private readonly PipelineRow[] _rows;
    private readonly FleetCode[] _codes;

    internal FleetPiece(PipelineRow[] rows, FleetCode[] codes) => (_rows, _codes) = (rows, codes);

    /// <summary>The rows.</summary>
    public ReadOnlySpan<PipelineRow> Rows => _rows;

    /// <summary>Their codes, in the same order.</summary>
    public ReadOnlySpan<FleetCode> Codes => _codes;

    internal static FleetPiece Of(PipelineRow[] rows) => new(rows, Array.ConvertAll(rows, FleetCode.Of));
}

/// <summary>
/// The rows of a snapshot in the order of their addresses, in small pieces: a change copies one piece, and whoever reads all walks through plain arrays.
/// Immutable. A dictionary of 20,000 takes twenty times as long to walk through, and sorting it anew for each page longer still.
/// </summary>
public sealed class FleetRowCollection : IReadOnlyCollection<PipelineRow>
{
    private const int Piece = 128;

    /// <summary>None.</summary>
    public static readonly FleetRowCollection Empty = new([], 0);

    private readonly FleetPiece[] _pieces;

    private FleetRowCollection(FleetPiece[] pieces, int count) => (_pieces, Count) = (pieces, count);

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>All rows in pieces.</summary>
    public IReadOnlyList<FleetPiece> Pieces => _pieces;

    /// <summary>Puts any rows into order.</summary>
    public static FleetRowCollection Of(IEnumerable<PipelineRow> rows)
    {
        var sorted = rows.ToArray();
        Array.Sort(sorted, static (x, y) => PipelineKeyOrder.Instance.Compare(x.Key, y.Key));
        return new FleetRowCollection([.. sorted.Chunk(Piece).Select(FleetPiece.Of)], sorted.Length);
    }

    /// <summary>The rows after some were added, replaced or removed (null).</summary>
    public FleetRowCollection With(IReadOnlyCollection<KeyValuePair<PipelineKey, PipelineRow?>> changes)
    {
        if (changes.Count == 0) return this;
        if (Count == 0) return Of(changes.Where(static c => c.Value is not null).Select(static c => c.Value!));
        var sorted = changes.ToArray();
        Array.Sort(sorted, static (x, y) => PipelineKeyOrder.Instance.Compare(x.Key, y.Key));
        var pieces = new List<FleetPiece>(_pieces.Length + 1);
        var (next, count) = (0, 0);
        for (var p = 0; p < _pieces.Length; p++)
        {
            var end = next;
            while (end < sorted.Length && (p == _pieces.Length - 1 || PipelineKeyOrder.Instance.Compare(sorted[end].Key, _pieces[p + 1].Rows[0].Key) < 0)) end++;
            var before = pieces.Count;
            if (end == next) pieces.Add(_pieces[p]);
            else Merge(_pieces[p], sorted.AsSpan(next, end - next), pieces);
            for (; before < pieces.Count; before++) count += pieces[before].Rows.Length;
            next = end;
        }

        return count == 0 ? Empty : new FleetRowCollection([.. pieces], count);
    }

    /// <inheritdoc/>
    public IEnumerator<PipelineRow> GetEnumerator()
    {
        foreach (var piece in _pieces)
            for (var i = 0; i < piece.Rows.Length; i++) yield return piece.Rows[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Copies all rows into the beginning of an array.</summary>
    public void CopyTo(PipelineRow[] rows)
    {
        var at = 0;
        foreach (var piece in _pieces)
        {
            piece.Rows.CopyTo(rows.AsSpan(at));
            at += piece.Rows.Length;
        }
    }

    private static void Merge(FleetPiece piece, ReadOnlySpan<KeyValuePair<PipelineKey, PipelineRow?>> changes, List<FleetPiece> pieces)
    {
        var (rows, codes) = (new List<PipelineRow>(piece.Rows.Length + changes.Length), new List<FleetCode>(piece.Rows.Length + changes.Length));
        var i = 0;
        foreach (var (key, row) in changes)
        {
            var from = i;
            var order = -1;
            while (i < piece.Rows.Length && (order = PipelineKeyOrder.Instance.Compare(piece.Rows[i].Key, key)) < 0) i++;
            Keep(from, i);
            if (i < piece.Rows.Length && order == 0) i++;
            if (row is null) continue;
            rows.Add(row);
            codes.Add(FleetCode.Of(row));
        }

        Keep(i, piece.Rows.Length);
        // Halves of a piece that grew too large leave room, so that the next row does not split them again.
        var size = rows.Count <= 2 * Piece ? rows.Count : Piece;
        for (var at = 0; at < rows.Count; at += size)
        {
            var length = Math.Min(size, rows.Count - at);
            pieces.Add(new FleetPiece([.. rows[at..(at + length)]], [.. codes[at..(at + length)]]));
        }

        void Keep(int start, int end)
        {
            rows.AddRange(piece.Rows[start..end]);
            codes.AddRange(piece.Codes[start..end]);
        }
    }
}
