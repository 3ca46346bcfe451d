using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Operations;

/// <summary>What operations work with.</summary>
/// <param name="Clusters">The clusters.</param>
/// <param name="JobManagers">The JobManagers.</param>
/// <param name="Pipelines">Registered pipelines and their revisions.</param>
/// <param name="Time">The clock.</param>
/// <param name="Timing">How long to wait for what.</param>
public sealed record OperationEnvironment(IClusterDirectory Clusters, IJobManagers JobManagers, IPipelineStore Pipelines, TimeProvider Time, OperationTiming Timing)
{
    /// <summary>Finds out why a pipeline does not start; null leaves it at what the operator says.</summary>
    public IFailureCauses? Causes { get; init; }

    /// <summary>The guard rails that are set for all pipelines.</summary>
    public GuardPolicy Guards { get; init; } = new();

    /// <summary>Looks at the files of snapshots; null where none can be reached.</summary>
    public ISnapshotFiles? Files { get; init; }

    /// <summary>The catalogue of snapshots; null where nothing can be disposed of.</summary>
    public ISnapshotStore? Snapshots { get; init; }
}

/// <summary>Finds the cause, not the symptom, of a pipeline that does not start.</summary>
public interface IFailureCauses
{
    /// <summary>The cause in a sentence, or null where none is found.</summary>
    Task<string?> FindAsync(PipelineKey pipeline, CancellationToken cancellationToken);
}

/// <summary>How long operations wait for what.</summary>
public sealed record OperationTiming
{
    /// <summary>Between two looks at a custom resource while a step waits.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the operator may leave a change unanswered before the step says so.</summary>
    public TimeSpan OperatorSilence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an error of the operator must stand before it counts: while an old deployment goes away, errors come and go.</summary>
    public TimeSpan ErrorPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For steps that only ask or write.</summary>
    public TimeSpan Quick { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For taking a savepoint or stopping with one. The operator itself gives up after Flink's checkpoint timeout, 10 minutes by default.</summary>
    public TimeSpan Savepoint { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>For a job to start and run.</summary>
    public TimeSpan Start { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>For reading from the JobManager what the job was restored from.</summary>
    public TimeSpan Verify { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>For a deletion to complete.</summary>
    public TimeSpan Deletion { get; init; } = TimeSpan.FromMinutes(5);
}
