using System.Globalization;

namespace Sluice.Domain.Specs;

/// <summary>The arguments of a Beam pipeline in Java that are for the runner and not for the pipeline, and why they are as they are.</summary>
public static class BeamArguments
{
    private static readonly Dictionary<string, string> Explanations = new(StringComparer.Ordinal)
    {
        ["runner"] = "Runs the pipeline on Flink; without it Beam takes its direct runner, inside the JobManager.",
        ["streaming"] = "The pipeline has no end: Beam's defaults for bundles and checkpoints follow from it.",
        ["attachedMode"] = "main() must not wait for the job's result: in application mode Flink gives none, main() throws, and the JobManager is restarted for ever.",
        ["checkpointingInterval"] = "In milliseconds, the same as Flink's interval: without it Beam believes that checkpoints are off, and ends idle sources.",
        ["checkpointingMode"] = "EXACTLY_ONCE or AT_LEAST_ONCE.",
        ["checkpointTimeoutMillis"] = "How long a checkpoint, and a stop with savepoint, may take.",
        ["minPauseBetweenCheckpoints"] = "The rest between two checkpoints, in milliseconds.",
        ["numConcurrentCheckpoints"] = "How many checkpoints may run at once.",
        ["finishBundleBeforeCheckpointing"] = "Flushes the bundle before a snapshot: less state, longer barriers.",
        ["unalignedCheckpointEnabled"] = "Checkpoints that overtake records under backpressure.",
        ["externalizedCheckpointsEnabled"] = "Keeps checkpoints where they can be restored from.",
        ["retainExternalizedCheckpointsOnCancellation"] = "Keeps the last checkpoint when the job is cancelled.",
        ["shutdownSourcesAfterIdleMs"] = "After what time an idle source ends.",
        ["maxBundleSize"] = "Records in a bundle at most.",
        ["maxBundleTimeMills"] = "How long a bundle stays open at most, in milliseconds.",
        ["maxParallelism"] = "Key groups, and the number of source splits; fixed once there is state.",
        ["parallelism"] = "Wins over the operator's parallelism: leave it out.",
        ["flinkMaster"] = "Leave it out: in application mode Flink knows its own JobManager.",
        ["savepointPath"] = "Leave it out: the operator decides what a job is restored from.",
        ["stateBackend"] = "Wins over state.backend.type: leave it out.",
        ["stateBackendStoragePath"] = "Wins over the checkpoint directory: leave it out.",
        ["filesToStage"] = "Leave it out: the jar is in the image.",
    };

    /// <summary>Arguments that the operator or the form decides; writing them by hand works against it.</summary>
    public static IReadOnlySet<string> LeaveOut { get; } = new HashSet<string>(StringComparer.Ordinal) { "parallelism", "flinkMaster", "savepointPath", "stateBackend", "stateBackendStoragePath", "filesToStage" };

    /// <summary>True for an argument of the runner.</summary>
    public static bool IsForRunner(string argument) => Explanations.ContainsKey(Name(argument));

    /// <summary>What an argument is for, in words; null for the pipeline's own.</summary>
    public static string? Explain(string argument) => Explanations.GetValueOrDefault(Name(argument));

    /// <summary>The value of an argument, empty for a bare <c>--name</c>; null where it is not given.</summary>
    public static string? Get(IEnumerable<string> arguments, string name)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var found = arguments.LastOrDefault(a => Name(a) == name);
        return found is null ? null : found.IndexOf('=', StringComparison.Ordinal) is var i and >= 0 ? found[(i + 1)..] : "";
    }

    /// <summary>The runner's arguments with those that a pipeline under the operator needs; what a person wrote stays, only the checkpoint interval follows the form.</summary>
    public static IReadOnlyList<string> Complete(IReadOnlyList<string> arguments, string checkpointInterval)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var complete = new List<string>(arguments);
        Ensure(complete, "runner", "FlinkRunner", false);
        Ensure(complete, "streaming", "true", false);
        Ensure(complete, "attachedMode", "false", false);
        if (FlinkUnits.TryDuration(checkpointInterval, out var interval) && interval > TimeSpan.Zero)
            Ensure(complete, "checkpointingInterval", ((long)interval.TotalMilliseconds).ToString(CultureInfo.InvariantCulture), true);
        return complete;
    }

    internal static string Name(string? argument)
    {
        if (argument is null || !argument.StartsWith("--", StringComparison.Ordinal)) return "";
        var end = argument.IndexOf('=', StringComparison.Ordinal);
        return end < 0 ? argument[2..] : argument[2..end];
    }

    private static void Ensure(List<string> arguments, string name, string value, bool replace)
    {
        var at = arguments.FindIndex(a => Name(a) == name);
        if (at < 0) arguments.Add($"--{name}={value}");
        else if (replace && Get(arguments, name) != value) arguments[at] = $"--{name}={value}";
    }
}
