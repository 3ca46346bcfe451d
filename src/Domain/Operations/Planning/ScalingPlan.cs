namespace Sluice.Domain.Operations.Planning;

/// <summary>How a job gets its new parallelism.</summary>
public enum ScaleWay
{
    /// <summary>The operator asks the JobManager: the tasks restart from the last checkpoint, the pods stay.</summary>
    InPlace,

    /// <summary>Standalone and reactive: TaskManagers come or go, and Flink takes the slots that there are.</summary>
    Reactive,

    /// <summary>The job is stopped and deployed anew.</summary>
    Redeploy,

    /// <summary>Nothing changes.</summary>
    None,

    /// <summary>It does not run; the new parallelism counts from its next start.</summary>
    NextStart,
}

/// <summary>One vertex and its subtasks.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name">The chained operators' names.</param>
/// <param name="Now">Subtasks now; null where the job does not run.</param>
/// <param name="After">Subtasks afterwards; null where that cannot be told.</param>
/// <param name="Most">Subtasks at most (max parallelism, the number of key groups); null where not known.</param>
/// <param name="Own">The spec gives this vertex a parallelism of its own.</param>
public sealed record VertexScale(string Id, string Name, int? Now, int? After, int? Most, bool Own);

/// <summary>Slots needed against slots there are.</summary>
/// <param name="Needed">Slots that the job takes; null where not known.</param>
/// <param name="There">Slots of the TaskManagers that are registered now; null where the JobManager does not tell.</param>
/// <param name="Free">Slots that nothing uses now.</param>
/// <param name="PerTaskManager">Slots of a TaskManager afterwards.</param>
/// <param name="TaskManagers">TaskManagers that are registered now.</param>
/// <param name="TaskManagersAfter">TaskManagers that are needed, or that the spec fixes.</param>
/// <param name="Words">The same in a sentence.</param>
public sealed record SlotPlan(int? Needed, int? There, int? Free, int PerTaskManager, int? TaskManagers, int? TaskManagersAfter, string Words);

/// <summary>What a scaling comes to.</summary>
/// <param name="Way">How it will be done.</param>
/// <param name="Why">Why that way, and what stands against a way without a redeployment.</param>
/// <param name="Parallelism">The whole job's parallelism now, by the spec; null where it does not tell.</param>
/// <param name="ParallelismAfter">The whole job's afterwards.</param>
/// <param name="Vertices">The vertices; empty where the JobManager does not tell.</param>
/// <param name="Slots">Slots needed against slots there are.</param>
public sealed record ScalingPlan(ScaleWay Way, string Why, int? Parallelism, int? ParallelismAfter, IReadOnlyList<VertexScale> Vertices, SlotPlan Slots);

/// <summary>How a vertex came out.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Name">The chained operators' names.</param>
/// <param name="Predicted">Subtasks as the plan said; null where it did not.</param>
/// <param name="Real">Subtasks as the JobManager said at the end.</param>
public sealed record VertexOutcome(string Id, string Name, int? Predicted, int Real);
