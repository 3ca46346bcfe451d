namespace Sluice.Simulator.Flink;

/// <summary>
/// The checkpoints of one run of a job, worked out when somebody looks: no timer, and a job that nobody asked about for a day
/// costs nothing for that day.
/// </summary>
internal sealed class CheckpointModel(FlinkJob job)
{
    private const int History = 10;
    private readonly List<JobCheckpoint> _history = [];
    private DateTimeOffset? _next;
    private JobCheckpoint? _running;
    private DateTimeOffset _runningEnds;

    public IReadOnlyList<JobCheckpoint> Newest => _history;
    public long Completed { get; private set; }
    public long Failed { get; private set; }
    public long Restored { get; private set; }
    public JobCheckpoint? Running => _running;
    public JobCheckpoint? LatestCompleted { get; private set; }
    public JobCheckpoint? LatestSavepoint { get; private set; }
    public JobCheckpoint? LatestFailed { get; private set; }
    public (long Id, DateTimeOffset At, string Path, bool IsSavepoint)? RestoredFrom { get; private set; }
    public long NextId { get; private set; } = 1;
    public long Total => Completed + Failed + (_running is null ? 0 : 1);

    public void Restore(SavedState saved, DateTimeOffset at)
    {
        NextId = Math.Max(NextId, saved.CheckpointId + 1);
        Restored++;
        RestoredFrom = (saved.CheckpointId, at, saved.Path, saved.IsSavepoint);
    }

    /// <summary>Gives the run a past, for a fleet that has been up for days when the simulator starts.</summary>
    public void Age(long completed, long failed)
    {
        Completed += completed;
        Failed += failed;
        NextId += completed + failed;
    }

    public void Begin(DateTimeOffset at) => _next = job.CheckpointInterval is { } interval ? at + job.Scale(interval) : null;

    public void Stop(DateTimeOffset at)
    {
        Advance(at);
        if (_running is { } open) Fail(open, at, "Checkpoint Coordinator is suspending.");
        _next = null;
    }

    public void Advance(DateTimeOffset now)
    {
        if (job.CheckpointInterval is not { } plain) return;
        var interval = job.Scale(plain);
        while (true)
        {
            if (_running is { } open)
            {
                if (_runningEnds > now) return;
                Finish(open, _runningEnds);
            }
            if (_next is not { } next || next > now) return;
            var missed = (long)((now - next) / interval);
            // Only the end of a long gap is looked at one by one: the history holds ten.
            if (missed > History + 2 && !job.Traits.CheckpointsTimeOut)
            {
                var skipped = missed - History - 1;
                Completed += skipped;
                NextId += skipped;
                next += interval * skipped;
            }
            _next = next + interval;
            Start(next);
        }
    }

    /// <summary>A savepoint, taken at once; null with the reason if it cannot be.</summary>
    public (JobCheckpoint? Done, string? Error) Savepoint(string directory, DateTimeOffset at, bool drain)
    {
        Advance(at);
        if (StateStorage.Refusal(directory) is { } refusal) return (null, refusal);
        if (job.Traits.CheckpointsTimeOut) return (null, "Checkpoint expired before completing.");
        var id = NextId++;
        var path = $"{StateStorage.Normal(directory)}/savepoint-{job.Id[..6]}-{job.Seeds.Hex(12, job.Id, "savepoint", id.ToString(System.Globalization.CultureInfo.InvariantCulture))}";
        var bytes = job.StateBytes(at);
        var done = new JobCheckpoint(id, true, at)
        {
            Outcome = CheckpointOutcome.Completed,
            Acknowledged = at + TimeSpan.FromMilliseconds(240),
            Bytes = bytes,
            Subtasks = job.TotalSubtasks,
            AcknowledgedSubtasks = job.TotalSubtasks,
            Path = path,
            Drained = drain,
        };
        Completed++;
        LatestSavepoint = done;
        job.Output.TookSavepoint();
        Remember(done);
        job.Storage.Keep(new SavedState(path, job.Id, id, job.Consumed(at), bytes, at, true) { Output = job.Output });
        return (done, null);
    }

    private void Start(DateTimeOffset at)
    {
        var open = new JobCheckpoint(NextId++, false, at) { Subtasks = job.TotalSubtasks };
        _running = open;
        var length = job.Traits.CheckpointsTimeOut ? job.CheckpointTimeout : job.CheckpointLength(at, open.Id);
        _runningEnds = at + job.Scale(length);
    }

    private void Finish(JobCheckpoint open, DateTimeOffset at)
    {
        if (job.Traits.CheckpointsTimeOut)
        {
            Fail(open, at, "Checkpoint expired before completing.");
            return;
        }
        _running = null;
        var done = open with
        {
            Outcome = CheckpointOutcome.Completed,
            Acknowledged = at,
            Bytes = job.StateBytes(at),
            AcknowledgedSubtasks = open.Subtasks,
            Path = $"{StateStorage.Normal(job.CheckpointDirectory)}/{job.Id}/chk-{open.Id}",
        };
        Completed++;
        LatestCompleted = done;
        Remember(done);
        job.KeepCheckpoint(new SavedState(done.Path!, job.Id, done.Id, job.Consumed(open.Triggered), done.Bytes, at, false) { Output = job.Output });
    }

    private void Fail(JobCheckpoint open, DateTimeOffset at, string why)
    {
        _running = null;
        Failed++;
        var acknowledged = Math.Max(0, open.Subtasks - 1);
        LatestFailed = open with { Outcome = CheckpointOutcome.Failed, FailedAt = at, Failure = why, AcknowledgedSubtasks = acknowledged };
        Remember(LatestFailed);
    }

    private void Remember(JobCheckpoint checkpoint)
    {
        _history.Insert(0, checkpoint);
        if (_history.Count > History) _history.RemoveAt(History);
    }
}
