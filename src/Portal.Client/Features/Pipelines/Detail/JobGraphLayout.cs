namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>
/// Puts the vertices of a job graph into columns: a vertex stands one column after the last of its inputs, so that every edge goes to the right.
/// </summary>
public static class JobGraphLayout
{
    /// <summary>The columns, each with its vertices in the order in which they came.</summary>
    /// <param name="ids">All vertices.</param>
    /// <param name="inputs">The inputs of a vertex; unknown ids are ignored. A cycle, which Flink does not send, ends at the column it was entered in.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Columns(IReadOnlyList<string> ids, Func<string, IEnumerable<string>> inputs)
    {
        var column = new Dictionary<string, int>(ids.Count);
        var known = ids.ToHashSet();
        var open = new HashSet<string>();

        int ColumnOf(string id)
        {
            if (column.TryGetValue(id, out var done)) return done;
            if (!open.Add(id)) return 0;
            var result = inputs(id).Where(known.Contains).Select(ColumnOf).DefaultIfEmpty(-1).Max() + 1;
            open.Remove(id);
            return column[id] = result;
        }

        return [.. ids.GroupBy(ColumnOf).OrderBy(g => g.Key).Select(g => (IReadOnlyList<string>)[.. g])];
    }
}
