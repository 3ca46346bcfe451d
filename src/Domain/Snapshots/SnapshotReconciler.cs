using System.Collections.Immutable;
using System.Globalization;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>
/// Brings a pipeline's part of the catalogue up to date with what its operations, the operator and the JobManager tell. May run twice at once: what it writes is what it saw.
/// </summary>
public sealed class SnapshotReconciler(
    IClusterDirectory clusters, IJobManagers jobManagers, IPipelineStore pipelines, IOperationStore operations, ISnapshotStore store, TimeProvider time, Func<Guid> newId)
{
    private const int NewestOperations = 50;

    /// <summary>How long a JobManager may take: what it adds is worth less than the rest being there.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>All that matters to the catalogue in a resource, in short: while it is the same, the resource tells nothing new.</summary>
    public static string Mark(FlinkResourceRecord resource) => string.Create(CultureInfo.InvariantCulture,
        $"{resource.Uid}|{resource.JobId}|{resource.JobState == "RUNNING"}|{resource.UpgradeSavepointPath}|{resource.LastSavepoint?.Location}|{resource.Annotations.GetValueOrDefault("drained")}");

    /// <summary>Reads the sources and writes what they add.</summary>
    /// <param name="pipeline">Whose.</param>
    /// <param name="resource">Its custom resource; null where it is gone.</param>
    /// <param name="objects">FlinkStateSnapshots of its job that are new or changed.</param>
    /// <param name="askJob">Ask the JobManager, too.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task ReadAsync(Pipeline pipeline, FlinkResourceRecord? resource, IReadOnlyList<StateSnapshotRecord> objects, bool askJob, CancellationToken cancellationToken)
    {
        var known = await store.ListAsync(pipeline.Id, cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var sightings = new List<SnapshotSighting>(SnapshotSources.OfOperations(await operations.ListAsync(pipeline.Key, NewestOperations, cancellationToken).ConfigureAwait(false)));
        sightings.AddRange(objects.Select(SnapshotSources.OfObject).OfType<SnapshotSighting>());
        if (resource is not null) sightings.AddRange(SnapshotSources.OfResource(resource));
        var listed = resource is null ? null : await ListedAsync(pipeline.Key, resource, known, cancellationToken).ConfigureAwait(false);
        if (listed is not null) sightings.AddRange(listed);
        var ofJob = askJob && resource is not null ? await OfJobAsync(pipeline.Key, resource, cancellationToken).ConfigureAwait(false) : [];
        sightings.AddRange(ofJob);

        IReadOnlyList<Revision>? revisions = null;
        if (sightings.Any(s => s.Makes) || known.Any(s => s.Revision is null)) revisions = await pipelines.RevisionsAsync(pipeline.Id, cancellationToken).ConfigureAwait(false);
        var rows = known.ToDictionary(s => s.Id);
        Put(rows, SnapshotMerge.Into(pipeline.Id, known, sightings, now, newId, (at, operation) => RevisionAt(revisions ?? [], at, operation)));
        if (clusters.Snapshots(pipeline.Key.Cluster)?.Current is { State.Phase: ReflectorPhase.Synced } feed)
            Put(rows, SnapshotMerge.WithoutObject([.. rows.Values], Names(rows.Values, feed, pipeline.Key.Namespace), now));
        if (listed is not null) Put(rows, SnapshotMerge.OffTheList([.. rows.Values], listed, now));
        Put(rows, SnapshotMerge.Outlived([.. rows.Values], resource?.JobId, now));

        var before = known.ToImmutableDictionary(s => s.Id);
        var changed = rows.Values.Where(s => before.GetValueOrDefault(s.Id) != s).ToList();
        if (changed.Count > 0) await store.NoteAsync(changed, cancellationToken).ConfigureAwait(false);
        var replaced = SnapshotMerge.Replaced([.. rows.Values], ofJob);
        if (replaced.Count > 0) await store.RemoveAsync([.. replaced.Select(s => s.Id)], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The FlinkStateSnapshots of a pipeline's job.</summary>
    public IReadOnlyList<StateSnapshotRecord> ObjectsOf(PipelineKey key) =>
        clusters.Snapshots(key.Cluster)?.Current is { } feed ? [.. feed.Items.Values.Where(r => IsOf(r, key))] : [];

    /// <summary>True where an object stands for a snapshot of the pipeline's job.</summary>
    public static bool IsOf(StateSnapshotRecord record, PipelineKey key) =>
        record.ObjectKey.Namespace == key.Namespace && record.JobName == key.Name && (record.JobKind ?? "FlinkDeployment") == key.KubernetesResource.Kind;

    private static void Put(Dictionary<Guid, Snapshot> rows, IReadOnlyList<Snapshot> changed)
    {
        foreach (var snapshot in changed) rows[snapshot.Id] = snapshot;
    }

    private static HashSet<string> Names(IEnumerable<Snapshot> rows, ResourceSnapshot<StateSnapshotRecord> feed, string ns) =>
        [.. rows.Select(s => s.ObjectName).OfType<string>().Where(name => feed.Items.ContainsKey(new ObjectKey(ns, name)))];

    private static int? RevisionAt(IReadOnlyList<Revision> revisions, DateTimeOffset at, Guid? operation) =>
        // What an upgrade took before it stopped the job is of the version before.
        revisions.Where(r => r.CreatedAt <= at && (r.OperationId is null || r.OperationId != operation)).MaxBy(r => r.Number)?.Number;

    private async Task<IReadOnlyList<SnapshotSighting>?> ListedAsync(PipelineKey key, FlinkResourceRecord resource, IReadOnlyList<Snapshot> known, CancellationToken cancellationToken)
    {
        // Older operators list theirs in the resource; the index keeps the newest only, so a new one is the moment to read the rest.
        if (resource.LastSavepoint is not { } last || known.Any(s => s.Listed && SnapshotPath.Same(s.Path, last.Location)) || clusters.Api(key.Cluster) is not { } api) return null;
        try
        {
            return SnapshotSources.OfHistory(await api.GetAsync(key.KubernetesResource, key.Namespace, key.Name, cancellationToken).ConfigureAwait(false));
        }
        catch (KubernetesException)
        {
            // The newest one is known from the index; the next change reads the list again.
            return null;
        }
    }

    private async Task<IReadOnlyList<SnapshotSighting>> OfJobAsync(PipelineKey key, FlinkResourceRecord resource, CancellationToken cancellationToken)
    {
        if (resource.JobId is not { } job || resource.JobManagerStatus is "MISSING" || !JobIds.IsValid(job)) return [];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var deployment = resource.Resource == FlinkResource.SessionJob ? resource.DeploymentName ?? key.Name : key.Name;
            return [.. SnapshotSources.OfJob(job, await jobManagers.Of(key, deployment).CheckpointsAsync(job, limit.Token).ConfigureAwait(false))];
        }
        catch (Exception e) when (e is FlinkException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Sizes stay unknown; missing is not zero.
            return [];
        }
    }
}
