using System.Text.Json.Nodes;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Composes what is asked for of one pipeline of a run: from its spec, its revisions and its savepoints as they are at its turn.</summary>
/// <param name="operations">Tells which revisions started.</param>
/// <param name="clusters">Where the specs are that an upgrade or a scaling changes.</param>
/// <param name="pipelines">Where the revisions are that a rollback goes back to.</param>
/// <param name="snapshots">Where the savepoints are that it may begin from.</param>
public sealed class BulkComposer(IOperationService operations, IClusterDirectory clusters, IPipelineStore pipelines, ISnapshotService snapshots)
{
    /// <summary>What would be asked for, for a plan.</summary>
    /// <exception cref="NothingToDoException">Nothing would be done.</exception>
    public async Task<OperationRequest> RequestAsync(BulkRun run, BulkItem item, CancellationToken cancellationToken)
    {
        var order = run.Order;
        var part = $"bulk run {OperationNames.ShortId(run.Id)}";
        var request = new OperationRequest(order.Kind, item.Pipeline, order.Reason.Length > 0 ? $"{order.Reason} ({part})" : $"Part of {part}")
        {
            SavepointBeforeDelete = order.SavepointBeforeDelete,
            RollBackOnFailure = order.RollBackOnFailure,
            DiscardState = order.DiscardState,
        };
        if (order.FromSavepoints) request = request with { SnapshotPath = await SavepointAsync(item.Pipeline, order.SavepointBefore, cancellationToken) };
        return order switch
        {
            { Kind: OperationKind.Upgrade or OperationKind.SideBySide, Change: { } change } => await ChangedAsync(request, item, change.ApplyTo, cancellationToken),
            { Kind: OperationKind.Scale, Scale: { } target } => await ChangedAsync(request, item, target.ApplyTo, cancellationToken) with { Manifest = null, Scale = target },
            { Kind: OperationKind.Rollback } => await RollbackAsync(request, item, order.InForceAt, cancellationToken),
            { Kind: OperationKind.Fork } => await ForkAsync(request, order, item, cancellationToken),
            _ => request,
        };
    }

    private async Task<string> SavepointAsync(PipelineKey key, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        // Its sources are asked again: the one that counts may have been taken, or taken away, a moment ago.
        var catalogue = await snapshots.ReadAsync(key, look: true, cancellationToken) ?? throw new NothingToDoException("It is not registered any more.");
        return SnapshotUse.NewestSavepoint(catalogue.Snapshots.Select(e => e.Snapshot), before)?.Path
            ?? throw new NothingToDoException(before is null ? "It has no savepoint that it can begin from." : "It has no savepoint of that time that it can begin from.");
    }

    private async Task<OperationRequest> ForkAsync(OperationRequest request, BulkOrder order, BulkItem item, CancellationToken cancellationToken)
    {
        request = request with { Pipeline = order.ResultOf(item.Pipeline), Source = item.Pipeline, Team = order.Fork?.Team };
        if (order.Change is not { IsEmpty: false } change) return request;
        var newest = (await RevisionsAsync(item, cancellationToken))[0];
        if (!ManifestYaml.TryParse(newest.Manifest, out var document, out var error)) throw new NothingToDoException($"Its newest revision cannot be read: {error.Message}");
        return request with { Manifest = ForkManifest.Of(ManifestYaml.ToText(Changed(document.Root, change.ApplyTo)), request.Pipeline) };
    }

    private async Task<OperationRequest> ChangedAsync(OperationRequest request, BulkItem item, Func<JsonObject, JsonObject> change, CancellationToken cancellationToken)
    {
        var (live, generation) = await LiveAsync(item, cancellationToken);
        var manifest = PipelineManifest.Clean(live);
        var changed = Changed(manifest, change);
        if (PipelineManifest.SemanticEquals(manifest, changed)) throw new NothingToDoException("It is as wanted already.");
        return request with { Manifest = ManifestYaml.ToText(changed), Generation = generation };
    }

    private static JsonObject Changed(JsonObject manifest, Func<JsonObject, JsonObject> change)
    {
        var changed = (JsonObject)manifest.DeepClone();
        try
        {
            changed["spec"] = change(manifest["spec"] as JsonObject ?? []);
            return changed;
        }
        catch (BulkChangeException e)
        {
            throw new NothingToDoException($"The change does not fit: {e.Message}.");
        }
    }

    private async Task<OperationRequest> RollbackAsync(OperationRequest request, BulkItem item, DateTimeOffset? inForceAt, CancellationToken cancellationToken)
    {
        var (_, generation) = await LiveAsync(item, cancellationToken);
        var revisions = await RevisionsAsync(item, cancellationToken);
        foreach (var earlier in revisions.Where(r => inForceAt is null || r.CreatedAt <= inForceAt))
        {
            // One that did not start, and the way back from it, would be taken for the last good one.
            if (earlier.OperationId is { } id && await operations.FindAsync(id, cancellationToken) is { Ended: true, State: not OperationState.Succeeded }) continue;
            // With its state of that time, the version of now is something to go back to as well.
            if (!IsSame(earlier, revisions[0]) || (inForceAt is not null && request.SnapshotPath is not null)) return request with { Revision = earlier.Number, Generation = generation };
            if (inForceAt is not null) break;
        }

        throw new NothingToDoException(inForceAt switch
        {
            null => "It has no earlier revision that differs from that of now and whose operation succeeded.",
            { } at when revisions.Any(r => r.CreatedAt <= at) => "It is as it was then.",
            _ => "It had no revision yet then.",
        });
    }

    /// <returns>Newest first, at least one.</returns>
    private async Task<List<Revision>> RevisionsAsync(BulkItem item, CancellationToken cancellationToken)
    {
        var pipeline = await pipelines.FindAsync(item.Pipeline, cancellationToken) ?? throw new NothingToDoException("It is not registered any more.");
        return [.. (await pipelines.RevisionsAsync(pipeline.Id, cancellationToken)).OrderByDescending(r => r.Number)];
    }

    private async Task<(JsonObject Live, long? Generation)> LiveAsync(BulkItem item, CancellationToken cancellationToken)
    {
        var key = item.Pipeline;
        var api = clusters.Api(key.Cluster) ?? throw new KubernetesException(KubernetesError.Unreachable, $"the cluster {key.Cluster} is not connected.");
        JsonObject live;
        try
        {
            live = await api.GetAsync(key.KubernetesResource, key.Namespace, key.Name, cancellationToken);
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            throw new NothingToDoException("It does not exist on the cluster any more.");
        }

        var generation = (long?)live["metadata"]?["generation"];
        return item.Generation is { } planned && planned != generation
            ? throw new NothingToDoException($"Its spec was changed after this run was planned (generation {planned}, now {generation}). Nothing was done; look at that change, then retry.")
            : (live, generation);
    }

    private static bool IsSame(Revision one, Revision other) => ManifestYaml.TryParse(one.Manifest, out var first, out _) && ManifestYaml.TryParse(other.Manifest, out var second, out _)
        ? SpecComparison.Compare(first.Root["spec"] as JsonObject, second.Root["spec"] as JsonObject).Count == 0
        : one.Manifest == other.Manifest;
}

/// <summary>Nothing is to be done to a pipeline; the message says why.</summary>
public sealed class NothingToDoException(string message) : Exception(message);
