namespace Sluice.Simulator.Flink;

/// <summary>What a checkpoint or savepoint holds: enough to go on from.</summary>
internal sealed record SavedState(string Path, string JobId, long CheckpointId, double Consumed, long Bytes, DateTimeOffset At, bool IsSavepoint)
{
    /// <summary>What the run that took it writes; null for one from before the simulator.</summary>
    public JobOutput? Output { get; init; }
}

/// <summary>The shared file system of a cluster, as far as state lives there.</summary>
internal sealed class StateStorage
{
    private readonly Dictionary<string, SavedState> _saved = [];

    public void Keep(SavedState state) => _saved[Normal(state.Path)] = state;

    public SavedState? Find(string path) => _saved.GetValueOrDefault(Normal(path));

    public void Remove(string path) => _saved.Remove(Normal(path));

    /// <summary>Flink answers with one slash where the configuration has three.</summary>
    public static string Normal(string path) =>
        path.StartsWith("file:///", StringComparison.Ordinal) ? "file:/" + path["file:///".Length..].TrimEnd('/') : path.TrimEnd('/');

    /// <summary>Why nothing can be written there; null where it can.</summary>
    public static string? Refusal(string directory) =>
        Normal(directory) is var path && (path.StartsWith("file:/proc", StringComparison.Ordinal) || path.StartsWith("file:/sys", StringComparison.Ordinal) || path.Contains("read-only", StringComparison.Ordinal))
            ? "An Exception occurred while triggering the checkpoint. IO-problem detected."
            : null;
}
