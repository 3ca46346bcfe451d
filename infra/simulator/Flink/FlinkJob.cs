using System.Globalization;
using Sluice.Simulator.Core;

namespace Sluice.Simulator.Flink;

/// <summary>What failed, when and where.</summary>
internal sealed record JobFailure(string Class, string Message, DateTimeOffset At, string? Task, string? TaskManager);

/// <summary>
/// A running or ended job: a queue between an input that keeps arriving and workers that take from it, plus its checkpoints.
/// </summary>
internal sealed class FlinkJob
{
    private readonly SimClock _clock;
    private DateTimeOffset _asOf;
    private double _consumed;
    private double _consumedAtStart;
    private readonly Dictionary<string, DateTimeOffset> _entered = [];

    public FlinkJob(string id, string name, IReadOnlyList<PlanVertex> plan, int parallelism, JobTraits traits, SimClock clock, Seeds seeds, StateStorage storage, DateTimeOffset at, DateTimeOffset topicSince)
    {
        (Id, Name, Plan, Parallelism, Traits, _clock, Seeds, Storage, TopicSince) = (id, name, plan, parallelism, traits, clock, seeds, storage, topicSince);
        Checkpoints = new CheckpointModel(this);
        Started = at;
        _asOf = at;
        _consumed = _consumedAtStart = Produced(at);
        Output = new JobOutput(id, _consumed);
        Enter("INITIALIZING", at);
    }

    public string Id { get; }
    public string Name { get; }
    public IReadOnlyList<PlanVertex> Plan { get; }
    public int Parallelism { get; private set; }
    public JobTraits Traits { get; set; }
    public Seeds Seeds { get; }
    public StateStorage Storage { get; }
    public CheckpointModel Checkpoints { get; }
    public JobOutput Output { get; }

    /// <summary>Since when its topic is being written; the backlog is what was written and not yet read.</summary>
    public DateTimeOffset TopicSince { get; }

    public DateTimeOffset Started { get; private set; }
    public DateTimeOffset? Ended { get; private set; }
    public DateTimeOffset? RunningSince { get; private set; }
    public string State { get; private set; } = "INITIALIZING";
    public int Restarts { get; private set; }
    public List<JobFailure> Failures { get; } = [];
    public JobFailure? RootFailure { get; private set; }
    public Dictionary<string, int> Overrides { get; } = [];
    public TimeSpan? CheckpointInterval { get; init; } = TimeSpan.FromMinutes(1);
    public TimeSpan CheckpointTimeout { get; init; } = TimeSpan.FromMinutes(10);
    public string CheckpointDirectory { get; init; } = "file:///flink-data/checkpoints";
    public string? SavepointDirectory { get; init; }
    public IReadOnlyDictionary<string, DateTimeOffset> EnteredStates => _entered;
    public bool IsTerminal => State is "FINISHED" or "FAILED" or "CANCELED";
    public int TotalSubtasks => Plan.Sum(v => ParallelismOf(v));
    public SavedState? LastCheckpoint { get; private set; }

    public int ParallelismOf(PlanVertex vertex) => Overrides.GetValueOrDefault(vertex.Id, Parallelism);

    public TimeSpan Scale(TimeSpan simulated) => _clock.Scale(simulated);

    public void Enter(string state, DateTimeOffset at)
    {
        Advance(at);
        if (State == "RUNNING" && state != "RUNNING") Checkpoints.Stop(at);
        State = state;
        _entered[state] = at;
        if (state == "RUNNING")
        {
            RunningSince = at;
            Checkpoints.Begin(at);
        }
        if (IsTerminal) Ended = at;
    }

    public void Restore(SavedState saved, DateTimeOffset at)
    {
        _consumed = _consumedAtStart = saved.Consumed;
        Output.ContinueFrom(saved);
        // What a job was restored from is the first entry of its checkpoint store: a failure before the first own checkpoint goes back to it.
        LastCheckpoint = saved;
        Checkpoints.Restore(saved, at);
    }

    /// <summary>Takes another parallelism: the tasks start again from the last checkpoint, inside the same job.</summary>
    public void Rescale(int parallelism, IReadOnlyDictionary<string, int> overrides, DateTimeOffset at)
    {
        Parallelism = parallelism;
        Overrides.Clear();
        foreach (var (vertex, own) in overrides) Overrides[vertex] = own;
        if (State != "RUNNING") return;
        Restarts++;
        Enter("RESTARTING", at);
        Recover(at);
        Enter("RUNNING", at);
    }

    /// <summary>Starts again from the last checkpoint after a failure.</summary>
    public void Recover(DateTimeOffset at)
    {
        Advance(at);
        if (LastCheckpoint is not { } saved) return;
        _consumed = saved.Consumed;
        Checkpoints.Restore(saved, at);
    }

    public void Fail(JobFailure failure, bool final)
    {
        Failures.Insert(0, failure);
        if (Failures.Count > 16) Failures.RemoveAt(16);
        RootFailure = failure;
        if (!final) Restarts++;
        Enter(final ? "FAILED" : "RESTARTING", failure.At);
    }

    /// <summary>Puts the start into the past, for fleets that were there before the simulator.</summary>
    public void Backdate(TimeSpan by)
    {
        Started -= by;
        foreach (var state in _entered.Keys.ToList()) _entered[state] -= by;
        if (RunningSince is { } since) RunningSince = since - by;
        _consumedAtStart = Math.Max(0, _consumedAtStart - Traits.Rate * by.TotalSeconds);
        if (CheckpointInterval is not { } interval) return;
        var past = (long)(by / interval);
        if (Traits.CheckpointsTimeOut) Checkpoints.Age(0, (long)(by / CheckpointTimeout));
        else Checkpoints.Age(past - past / 900, past / 900);
    }

    /// <summary>Lets a backlog stand at the start.</summary>
    public void FallBehind(double records) => _consumed = Math.Max(0, _consumed - records);

    public void KeepCheckpoint(SavedState saved)
    {
        LastCheckpoint = saved;
        Output.Commit(saved.Consumed);
        Storage.Keep(saved);
    }

    /// <summary>Ends after a savepoint that stopped it: what it read until then is written, and a drain has fired its windows.</summary>
    public void EndAt(JobCheckpoint savepoint, DateTimeOffset at)
    {
        Output.Commit(Consumed(at));
        if (savepoint.Drained) Output.Drain();
        Enter("FINISHED", at);
    }

    public void Advance(DateTimeOffset now)
    {
        if (now <= _asOf) return;
        if (State == "RUNNING")
        {
            var seconds = _clock.Seconds(now) - _clock.Seconds(_asOf);
            _consumed = Math.Min(Produced(now), _consumed + Capacity * seconds);
        }
        _asOf = now;
        if (State == "RUNNING") Checkpoints.Advance(now);
    }

    /// <summary>Records a second that the workers can do: the slowest vertex decides.</summary>
    public double Capacity
    {
        get
        {
            var capacity = double.MaxValue;
            foreach (var vertex in Plan)
            {
                var busiest = (1 - vertex.Skew) / ParallelismOf(vertex) + vertex.Skew;
                if (ParallelismOf(vertex) == 1) busiest = 1;
                capacity = Math.Min(capacity, 1 / (vertex.Cost * Traits.Slowness * busiest * Share(vertex)));
            }
            return capacity;
        }
    }

    /// <summary>Records that reach a vertex for each that the sources read.</summary>
    public double Share(PlanVertex vertex)
    {
        if (vertex.IsSource) return vertex.Selectivity < 1 ? vertex.Selectivity : 1;
        return vertex.Inputs.Sum(i => Plan.First(v => v.Id == i.FromId) is var from ? Share(from) * (from.Selectivity <= 1 && from.IsSource ? 1 : from.Selectivity) : 0);
    }

    public double Consumed(DateTimeOffset at)
    {
        Advance(at);
        return _consumed;
    }

    public double ConsumedSinceStart(DateTimeOffset at) => Math.Max(0, Consumed(at) - _consumedAtStart);

    public double Backlog(DateTimeOffset at) => Math.Max(0, Produced(at) - Consumed(at));

    public double InputRate(DateTimeOffset at) => Traits.Rate * (1 + Traits.Swing * Math.Sin(Day(at)));

    public double Throughput(DateTimeOffset at) =>
        State != "RUNNING" ? 0 : Backlog(at) > InputRate(at) ? Capacity : Math.Min(Capacity, InputRate(at));

    /// <summary>How busy a vertex is, 0 to 1, and how much it is held back by those behind it.</summary>
    public (double Busy, double Backpressured) Load(PlanVertex vertex, DateTimeOffset at)
    {
        var busy = Math.Min(1, Throughput(at) * Share(vertex) * vertex.Cost * Traits.Slowness / ParallelismOf(vertex));
        var stuck = Backlog(at) > InputRate(at) * 5 && !IsBottleneck(vertex) && IsBeforeBottleneck(vertex);
        return (busy, stuck ? Math.Max(0, 1 - busy) : 0);
    }

    public long StateBytes(DateTimeOffset at)
    {
        // Grows with a square root: keys repeat.
        var seen = Math.Sqrt(Math.Max(1, ConsumedSinceStart(at)) / Math.Max(1, Traits.Rate * 3600));
        return (long)(Traits.StateBytes * (0.35 + 0.65 * Math.Min(1, seen)));
    }

    public TimeSpan CheckpointLength(DateTimeOffset at, long id)
    {
        var write = TimeSpan.FromSeconds(StateBytes(at) / 220_000_000.0 / Math.Max(1, Parallelism));
        var noise = 0.8 + 0.4 * Seeds.Unit(Id, "checkpoint", id.ToString(CultureInfo.InvariantCulture));
        var wait = Backlog(at) > InputRate(at) * 5 ? TimeSpan.FromSeconds(8) : TimeSpan.Zero;
        return (Traits.CheckpointBase + write + wait) * noise;
    }

    private bool IsBottleneck(PlanVertex vertex) => Math.Abs(vertex.Cost * Share(vertex) / ParallelismOf(vertex) - Plan.Max(v => v.Cost * Share(v) / ParallelismOf(v))) < 1e-12;

    private bool IsBeforeBottleneck(PlanVertex vertex)
    {
        var index = 0;
        for (var i = 0; i < Plan.Count; i++)
            if (IsBottleneck(Plan[i])) index = i;
        for (var i = 0; i < index; i++)
            if (Plan[i] == vertex) return true;
        return false;
    }

    /// <summary>Records written to the topic so far: the integral of the input rate, so that any two moments agree.</summary>
    private double Produced(DateTimeOffset at)
    {
        var seconds = _clock.Seconds(at) - _clock.Seconds(TopicSince);
        var phase = Day(TopicSince);
        const double turn = 2 * Math.PI / 86_400;
        return Traits.Rate * (seconds + Traits.Swing / turn * (Math.Cos(phase) - Math.Cos(phase + seconds * turn)));
    }

    private static double Day(DateTimeOffset at) => at.TimeOfDay.TotalSeconds / 86_400 * 2 * Math.PI;
}
