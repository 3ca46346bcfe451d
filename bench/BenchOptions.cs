using System.Globalization;

namespace Sluice.Bench;

/// <summary>How large the run is, from the environment; the defaults are those of the budgets.</summary>
internal sealed record BenchOptions
{
    /// <summary>BENCH_PIPELINES.</summary>
    public int Pipelines { get; init; } = Number("BENCH_PIPELINES", 20_000);

    /// <summary>BENCH_CLUSTERS.</summary>
    public int Clusters { get; init; } = Number("BENCH_CLUSTERS", 10);

    /// <summary>BENCH_PAGES: browsers' pages of the load rows.</summary>
    public int Pages { get; init; } = Number("BENCH_PAGES", 50);

    /// <summary>BENCH_CHANGES: changes a second of the load rows.</summary>
    public int Changes { get; init; } = Number("BENCH_CHANGES", 200);

    /// <summary>BENCH_SECONDS: how long each load is measured.</summary>
    public int Seconds { get; init; } = Number("BENCH_SECONDS", 30);

    /// <summary>BENCH_REPEATS: how often something is done on the page.</summary>
    public int Repeats { get; init; } = Number("BENCH_REPEATS", 50);

    private static int Number(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;
}
