using Sluice.Domain.Flink;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>The job graph as it is drawn.</summary>
/// <param name="Columns">From sources to sinks.</param>
/// <param name="Bottleneck">The vertex that the others wait for; null where none stands out.</param>
/// <param name="Subtasks">How many subtasks the job has in all.</param>
public sealed record JobGraphView(IReadOnlyList<IReadOnlyList<VertexView>> Columns, VertexView? Bottleneck, int Subtasks)
{
    /// <summary>A vertex counts as busy from here on.</summary>
    private const double BusyEnough = 0.8;

    /// <summary>Its input counts as held up from here on.</summary>
    private const double HeldUp = 0.5;

    /// <summary>Builds the view from the job and the load of its vertices.</summary>
    public static JobGraphView Of(FlinkJob job, IReadOnlyDictionary<string, VertexLoad> loads)
    {
        var nodes = job.Plan.Nodes.ToDictionary(n => n.Id);
        var inputs = (string id) => nodes.TryGetValue(id, out var node) ? node.Inputs.Select(i => i.From) : [];
        var outputs = job.Plan.Nodes.SelectMany(n => n.Inputs.Select(i => (i.From, To: n.Id))).ToLookup(e => e.From, e => e.To);
        var views = job.Vertices.ToDictionary(v => v.Id, v => new VertexView(v, loads.GetValueOrDefault(v.Id), RoleOf(v.Id), [.. outputs[v.Id]]));
        var columns = JobGraphLayout.Columns([.. job.Vertices.Select(v => v.Id)], inputs);
        var bottleneck = views.Values
            .Where(v => v.Load?.MaxBusy >= BusyEnough && inputs(v.Vertex.Id).Any(i => views.GetValueOrDefault(i)?.Load?.Backpressured >= HeldUp))
            .MaxBy(v => v.Load!.MaxBusy);
        return new JobGraphView([.. columns.Select(c => (IReadOnlyList<VertexView>)[.. c.Select(id => views[id])])], bottleneck, job.Vertices.Sum(v => v.Parallelism));

        string RoleOf(string id) => (inputs(id).Any(), outputs[id].Any()) switch
        {
            (false, true) => "source",
            (true, false) => "sink",
            (false, false) => "source and sink",
            _ => nodes[id].Inputs.Any(i => i.ShipStrategy == "HASH") ? "keyed" : "operator",
        };
    }
}

/// <summary>One vertex as it is drawn.</summary>
/// <param name="Vertex">What the JobManager says.</param>
/// <param name="Load">How loaded it is; null where no metrics are there yet.</param>
/// <param name="Role">source, sink, keyed or operator.</param>
/// <param name="To">Where its edges lead.</param>
public sealed record VertexView(JobVertex Vertex, VertexLoad? Load, string Role, IReadOnlyList<string> To)
{
    /// <summary>Not everything runs: the subtasks by state, in words; null where all run.</summary>
    public string? Trouble
    {
        get
        {
            var running = Vertex.Tasks.GetValueOrDefault("RUNNING");
            if (running == Vertex.Parallelism || Vertex.State == "FINISHED") return null;
            var others = Vertex.Tasks.Where(t => t.Value > 0 && t.Key != "RUNNING").OrderByDescending(t => t.Value).Select(t => $"{t.Value} {t.Key.ToLowerInvariant()}");
            var text = string.Join(", ", others);
            return text.Length == 0 ? Vertex.State.ToLowerInvariant() : text;
        }
    }
}

/// <summary>How loaded a vertex is, over its subtasks.</summary>
/// <param name="Busy">Mean share of time at work, 0 to 1.</param>
/// <param name="MaxBusy">The busiest subtask's share.</param>
/// <param name="Backpressured">Mean share of time waiting for downstream.</param>
/// <param name="InPerSecond">Records read a second, all subtasks.</param>
/// <param name="OutPerSecond">Records written a second, all subtasks.</param>
public sealed record VertexLoad(double? Busy, double? MaxBusy, double? Backpressured, double? InPerSecond, double? OutPerSecond)
{
    /// <summary>The metrics it is made of.</summary>
    public static readonly string[] Metrics = ["busyTimeMsPerSecond", "backPressuredTimeMsPerSecond", "numRecordsInPerSecond", "numRecordsOutPerSecond"];

    /// <summary>Reads it from the aggregates; null where the vertex has none yet.</summary>
    public static VertexLoad? Of(IReadOnlyDictionary<string, MetricAggregate> metrics)
    {
        if (metrics.Count == 0) return null;
        var busy = metrics.GetValueOrDefault(Metrics[0]);
        return new VertexLoad(busy?.Avg / 1000, busy?.Max / 1000, metrics.GetValueOrDefault(Metrics[1])?.Avg / 1000, metrics.GetValueOrDefault(Metrics[2])?.Sum, metrics.GetValueOrDefault(Metrics[3])?.Sum);
    }
}
