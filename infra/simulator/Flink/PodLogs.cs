using System.Globalization;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Flink.Rest;

namespace Sluice.Simulator.Flink;

/// <summary>What JobManagers and TaskManagers print, made from what happened to them.</summary>
internal sealed class PodLogs(FlinkWorld world) : IPodLogs
{
    public PodLog? Find(string ns, string pod, string container, bool previous)
    {
        if (container != PodFactory.Container) return null;
        foreach (var process in world.Processes.Where(p => p.Namespace == ns))
        {
            if (process.Pod.Name == pod)
            {
                var started = previous ? process.Pod.PreviousStarted : process.Pod.Started ?? process.Pod.PreviousStarted;
                if (started is not { } at) return null;
                DateTimeOffset? Ended() => previous ? process.Pod.PreviousEnded : process.Pod.Started is null ? process.Pod.PreviousEnded : process.Stopping ? world.Clock.Now : null;
                return new((from, to) => Under(() => JobManager(world, process, at, Ended()).Where(l => l.At >= from && l.At < to)), at, () => Under(Ended));
            }
            if (process.Tasks.All.FirstOrDefault(t => t.Name == pod) is { Started: { } since } task && !previous)
                return new((from, to) => Under(() => Task(process, task, since, to).Where(l => l.At >= from && l.At < to)), since, () => Under<DateTimeOffset?>(() => process.Stopping || !process.Tasks.All.Contains(task) ? world.Clock.Now : null));
        }
        return null;
    }

    public static string JobManagerText(FlinkWorld world, FlinkProcess process, DateTimeOffset now) =>
        Join(JobManager(world, process, process.Pod.Started ?? now, null).Where(l => l.At <= now));

    public static string TaskManagerText(FlinkWorld world, FlinkProcess process, TaskManager task, DateTimeOffset now)
    {
        _ = world;
        return Join(Task(process, task, task.Started ?? now, now));
    }

    private static string Join(IEnumerable<LogLine> lines) => string.Concat(lines.Select(l => l.Text + "\n"));

    private T Under<T>(Func<T> read)
    {
        lock (world.Store.Gate) return read();
    }

    private IReadOnlyList<LogLine> Under(Func<IEnumerable<LogLine>> read)
    {
        lock (world.Store.Gate) return [.. read()];
    }

    private static List<LogLine> JobManager(FlinkWorld world, FlinkProcess process, DateTimeOffset started, DateTimeOffset? ended)
    {
        var release = FlinkRelease.Of(process.View.FlinkVersion);
        var lines = new List<LogLine>();
        void Add(DateTimeOffset at, string level, string logger, string text) => lines.Add(Line(at, level, logger, text));
        var application = process.View.Job is not null;
        Add(started.AddSeconds(0.4), "INFO", "runtime.entrypoint.ClusterEntrypoint", $"Starting {(application ? "KubernetesApplicationClusterEntrypoint" : "KubernetesSessionClusterEntrypoint")} (Version: {release.Version}, Scala: 2.12, Rev:{release.Commit}, Date:2026-01-08T16:20:55+01:00)");
        Add(started.AddSeconds(0.5), "INFO", "configuration.GlobalConfiguration", $"Loading configuration property: kubernetes.cluster-id, {process.Name}");
        if (ArgumentTraits.CannotStart(process.View))
        {
            var entry = process.View.EntryClass;
            Add(started.AddSeconds(2.1), "ERROR", "runtime.entrypoint.ClusterEntrypoint", "Could not create application program.");
            foreach (var text in (string[])[
                $"org.apache.flink.client.program.ProgramInvocationException: The program's entry point class '{entry}' was not found in the jar file.",
                $"Caused by: java.lang.ClassNotFoundException: {entry}", "\tat java.base/java.net.URLClassLoader.findClass(URLClassLoader.java:445)"])
                lines.Add(new(started.AddSeconds(2.1), text));
            return lines;
        }
        Add(started.AddSeconds(2.2), "INFO", "runtime.rpc.pekko.PekkoRpcService", "Starting RPC endpoint for org.apache.flink.runtime.resourcemanager.active.ActiveResourceManager");
        Add(started.AddSeconds(3.1), "INFO", "runtime.dispatcher.DispatcherRestEndpoint", "Rest endpoint listening at 0.0.0.0:8081");
        foreach (var job in process.Jobs) Job(world, process, job, ended, Add, lines);
        lines.Sort((a, b) => a.At.CompareTo(b.At));
        return lines;
    }

    private static void Job(FlinkWorld world, FlinkProcess process, FlinkJob job, DateTimeOffset? ended, Action<DateTimeOffset, string, string, string> add, List<LogLine> lines)
    {
        _ = ended;
        job.Advance(world.Clock.Now);
        if (process.DriverFailed)
        {
            var failure = job.RootFailure!;
            add(failure.At, "ERROR", "client.deployment.application.ApplicationDispatcherBootstrap", "Application failed unexpectedly:");
            foreach (var text in RestExceptions.Stack(failure).TrimEnd().Split('\n')) lines.Add(new(failure.At, text));
            return;
        }
        add(job.Started, "INFO", "runtime.dispatcher.StandaloneDispatcher", $"Received JobGraph submission '{job.Name}' ({job.Id}).");
        if (job.Checkpoints.RestoredFrom is { } restored)
            add(restored.At, "INFO", "runtime.checkpoint.CheckpointCoordinator", $"Restoring job {job.Id} from {(restored.IsSavepoint ? "Savepoint" : "Checkpoint")} {restored.Id} @ {restored.At.ToUnixTimeMilliseconds()} for {job.Id} located at {restored.Path}.");
        foreach (var (state, at) in job.EnteredStates)
            add(at, "INFO", "runtime.executiongraph.ExecutionGraph", $"Job {job.Name} ({job.Id}) switched to state {state}.");
        foreach (var failure in job.Failures)
        {
            add(failure.At, "WARN", "runtime.taskmanager.Task", $"{failure.Task} ({job.Id[..16]}) switched from RUNNING to FAILED with failure cause:");
            foreach (var text in RestExceptions.Stack(failure).TrimEnd().Split('\n')) lines.Add(new(failure.At, text));
        }
        foreach (var checkpoint in job.Checkpoints.Newest)
        {
            var word = checkpoint.IsSavepoint ? "savepoint" : "checkpoint";
            add(checkpoint.Triggered, "INFO", "runtime.checkpoint.CheckpointCoordinator", $"Triggering {word} {checkpoint.Id} (type={(checkpoint.IsSavepoint ? "SavepointType{name='Savepoint'}" : "CheckpointType{name='Checkpoint'}")}) @ {checkpoint.Triggered.ToUnixTimeMilliseconds()} for job {job.Id}.");
            if (checkpoint.Outcome == CheckpointOutcome.Completed)
                add(checkpoint.Acknowledged!.Value, "INFO", "runtime.checkpoint.CheckpointCoordinator", $"Completed checkpoint {checkpoint.Id} for job {job.Id} ({checkpoint.Bytes} bytes, checkpointDuration={(long)(checkpoint.Acknowledged.Value - checkpoint.Triggered).TotalMilliseconds} ms, finalizationTime=3 ms).");
            else if (checkpoint.Outcome == CheckpointOutcome.Failed)
                add(checkpoint.FailedAt!.Value, "WARN", "runtime.checkpoint.CheckpointFailureManager", $"Failed to trigger or complete checkpoint {checkpoint.Id} for job {job.Id}. ({checkpoint.Failure})");
        }
    }

    private static List<LogLine> Task(FlinkProcess process, TaskManager task, DateTimeOffset started, DateTimeOffset to)
    {
        var lines = new List<LogLine>
        {
            Line(started.AddSeconds(0.3), "INFO", "runtime.taskexecutor.TaskManagerRunner", $"Starting TaskManager with ResourceID: {task.Id}"),
            Line(started.AddSeconds(2.4), "INFO", "runtime.taskexecutor.TaskExecutor", $"Successful registration at resource manager for {process.Name}."),
        };
        foreach (var job in process.Jobs.Where(j => j.RunningSince is not null && j.RunningSince < to))
        {
            foreach (var vertex in job.Plan)
                for (var i = 0; i < job.ParallelismOf(vertex); i++)
                    if (Placement.Of(process, i) == task)
                        lines.Add(Line(job.RunningSince!.Value, "INFO", "runtime.taskmanager.Task", $"{vertex.Name} ({i + 1}/{job.ParallelismOf(vertex)})#{job.Restarts} ({job.Id}_{vertex.Id}_{i}_{job.Restarts}) switched from INITIALIZING to RUNNING."));
            foreach (var failure in job.Failures.Where(f => f.TaskManager == task.Id))
                lines.Add(Line(failure.At, "WARN", "runtime.taskmanager.Task", $"{failure.Task} switched from RUNNING to FAILED with failure cause: {failure.Class}: {failure.Message}"));
        }
        lines.Sort((a, b) => a.At.CompareTo(b.At));
        return lines;
    }

    private static LogLine Line(DateTimeOffset at, string level, string logger, string text) =>
        new(at, $"{at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture)} {level,-5} org.apache.flink.{logger} [] - {text}");
}
