using Sluice.Domain.Flink;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Diagnosis;

/// <summary>Everything a verdict is made of, read at one moment.</summary>
public sealed record DiagnosisInput
{
    /// <summary>The moment.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The custom resource.</summary>
    public required FlinkResourceRecord Resource { get; init; }

    /// <summary>What the list says, from the custom resource and its history.</summary>
    public required PipelineState State { get; init; }

    /// <summary><c>metadata.finalizers</c>.</summary>
    public IReadOnlyList<string> Finalizers { get; init; } = [];

    /// <summary>Events of the resource, its deployment and its pods, newest first.</summary>
    public IReadOnlyList<EventFact> Events { get; init; } = [];

    /// <summary>The pods; null where they could not be read.</summary>
    public IReadOnlyList<PodFact>? Pods { get; init; }

    /// <summary>The end of the log of a JobManager container that ended; null where none did or it could not be read.</summary>
    public string? CrashLog { get; init; }

    /// <summary>True where a running operator was seen, false where it was looked for and not found, null where it was not looked for.</summary>
    public bool? OperatorRuns { get; init; }

    /// <summary>The job as the JobManager lists it; null where there is none or the JobManager was not asked.</summary>
    public JobSummary? Job { get; init; }

    /// <summary>The job's failures.</summary>
    public JobExceptions? Exceptions { get; init; }

    /// <summary>The job's checkpoints.</summary>
    public CheckpointStatistics? Checkpoints { get; init; }

    /// <summary>Why the JobManager could not be asked; null where it answered or was not asked.</summary>
    public string? JobManagerSilent { get; init; }

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<string> Gaps { get; init; } = [];
}

/// <summary>A Kubernetes event, as far as a verdict needs it.</summary>
/// <param name="At">When it happened last.</param>
/// <param name="Warning">True for warnings.</param>
/// <param name="Reason">For example <c>FailedCreate</c>.</param>
/// <param name="Message">Its text.</param>
/// <param name="Kind">The kind of object it is about.</param>
/// <param name="Name">The object's name.</param>
/// <param name="Count">How often it happened.</param>
public sealed record EventFact(DateTimeOffset? At, bool Warning, string Reason, string Message, string Kind, string Name, int Count = 1);

/// <summary>A pod, as far as a verdict needs it.</summary>
/// <param name="Name">The pod's name.</param>
/// <param name="IsJobManager">False for TaskManagers.</param>
/// <param name="Phase">Pending, Running, Succeeded, Failed or Unknown.</param>
/// <param name="Ready">All its containers are ready.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="Unschedulable">Why no node takes it; null where one did.</param>
/// <param name="Waiting">Why a container waits, for example <c>ImagePullBackOff</c>; null where none does.</param>
/// <param name="WaitingMessage">The kubelet's words for it.</param>
/// <param name="Terminated">Why a container ended the last time, for example <c>OOMKilled</c> or <c>Error</c>; null where none did.</param>
/// <param name="TerminatedAt">When that was.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Restarts">How often containers were restarted.</param>
/// <param name="Image">The main container's image.</param>
public sealed record PodFact(
    string Name,
    bool IsJobManager,
    string Phase,
    bool Ready,
    DateTimeOffset? CreatedAt,
    string? Unschedulable = null,
    string? Waiting = null,
    string? WaitingMessage = null,
    string? Terminated = null,
    DateTimeOffset? TerminatedAt = null,
    int? ExitCode = null,
    int Restarts = 0,
    string? Image = null);
