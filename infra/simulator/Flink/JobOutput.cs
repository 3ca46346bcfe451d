using System.Text.Json.Nodes;

namespace Sluice.Simulator.Flink;

/// <summary>
/// What one run of a job has written for good, as a sink does that commits with its checkpoints: its input from one position to another.
/// The windows that no watermark has ended hold all of the state's input; a drain ends them.
/// </summary>
internal sealed class JobOutput(string job, double from)
{
    private double _stateSince = from;

    public double From { get; private set; } = from;
    public double To { get; private set; } = from;
    public double? Windows { get; private set; }
    public int Savepoints { get; private set; }

    public void TookSavepoint() => Savepoints++;

    public void Commit(double position) => To = Math.Max(To, position);

    /// <summary>A run that goes on from a snapshot; what that one held and nobody had committed is committed first.</summary>
    public void ContinueFrom(SavedState saved)
    {
        saved.Output?.Commit(saved.Consumed);
        (From, To, _stateSince) = (saved.Consumed, saved.Consumed, saved.Output?._stateSince ?? 0);
    }

    public void Drain() => Windows = Math.Floor(To) - Math.Floor(_stateSince);

    public JsonObject Describe() => new() { ["job"] = job, ["from"] = (long)From, ["to"] = (long)To, ["savepoints"] = Savepoints, ["windows"] = Windows is { } windows ? (long)windows : null };
}
