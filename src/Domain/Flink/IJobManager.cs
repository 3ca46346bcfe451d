using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Flink;

/// <summary>Gives access to the JobManager of a pipeline, by the way that is configured for its cluster.</summary>
public interface IJobManagers
{
    /// <summary>The JobManager of a deployment or, for a session job, of its session cluster. Never fails; calls on it may.</summary>
    /// <param name="key">The pipeline.</param>
    /// <param name="deployment">The FlinkDeployment whose JobManager it is: the pipeline's own name, or the session cluster's.</param>
    IJobManager Of(PipelineKey key, string deployment);
}

/// <summary>
/// What Sluice reads from a JobManager (Flink 1.18 to 2.x). Jobs are stopped and changed through the operator alone; the one thing that is asked for here is the disposal of a savepoint,
/// which older operators have no field for.
/// Every call throws <see cref="FlinkException"/>. A value that Flink does not know (-1, NaN, absent) is null, never 0.
/// What comes from the execution graph is up to 3 s old (the server's own cache), metrics up to 10 s.
/// </summary>
public interface IJobManager
{
    /// <summary>The FlinkDeployment's name.</summary>
    string Deployment { get; }

    /// <summary>Slots, TaskManagers and counts of jobs.</summary>
    Task<JobManagerOverview> OverviewAsync(CancellationToken cancellationToken);

    /// <summary>The version and which features are on.</summary>
    Task<JobManagerInfo> InfoAsync(CancellationToken cancellationToken);

    /// <summary>All jobs it knows, ended ones of the last hour included.</summary>
    Task<IReadOnlyList<JobSummary>> JobsAsync(CancellationToken cancellationToken);

    /// <summary>One job with its vertices and plan.</summary>
    Task<FlinkJob> JobAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>The job's state (see <see cref="JobStates"/>), live and cheap.</summary>
    Task<string> JobStateAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>The job's execution configuration.</summary>
    Task<JobConfig> JobConfigAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>How the job ended, with the final cause where it failed.</summary>
    Task<JobResult> JobResultAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>The job's failures, newest first.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="max">How many at most; the server keeps 16.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<JobExceptions> ExceptionsAsync(string jobId, int max = 20, CancellationToken cancellationToken = default);

    /// <summary>Checkpoint counts, the latest of each kind and the history (the newest 10 by default).</summary>
    Task<CheckpointStatistics> CheckpointsAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>How the job takes checkpoints.</summary>
    Task<CheckpointConfig> CheckpointConfigAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>
    /// A checkpoint with its numbers for each vertex. Give the checkpoint as <see cref="CheckpointsAsync"/> lists it now: the server
    /// may answer with another job's checkpoint of the same number, which is found out by comparison and reported as not found.
    /// </summary>
    Task<Checkpoint> CheckpointAsync(string jobId, Checkpoint listed, CancellationToken cancellationToken);

    /// <summary>A checkpoint's numbers for each subtask of a vertex; compared with the listed one as in <see cref="CheckpointAsync"/>.</summary>
    Task<CheckpointVertex> CheckpointVertexAsync(string jobId, Checkpoint listed, string vertexId, CancellationToken cancellationToken);

    /// <summary>How a savepoint (or a stop) stands that was triggered under this id.</summary>
    Task<TriggerResult> SavepointTriggerAsync(string jobId, string triggerId, CancellationToken cancellationToken);

    /// <summary>How a manual checkpoint stands that was triggered under this id.</summary>
    Task<TriggerResult> CheckpointTriggerAsync(string jobId, string triggerId, CancellationToken cancellationToken);

    /// <summary>Asks for the removal of a savepoint's data. Any running JobManager that reaches the storage can do it.</summary>
    /// <returns>The request's id, for <see cref="DisposalAsync"/>.</returns>
    Task<string> DisposeSavepointAsync(string path, CancellationToken cancellationToken);

    /// <summary>How a disposal stands that was asked for under this id. A savepoint that is not there ends as a failure with <c>FileNotFoundException</c> at its root.</summary>
    Task<TriggerResult> DisposalAsync(string requestId, CancellationToken cancellationToken);

    /// <summary>A vertex with its subtasks.</summary>
    Task<VertexDetails> VertexAsync(string jobId, string vertexId, CancellationToken cancellationToken);

    /// <summary>When each subtask of a vertex reached each state.</summary>
    Task<IReadOnlyList<SubtaskTimes>> SubtaskTimesAsync(string jobId, string vertexId, CancellationToken cancellationToken);

    /// <summary>A vertex, summed up for each TaskManager.</summary>
    Task<IReadOnlyList<VertexTaskManager>> VertexTaskManagersAsync(string jobId, string vertexId, CancellationToken cancellationToken);

    /// <summary>How busy and how backpressured each subtask is.</summary>
    Task<BackPressure> BackPressureAsync(string jobId, string vertexId, CancellationToken cancellationToken);

    /// <summary>The input watermark of each subtask (epoch milliseconds) by index; null where there is none yet. Empty for sources.</summary>
    Task<IReadOnlyDictionary<int, long?>> WatermarksAsync(string jobId, string vertexId, CancellationToken cancellationToken);

    /// <summary>The names of the metrics that exist now. For a whole vertex use a subtask's: the vertex's list can be larger than 1 MB.</summary>
    Task<IReadOnlyList<string>> MetricNamesAsync(MetricScope scope, CancellationToken cancellationToken);

    /// <summary>Values by name; names that do not exist are left out. Any number of names: long requests are split.</summary>
    Task<MetricValues> MetricsAsync(MetricScope scope, IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>Metrics aggregated over subtasks, TaskManagers or jobs, by name; names that do not exist are left out, the others still answered.</summary>
    Task<IReadOnlyDictionary<string, MetricAggregate>> AggregatesAsync(AggregateScope scope, IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>The TaskManagers that are registered now.</summary>
    Task<IReadOnlyList<TaskManagerInfo>> TaskManagersAsync(CancellationToken cancellationToken);

    /// <summary>One TaskManager with its slots, memory and garbage collections.</summary>
    Task<TaskManagerInfo> TaskManagerAsync(string taskManagerId, CancellationToken cancellationToken);

    /// <summary>The log files of the JobManager (null) or of a TaskManager.</summary>
    Task<IReadOnlyList<LogFile>> LogsAsync(string? taskManagerId, CancellationToken cancellationToken);

    /// <summary>The end of a log file.</summary>
    /// <param name="taskManagerId">A TaskManager's, or null for the JobManager's.</param>
    /// <param name="name">A name from <see cref="LogsAsync"/>; null for the main log.</param>
    /// <param name="maxBytes">How much of the end is kept.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<LogText> LogAsync(string? taskManagerId, string? name, int maxBytes = 256 * 1024, CancellationToken cancellationToken = default);

    /// <summary>The effective configuration of the JobManager, with secrets masked.</summary>
    Task<IReadOnlyDictionary<string, string>> ConfigurationAsync(CancellationToken cancellationToken);
}
