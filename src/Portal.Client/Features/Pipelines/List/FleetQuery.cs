using System.Buffers;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>The rows that a URL asks for, in its order, and the counts beside them. The page and the API ask in the same way.</summary>
public static class FleetQuery
{
    public static (PipelineRow[] Rows, FleetCounts Counts) Run(FleetSnapshot snapshot, FleetUrlState state, FleetMatcher matcher)
    {
        var all = snapshot.InOrder;
        var counts = new FleetCounts();
        var rows = ArrayPool<PipelineRow>.Shared.Rent(all.Count);
        var length = 0;
        foreach (var piece in all.Pieces)
        {
            var codes = piece.Codes;
            var those = piece.Rows;
            for (var i = 0; i < codes.Length; i++)
                if (counts.Add(codes[i], those[i], matcher, 1)) rows[length++] = those[i];
        }

        var sorted = FleetSorter.Sort(rows.AsSpan(0, length), state.Sort);
        // Cleared: a pooled array must not keep rows alive that are long gone.
        ArrayPool<PipelineRow>.Shared.Return(rows, clearArray: true);
        return (sorted, counts);
    }

    /// <summary>Only the rows.</summary>
    public static PipelineRow[] Rows(FleetSnapshot snapshot, FleetUrlState state)
    {
        var matcher = new FleetMatcher(state);
        return FleetSorter.Sort(snapshot.InOrder.Where(matcher.Matches).ToArray(), state.Sort);
    }
}
