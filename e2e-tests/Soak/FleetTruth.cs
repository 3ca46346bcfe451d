using System.Text.Json.Nodes;

namespace Sluice.E2E.Tests.Soak;

/// <summary>What the index says of every pipeline at one moment, and how a page differs from it.</summary>
internal sealed class FleetTruth
{
    private const int AtOnce = 1000;
    private readonly Dictionary<string, JsonNode> _rows = new(StringComparer.Ordinal);

    /// <summary>How many pipelines there are.</summary>
    public int Total => _rows.Count;

    /// <summary>The resource version of each pipeline, by the path of its page.</summary>
    public IReadOnlyDictionary<string, string> Versions => _rows.ToDictionary(r => r.Key, r => (string)r.Value["resourceVersion"]!, StringComparer.Ordinal);

    /// <summary>Reads all of it, page by page.</summary>
    public static async Task<FleetTruth> ReadAsync(SoakPortal portal)
    {
        var truth = new FleetTruth();
        for (var offset = 0; ; offset += AtOnce)
        {
            var page = await portal.ApiAsync($"pipelines?sort=name&limit={AtOnce}&offset={offset}");
            foreach (var item in page["items"]!.AsArray()) truth._rows[Href(item!)] = item!;
            if (offset + AtOnce >= (int)page["matching"]!) return truth;
        }
    }

    /// <summary>The path of a pipeline's page.</summary>
    public static string Href(JsonNode item) =>
        $"/pipelines/{(string)item["cluster"]!}/{(string)item["namespace"]!}/{(string)item["name"]!}{((string)item["resource"]! == "sessionJob" ? "?resource=session-job" : "")}";

    /// <summary>How the page differs; empty where it shows what the index says.</summary>
    /// <param name="page">What the page shows.</param>
    /// <param name="expected">The paths of the rows that have to be in its window, in this order.</param>
    /// <param name="matching">How many rows the page's filters let through.</param>
    public IEnumerable<string> Differences(PageReading page, IReadOnlyList<string> expected, int matching)
    {
        if (page.Connection != "live") yield return $"the connection is {page.Connection}";
        if (page.Failed) yield return "the page says that it failed";
        if (page.Total != Total) yield return $"{page.Total} pipelines instead of {Total}";
        if (page.Matching != matching) yield return $"{page.Matching} rows match instead of {matching}";
        foreach (var (health, count) in Counts().Where(c => page.Counts.GetValueOrDefault(c.Key) != c.Value)) yield return $"{page.Counts.GetValueOrDefault(health)} {health} instead of {count}";
        var shown = page.Rows.Select(r => r.Href).ToArray();
        if (!shown.SequenceEqual(expected, StringComparer.Ordinal)) yield return $"rows {page.First} to {page.First + shown.Length} are others or in another order: {First(shown, expected)}";
        foreach (var row in page.Rows)
            if (Different(row) is { } difference) yield return $"{row.Href}: {difference}";
    }

    private static string First(string[] shown, IReadOnlyList<string> expected)
    {
        var at = shown.Zip(expected).TakeWhile(p => p.First == p.Second).Count();
        return $"{shown.ElementAtOrDefault(at) ?? "nothing"} instead of {expected.ElementAtOrDefault(at) ?? "nothing"} at {at}";
    }

    private Dictionary<string, int> Counts() => _rows.Values.GroupBy(Health, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

    private static string Health(JsonNode row) => row["staleSince"] is null ? (string)row["health"]! : "stale";

    private string? Different(PageRow row)
    {
        if (!_rows.TryGetValue(row.Href, out var truth)) return row.Gone ? null : "is not in the index";
        if (row.Gone) return "is shown as deleted";
        foreach (var (column, text) in row.Cells)
        {
            var said = column switch
            {
                "name" => $"{(string)truth["namespace"]!}/{(string)truth["name"]!}",
                "health" => Health(truth),
                "cause" => (string?)truth["cause"] ?? "",
                "sync" => (string)truth["sync"]!,
                "phase" when truth["operation"] is null => (string)truth["phase"]! == "none" ? "no operation" : (string)truth["phase"]!,
                "restarts" => truth["restarts"]?.ToJsonString() ?? "–",
                "parallelism" => truth["parallelism"]?.ToJsonString() ?? "–",
                "team" => (string?)truth["team"] ?? "–",
                "cluster" => (string)truth["cluster"]!,
                _ => null,
            };
            // A stale row's health is followed by its age.
            if (said is null || Same(text, said) || (column == "health" && row.Stale && text.StartsWith("stale", StringComparison.Ordinal))) continue;
            return $"{column} is \"{text}\" instead of \"{said}\"";
        }

        return null;
    }

    // "in sync" on the page is "inSync" in the API, "1,204" is 1204, and a page puts several spaces as one.
    private static bool Same(string shown, string said) => string.Equals(Bare(shown), Bare(said), StringComparison.OrdinalIgnoreCase);

    private static string Bare(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c) && c is not (',' or '-')));
}
