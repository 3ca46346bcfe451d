using Sluice.Simulator.Core;

namespace Sluice.Simulator.Flink;

/// <summary>One vertex of a job graph, and what a record costs there.</summary>
internal sealed record PlanVertex(string Id, string Name, string Description, IReadOnlyList<PlanEdge> Inputs)
{
    public bool IsSource => Inputs.Count == 0;

    /// <summary>Seconds of one subtask's time per record.</summary>
    public double Cost { get; init; } = 0.00002;

    /// <summary>Records that go out for one that comes in; 0 for a sink.</summary>
    public double Selectivity { get; init; } = 1;

    /// <summary>The share of the job's state that lives here.</summary>
    public double StateShare { get; init; }

    /// <summary>The share of the records that the busiest subtask gets beyond its fair one.</summary>
    public double Skew { get; init; }
}

internal sealed record PlanEdge(string FromId, string Strategy);

/// <summary>The graphs of simulated jobs. The same main class always has the same graph, with the same vertex ids.</summary>
internal static class JobPlan
{
    private static readonly Seeds Fixed = new(0);

    public static IReadOnlyList<PlanVertex> For(string entryClass, string name, bool beam)
    {
        if (entryClass is "samples.OrderTotals")
            return
            [
                Vertex("bc4197a480c92c793190a9f8c0afc54c", "Source: orders -> throttle -> parse") with { Cost = 0.00002 },
                Vertex("8eeed16b661251f13cfc6a3c5e75c420", "totals", ("bc4197a480c92c793190a9f8c0afc54c", "HASH")) with { StateShare = 1, Skew = 0.05 },
                Vertex("16c4b82cf4b13cc373619e4824fa6808", "report", ("8eeed16b661251f13cfc6a3c5e75c420", "HASH")) with { Selectivity = 0 },
            ];
        string Id(string part) => Fixed.Hex(32, entryClass, name, part);
        var words = Words(name);
        if (beam)
            return
            [
                Vertex(Id("source"), $"Source: Kafka.Read({words})/Read -> Flat Map -> Parse({words})/ParMultiDo(Parse)"),
                Vertex(Id("group"), $"ToKeyedWorkItem -> Window.Into()/Window.Assign.out -> {words}.PerKey/Combine.GroupedValues", (Id("source"), "HASH")) with { StateShare = 1, Cost = 0.00006, Skew = 0.1 },
                Vertex(Id("sink"), $"Kafka.Write({words})/Kafka.ProducerRecordWriter -> Sink", (Id("group"), "FORWARD")) with { Selectivity = 0, Cost = 0.00003 },
            ];
        return Fixed.Int(3, entryClass, name) switch
        {
            0 =>
            [
                Vertex(Id("source"), $"Source: {words} -> parse -> filter"),
                Vertex(Id("state"), $"{words} by key", (Id("source"), "HASH")) with { StateShare = 1, Cost = 0.00005, Skew = 0.15 },
                Vertex(Id("sink"), $"Sink: {words} Writer -> Sink: {words} Committer", (Id("state"), "FORWARD")) with { Selectivity = 0, Cost = 0.00003 },
            ],
            1 =>
            [
                Vertex(Id("left"), $"Source: {words}"),
                Vertex(Id("right"), "Source: reference -> decode") with { Cost = 0.00001, Selectivity = 0.1 },
                Vertex(Id("join"), $"join {words} with reference", (Id("left"), "HASH"), (Id("right"), "HASH")) with { StateShare = 0.8, Cost = 0.00008, Skew = 0.2 },
                Vertex(Id("window"), "TumblingEventTimeWindows -> format", (Id("join"), "HASH")) with { StateShare = 0.2, Cost = 0.00004, Selectivity = 0.05 },
                Vertex(Id("sink"), $"Sink: {words}", (Id("window"), "REBALANCE")) with { Selectivity = 0 },
            ],
            _ =>
            [
                Vertex(Id("source"), $"Source: {words} -> map"),
                Vertex(Id("enrich"), "async wait operator -> enrich", (Id("source"), "REBALANCE")) with { Cost = 0.00012, StateShare = 0.1 },
                Vertex(Id("window"), "SlidingEventTimeWindows", (Id("enrich"), "HASH")) with { StateShare = 0.9, Cost = 0.00006, Selectivity = 0.2, Skew = 0.25 },
                Vertex(Id("sink"), $"Sink: {words} Writer", (Id("window"), "FORWARD")) with { Selectivity = 0 },
            ],
        };
    }

    private static PlanVertex Vertex(string id, string name, params (string From, string Strategy)[] inputs) =>
        new(id, name, name.Replace("->", "-&gt;", StringComparison.Ordinal) + "<br/>", [.. inputs.Select(i => new PlanEdge(i.From, i.Strategy))]);

    private static string Words(string name) => name.Replace('-', ' ');
}
