namespace Sluice.Domain.Flink;

/// <summary>One job as its JobManager describes it.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name">The job's name.</param>
/// <param name="State">See <see cref="JobStates"/>. Under the default scheduler a job without slots is RUNNING: look at the vertices.</param>
/// <param name="Type">STREAMING or BATCH; null before 1.20.</param>
/// <param name="StartedAt">When it was submitted.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="Duration">From start to end or now.</param>
/// <param name="Now">The JobManager's clock when it answered.</param>
/// <param name="MaxParallelism">Subtasks at most; null where the job sets none.</param>
/// <param name="Timestamps">When each state was entered; states never entered are left out.</param>
/// <param name="StatusCounts">Vertices by state (upper case); count.</param>
/// <param name="Vertices">The vertices; while an adaptive job waits for slots in reverse order and with the wanted parallelism.</param>
/// <param name="Plan">The graph; without nodes while an adaptive job waits: keep the last one seen.</param>
public sealed record FlinkJob(
    string Id,
    string Name,
    string State,
    string? Type,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    TimeSpan? Duration,
    DateTimeOffset? Now,
    int? MaxParallelism,
    IReadOnlyDictionary<string, DateTimeOffset> Timestamps,
    IReadOnlyDictionary<string, int> StatusCounts,
    IReadOnlyList<JobVertex> Vertices,
    JobPlan Plan);

/// <summary>A vertex: a chain of operators that run in the same subtasks.</summary>
/// <param name="Id">32 hex digits; the plan node has the same.</param>
/// <param name="Name">The chained operators' names.</param>
/// <param name="State">RUNNING, FINISHED, FAILED, …</param>
/// <param name="Parallelism">Subtasks.</param>
/// <param name="MaxParallelism">Subtasks at most (key groups).</param>
/// <param name="StartedAt">When its first subtask was deployed; null before.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="Duration">From start to end or now; null before it was deployed.</param>
/// <param name="Tasks">Subtasks by state (upper case); count.</param>
/// <param name="Io">What it read and wrote, summed over the current attempts of its subtasks.</param>
/// <param name="SlotSharingGroup">Id of its slot sharing group; null before 1.20.</param>
public sealed record JobVertex(
    string Id,
    string Name,
    string State,
    int Parallelism,
    int? MaxParallelism,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    TimeSpan? Duration,
    IReadOnlyDictionary<string, int> Tasks,
    VertexIo Io,
    string? SlotSharingGroup);

/// <summary>What was read and written since the attempt began. The counters go back to 0 with every new attempt.</summary>
/// <param name="ReadBytes">Bytes.</param>
/// <param name="WriteBytes">Bytes.</param>
/// <param name="ReadRecords">Records; 0 for sources whose reader does not count.</param>
/// <param name="WriteRecords">Records.</param>
/// <param name="Complete">False where some subtask had no metric yet: the numbers are too small.</param>
/// <param name="Backpressured">Time spent waiting for downstream, summed over subtasks.</param>
/// <param name="Idle">Time spent waiting for input, summed over subtasks.</param>
/// <param name="Busy">Time spent working, summed over subtasks; null where a subtask does not know.</param>
public sealed record VertexIo(
    long? ReadBytes,
    long? WriteBytes,
    long? ReadRecords,
    long? WriteRecords,
    bool Complete,
    TimeSpan? Backpressured,
    TimeSpan? Idle,
    TimeSpan? Busy);

/// <summary>The job's graph.</summary>
/// <param name="Type">STREAMING or BATCH; null where the server gives none.</param>
/// <param name="Nodes">The nodes; their ids are those of the vertices.</param>
public sealed record JobPlan(string? Type, IReadOnlyList<PlanNode> Nodes);

/// <summary>A node of the graph.</summary>
/// <param name="Id">The vertex's id.</param>
/// <param name="Parallelism">Subtasks.</param>
/// <param name="Description">Its operators as plain text, one a line.</param>
/// <param name="Inputs">The edges that lead to it; empty for sources.</param>
public sealed record PlanNode(string Id, int? Parallelism, string Description, IReadOnlyList<PlanInput> Inputs);

/// <summary>An edge of the graph.</summary>
/// <param name="From">The id of the vertex it comes from.</param>
/// <param name="Number">Which input of the operator, from 0.</param>
/// <param name="ShipStrategy">HASH, REBALANCE, FORWARD, …</param>
/// <param name="Exchange">For example <c>pipelined_bounded</c>.</param>
public sealed record PlanInput(string From, int? Number, string? ShipStrategy, string? Exchange);
