using Sluice.Domain.Clusters;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>What depends on a snapshot. Such a one is neither put into quarantine nor disposed of.</summary>
public static class SnapshotUse
{
    /// <summary>For each snapshot in use the reason, in words.</summary>
    /// <param name="snapshots">All of the pipeline.</param>
    /// <param name="resource">The pipeline's custom resource; null where it is gone.</param>
    /// <param name="active">The pipeline's active operation, other than a disposal.</param>
    public static IReadOnlyDictionary<Guid, string> Of(IReadOnlyList<Snapshot> snapshots, FlinkResourceRecord? resource, Operation? active)
    {
        var reasons = new Dictionary<Guid, string>();
        var newest = snapshots.Where(s => s.Usable).OrderByDescending(s => s.TakenAt).FirstOrDefault();
        var newestSavepoint = NewestSavepoint(snapshots);
        foreach (var snapshot in snapshots)
            if (Reason(snapshot, resource, active, newest, newestSavepoint) is { } reason)
                reasons[snapshot.Id] = reason;
        return reasons;
    }

    /// <summary>The newest savepoint, of all or of those taken at or before a moment, that a job could be started from and continue as it was; null where there is none.</summary>
    public static Snapshot? NewestSavepoint(IEnumerable<Snapshot> snapshots, DateTimeOffset? before = null) =>
        snapshots.Where(s => s is { Usable: true, Kind: SnapshotKind.Savepoint } && (before is null || s.TakenAt <= before)).MaxBy(s => s.TakenAt);

    /// <summary>Why nothing is to be started from a snapshot that is on its way out; null where it is not.</summary>
    public static string? Leaving(IReadOnlyList<Snapshot> snapshots, string path) => snapshots.FirstOrDefault(s => SnapshotPath.Same(s.Path, path))?.State switch
    {
        SnapshotState.Quarantined => $"{SnapshotPath.Name(path)} is in quarantine and may be disposed of at any time after that. Bring it back first.",
        SnapshotState.Disposing => $"{SnapshotPath.Name(path)} is being disposed of: part of its data may be gone.",
        SnapshotState.Disposed => $"{SnapshotPath.Name(path)} was disposed of: its data is gone.",
        _ => null,
    };

    /// <summary>Which other deployment names a snapshot as the one to start from, in words; null where none does. Looks at every one, so it is for single decisions.</summary>
    public static string? Elsewhere(string path, PipelineKey own, IClusterDirectory clusters)
    {
        foreach (var cluster in clusters.All)
            foreach (var feed in new[] { clusters.Deployments(cluster.Name), clusters.SessionJobs(cluster.Name) })
                foreach (var resource in feed?.Current.Items.Values ?? [])
                    if ((SnapshotPath.Same(resource.InitialSavepointPath, path) || SnapshotPath.Same(resource.UpgradeSavepointPath, path)) && new PipelineKey(cluster.Name, resource.ObjectKey.Namespace, resource.ObjectKey.Name, resource.Resource) is var key && key != own)
                        return $"{key} names it as the snapshot to start from.";
        return null;
    }

    private static string? Reason(Snapshot snapshot, FlinkResourceRecord? resource, Operation? active, Snapshot? newest, Snapshot? newestSavepoint)
    {
        if (active is { Kind: not OperationKind.DisposeSnapshot } && Names(active, snapshot.Path)) return "The operation that is going on uses it.";
        if (resource is not null)
        {
            if (SnapshotPath.Same(resource.UpgradeSavepointPath, snapshot.Path)) return "The operator starts the job from it next time.";
            if (resource.UpgradeSavepointPath is null && SnapshotPath.Same(resource.LastSavepoint?.Location, snapshot.Path)) return "The operator starts the job from it next time.";
            if (SnapshotPath.Same(resource.InitialSavepointPath, snapshot.Path)) return "The custom resource names it as the snapshot to start from.";
            if (resource.JobId is { } job && snapshot.VerifiedJob == job) return "The job that runs now was started from it.";
            if (snapshot.Kind == SnapshotKind.Checkpoint && snapshot.JobId is not null && snapshot.JobId == resource.JobId) return "It is the newest that the job of now was seen to have; Flink replaces it by the next one.";
        }
        if (snapshot.Id == newest?.Id) return "It is the newest snapshot that the pipeline can be started from.";
        // A checkpoint goes when its job is started anew; the savepoint behind it stays.
        return snapshot.Id == newestSavepoint?.Id ? "It is the newest savepoint that the pipeline can be started from." : null;
    }

    private static bool Names(Operation operation, string path)
    {
        if (SnapshotPath.Same(OperationParameters.Read(operation.Parameters).SnapshotPath, path)) return true;
        var name = SnapshotPath.Name(path);
        return operation.Steps.Any(s => s.Data.Contains(name, StringComparison.Ordinal));
    }
}
