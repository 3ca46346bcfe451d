using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink.Rest;

/// <summary>What went through a vertex, or through one of its subtasks, since the job started.</summary>
internal sealed record VertexFlow(double RecordsIn, double RecordsOut, double BytesIn, double BytesOut, double RateIn, double RateOut, double Busy, double Backpressured, double Seconds)
{
    private const double BytesPerRecord = 96;

    public double Idle => Math.Max(0, 1 - Busy - Backpressured);

    public static VertexFlow Of(FlinkJob job, PlanVertex vertex, DateTimeOffset now)
    {
        var records = job.ConsumedSinceStart(now) * job.Share(vertex);
        var rate = job.Throughput(now) * job.Share(vertex);
        var (busy, backpressured) = job.Load(vertex, now);
        var seconds = job.RunningSince is { } since ? ((job.Ended ?? now) - since).TotalSeconds : 0;
        // A source's own input does not count as records in.
        var (recordsIn, rateIn) = vertex.IsSource ? (0, 0) : (records, rate);
        return new(recordsIn, records * vertex.Selectivity, recordsIn * BytesPerRecord, records * vertex.Selectivity * BytesPerRecord, rateIn, rate * vertex.Selectivity, busy, backpressured, seconds);
    }

    /// <summary>The part of one subtask: the first one of a skewed vertex gets more.</summary>
    public VertexFlow Part(PlanVertex vertex, int parallelism, int subtask)
    {
        var share = parallelism == 1 ? 1 : (1 - vertex.Skew) / parallelism + (subtask == 0 ? vertex.Skew : 0);
        var weight = share * parallelism;
        return this with
        {
            RecordsIn = Math.Floor(RecordsIn * share),
            RecordsOut = Math.Floor(RecordsOut * share),
            BytesIn = Math.Floor(BytesIn * share),
            BytesOut = Math.Floor(BytesOut * share),
            RateIn = RateIn * share,
            RateOut = RateOut * share,
            Busy = Math.Min(1, Busy * weight),
        };
    }

    public JsonObject Metrics(bool complete, int subtasks = 1) => new()
    {
        ["read-bytes"] = (long)BytesIn,
        ["read-bytes-complete"] = complete,
        ["write-bytes"] = (long)BytesOut,
        ["write-bytes-complete"] = complete,
        ["read-records"] = (long)RecordsIn,
        ["read-records-complete"] = complete,
        ["write-records"] = (long)RecordsOut,
        ["write-records-complete"] = complete,
        ["accumulated-backpressured-time"] = (long)(Seconds * 1000 * Backpressured) * subtasks,
        ["accumulated-idle-time"] = (long)(Seconds * 1000 * Idle) * subtasks,
        ["accumulated-busy-time"] = (long)(Seconds * 1000 * Busy) * subtasks,
    };
}
