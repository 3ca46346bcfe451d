namespace Sluice.Domain.Flink;

/// <summary>Whose metrics are read.</summary>
public sealed record MetricScope
{
    private MetricScope(params string[] segments) => Segments = segments;

    /// <summary>The path, unescaped.</summary>
    internal IReadOnlyList<string> Segments { get; }

    /// <summary>The JobManager's own.</summary>
    public static MetricScope JobManager { get; } = new("jobmanager", "metrics");

    /// <summary>A TaskManager's own.</summary>
    public static MetricScope TaskManager(string taskManagerId) => new("taskmanagers", taskManagerId, "metrics");

    /// <summary>A job's.</summary>
    public static MetricScope Job(string jobId) => new("jobs", JobIds.Check(jobId), "metrics");

    /// <summary>All subtasks' of a vertex; names begin with the index and a dot.</summary>
    public static MetricScope Vertex(string jobId, string vertexId) => new("jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId), "metrics");

    /// <summary>One subtask's; names without the index.</summary>
    public static MetricScope Subtask(string jobId, string vertexId, int index) =>
        new("jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId), "subtasks", index.ToString(System.Globalization.CultureInfo.InvariantCulture), "metrics");

    /// <summary>Those that a vertex's coordinator keeps in the JobManager (1.20 and newer; empty before).</summary>
    public static MetricScope Coordinator(string jobId, string vertexId) => new("jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId), "jm-operator-metrics");
}

/// <summary>Over what metrics are aggregated.</summary>
public sealed record AggregateScope
{
    private AggregateScope(params string[] segments) => Segments = segments;

    /// <summary>The path, unescaped.</summary>
    internal IReadOnlyList<string> Segments { get; }

    /// <summary>Over the subtasks of a vertex.</summary>
    public static AggregateScope Subtasks(string jobId, string vertexId) => new("jobs", JobIds.Check(jobId), "vertices", JobIds.Check(vertexId), "subtasks", "metrics");

    /// <summary>Over all TaskManagers.</summary>
    public static AggregateScope TaskManagers { get; } = new("taskmanagers", "metrics");

    /// <summary>Over all jobs.</summary>
    public static AggregateScope Jobs { get; } = new("jobs", "metrics");
}

/// <summary>Values of metrics by name.</summary>
/// <param name="Texts">As Flink sent them: always texts.</param>
public sealed record MetricValues(IReadOnlyDictionary<string, string> Texts)
{
    /// <summary>The number under this name in the metric's own unit; null where it is absent, not a number, or says that it is unknown (-1, NaN, the smallest or largest watermark).</summary>
    public double? Number(string name) => Texts.TryGetValue(name, out var text) ? FlinkNumbers.Metric(name, text) : null;

    /// <summary>The text under this name; null where it is absent or <c>n/a</c>.</summary>
    public string? Text(string name) => Texts.TryGetValue(name, out var text) && text is not ("n/a" or "") ? text : null;
}

/// <summary>
/// A metric over several subtasks, in the metric's own unit. Subtasks without the metric are left out by Flink.
/// Where one of them says that it does not know (-1), only <paramref name="Max"/> means anything and the others are null.
/// </summary>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Avg">The mean.</param>
/// <param name="Sum">The sum.</param>
/// <param name="Skew">0 to 100: mean distance from the mean, in percent of the mean; null before 1.20.</param>
public sealed record MetricAggregate(double? Min, double? Max, double? Avg, double? Sum, double? Skew);
