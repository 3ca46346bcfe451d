using System.Text;

namespace Sluice.Domain.Flink;

/// <summary>One request for metrics.</summary>
/// <param name="PathAndQuery">Escaped.</param>
/// <param name="Names">What it asks for.</param>
internal sealed record MetricQuery(string PathAndQuery, IReadOnlyList<string> Names);

/// <summary>Splits long lists of metrics: Flink answers 404 to a request line of more than 4096 bytes.</summary>
internal static class MetricQueries
{
    private const int LongestPath = 3500;

    public static IEnumerable<MetricQuery> Split(string path, IReadOnlyCollection<string> names)
    {
        var query = new StringBuilder();
        var taken = new List<string>();
        foreach (var name in names.Where(static name => name.Length > 0).Distinct())
        {
            var escaped = Uri.EscapeDataString(name);
            if (taken.Count > 0 && path.Length + 6 + query.Length + escaped.Length > LongestPath)
            {
                yield return new MetricQuery($"{path}?get={query}", [.. taken]);
                query.Clear();
                taken.Clear();
            }
            if (taken.Count > 0) query.Append(',');
            query.Append(escaped);
            taken.Add(name);
        }
        if (taken.Count > 0) yield return new MetricQuery($"{path}?get={query}", [.. taken]);
    }
}
