using System.Globalization;
using Sluice.Simulator.Operator;

namespace Sluice.Simulator.Flink;

/// <summary>Parallelism of single vertices: <c>pipeline.jobvertex-parallelism-overrides</c>.</summary>
internal static class JobOverrides
{
    public const string Key = "pipeline.jobvertex-parallelism-overrides";

    public static void Apply(FlinkJob job, SpecView view)
    {
        job.Overrides.Clear();
        foreach (var (vertex, parallelism) in Read(job, view)) job.Overrides[vertex] = parallelism;
    }

    public static Dictionary<string, int> Read(FlinkJob job, SpecView view)
    {
        var overrides = new Dictionary<string, int>();
        foreach (var pair in (view.Get(Key) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (pair.Split(':') is [var vertex, var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parallelism) && parallelism > 0 && job.Plan.Any(v => v.Id == vertex))
                overrides[vertex] = parallelism;
        return overrides;
    }
}
