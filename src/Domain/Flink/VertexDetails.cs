namespace Sluice.Domain.Flink;

/// <summary>A vertex with its subtasks.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name">The chained operators' names.</param>
/// <param name="Parallelism">Subtasks.</param>
/// <param name="MaxParallelism">Subtasks at most (key groups).</param>
/// <param name="Now">The JobManager's clock when it answered.</param>
/// <param name="Subtasks">By index; empty while an adaptive job waits for slots.</param>
public sealed record VertexDetails(string Id, string Name, int Parallelism, int? MaxParallelism, DateTimeOffset? Now, IReadOnlyList<Subtask> Subtasks);

/// <summary>The current attempt of a subtask.</summary>
/// <param name="Index">From 0.</param>
/// <param name="State">RUNNING, FAILED, …</param>
/// <param name="Attempt">From 0; survives a rescale.</param>
/// <param name="Endpoint">Where it runs, <c>host:port</c> (before 1.19 only the host); null while it has no slot.</param>
/// <param name="TaskManagerId">The TaskManager it runs on; null while it has no slot.</param>
/// <param name="StartedAt">When it was deployed; null before.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="Duration">From start to end or now; null before it was deployed.</param>
/// <param name="Io">What it read and wrote.</param>
/// <param name="StateDurations">How long it has been in each state.</param>
public sealed record Subtask(
    int Index,
    string State,
    int? Attempt,
    string? Endpoint,
    string? TaskManagerId,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    TimeSpan? Duration,
    VertexIo Io,
    IReadOnlyDictionary<string, TimeSpan> StateDurations);

/// <summary>When a subtask reached each state.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Endpoint">Where it runs; null while it has no slot.</param>
/// <param name="Duration">How long its attempt has lasted; null before it was deployed.</param>
/// <param name="Timestamps">When each state was entered; states never entered are left out.</param>
public sealed record SubtaskTimes(int Index, string? Endpoint, TimeSpan? Duration, IReadOnlyDictionary<string, DateTimeOffset> Timestamps);

/// <summary>The subtasks of a vertex on one TaskManager.</summary>
/// <param name="TaskManagerId">The TaskManager; null for subtasks without a slot.</param>
/// <param name="Endpoint">Its <c>host:port</c>; null for subtasks without a slot.</param>
/// <param name="State">The worst state of its subtasks.</param>
/// <param name="StartedAt">When the first was deployed; null before.</param>
/// <param name="EndedAt">When the last ended; null while one runs.</param>
/// <param name="Duration">From start to end or now; null before the first was deployed.</param>
/// <param name="StatusCounts">Subtasks by state (upper case); count.</param>
/// <param name="Io">What they read and wrote, summed.</param>
public sealed record VertexTaskManager(
    string? TaskManagerId,
    string? Endpoint,
    string State,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    TimeSpan? Duration,
    IReadOnlyDictionary<string, int> StatusCounts,
    VertexIo Io);

/// <summary>How busy and how backpressured a vertex is.</summary>
/// <param name="Level"><c>ok</c> (up to 10 %), <c>low</c> (up to 50 %) or <c>high</c>; null while there are no metrics.</param>
/// <param name="FetchedAt">When the server began to fetch the metrics; the values can be older.</param>
/// <param name="Subtasks">By index; empty while there are no metrics.</param>
public sealed record BackPressure(string? Level, DateTimeOffset? FetchedAt, IReadOnlyList<SubtaskBackPressure> Subtasks)
{
    /// <summary>No metrics yet.</summary>
    public static readonly BackPressure None = new(null, null, []);
}

/// <summary>Where the time of a subtask goes. In the first ten seconds of a subtask's life busy reads 1: ignore it then.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Level"><c>ok</c>, <c>low</c> or <c>high</c>.</param>
/// <param name="Backpressured">Share of the time waiting for downstream, 0 to 1.</param>
/// <param name="Idle">Share of the time waiting for input, 0 to 1.</param>
/// <param name="Busy">Share of the time working, 0 to 1; null for sources that cannot tell.</param>
public sealed record SubtaskBackPressure(int Index, string? Level, double? Backpressured, double? Idle, double? Busy);
