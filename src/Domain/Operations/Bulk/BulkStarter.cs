using System.Data.Common;
using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Begins the ordinary operation of one pipeline of a run. Begun twice, there is still one: its id is made from the run.</summary>
/// <param name="operations">Where operations are asked for.</param>
/// <param name="clusters">Where the specs are that an upgrade or a scaling changes.</param>
/// <param name="pipelines">Where the revisions are that a rollback goes back to.</param>
/// <param name="time">The clock.</param>
public sealed class BulkStarter(IOperationService operations, IClusterDirectory clusters, IPipelineStore pipelines, TimeProvider time)
{
    /// <summary>The operation is recorded, or it is not to be: then the answer is the item with its outcome.</summary>
    public async Task<BulkItem?> StartAsync(BulkRun run, BulkItem item, CancellationToken cancellationToken)
    {
        var id = item.OperationId ?? throw new InvalidOperationException("An item is begun after its operation's id was recorded.");
        try
        {
            // Looked for first: what was composed for it must not be judged against the spec that it has written since.
            if (await operations.FindAsync(id, cancellationToken) is not null) return null;
            await operations.StartAsync(await RequestAsync(run, item, cancellationToken) with { Id = id }, new Actor(run.Actor), cancellationToken);
            return null;
        }
        catch (NothingToDoException e)
        {
            return Ended(item, BulkItemState.Skipped, e.Message);
        }
        catch (OperationRefusedException e) when (e.ActiveOperation == id)
        {
            return null;
        }
        catch (OperationRefusedException e) when (e.Rule == GuardRule.Freeze)
        {
            // Nothing of its own is the matter: the run halts, and begins it again when it is resumed.
            return item with { State = BulkItemState.Pending, OperationId = null, StartedAt = null, Message = e.Message };
        }
        catch (OperationRefusedException e)
        {
            return e.ActiveOperation is null
                ? Ended(item, BulkItemState.Failed, $"Refused before anything was done: {e.Message}")
                : Ended(item, BulkItemState.Skipped, "Another operation of it was active when its turn came. Nothing was done; retry it once that one has ended.");
        }
        catch (KubernetesException e)
        {
            return Ended(item, BulkItemState.Failed, $"Not begun: {e.Message}");
        }
        catch (Exception e) when (e is not (OperationCanceledException or DbException))
        {
            // A fault over one pipeline must not keep the others waiting for ever.
            return Ended(item, BulkItemState.Failed, $"Not begun, for Sluice failed over it: {e.Message}");
        }
    }

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
        return order switch
        {
            { Kind: OperationKind.Upgrade, Change: { } change } => await ChangedAsync(request, item, change.ApplyTo, cancellationToken),
            { Kind: OperationKind.Scale, Scale: { } target } => await ChangedAsync(request, item, target.ApplyTo, cancellationToken) with { Manifest = null, Scale = target },
            { Kind: OperationKind.Rollback } => await RollbackAsync(request, item, order.InForceAt, cancellationToken),
            _ => request,
        };
    }

    private async Task<OperationRequest> ChangedAsync(OperationRequest request, BulkItem item, Func<JsonObject, JsonObject> change, CancellationToken cancellationToken)
    {
        var (live, generation) = await LiveAsync(item, cancellationToken);
        var manifest = PipelineManifest.Clean(live);
        try
        {
            var changed = (JsonObject)manifest.DeepClone();
            changed["spec"] = change(manifest["spec"] as JsonObject ?? []);
            if (PipelineManifest.SemanticEquals(manifest, changed)) throw new NothingToDoException("It is as wanted already.");
            return request with { Manifest = ManifestYaml.ToText(changed), Generation = generation };
        }
        catch (BulkChangeException e)
        {
            throw new NothingToDoException($"The change does not fit: {e.Message}.");
        }
    }

    private async Task<OperationRequest> RollbackAsync(OperationRequest request, BulkItem item, DateTimeOffset? inForceAt, CancellationToken cancellationToken)
    {
        var (_, generation) = await LiveAsync(item, cancellationToken);
        var pipeline = await pipelines.FindAsync(item.Pipeline, cancellationToken) ?? throw new NothingToDoException("It is not registered any more.");
        var revisions = (await pipelines.RevisionsAsync(pipeline.Id, cancellationToken)).OrderByDescending(r => r.Number).ToList();
        foreach (var earlier in revisions.Where(r => inForceAt is null || r.CreatedAt <= inForceAt))
        {
            // One that did not start, and the way back from it, would be taken for the last good one.
            if (earlier.OperationId is { } id && await operations.FindAsync(id, cancellationToken) is { Ended: true, State: not OperationState.Succeeded }) continue;
            if (!IsSame(earlier, revisions[0])) return request with { Revision = earlier.Number, Generation = generation };
            if (inForceAt is not null) break;
        }

        throw new NothingToDoException(inForceAt switch
        {
            null => "It has no earlier revision that differs from that of now and whose operation succeeded.",
            { } at when revisions.Any(r => r.CreatedAt <= at) => "It is as it was then.",
            _ => "It had no revision yet then.",
        });
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

    private BulkItem Ended(BulkItem item, BulkItemState state, string message) => item with { State = state, OperationId = null, Message = message, EndedAt = time.GetUtcNow() };
}

/// <summary>Nothing is to be done to a pipeline; the message says why.</summary>
public sealed class NothingToDoException(string message) : Exception(message);
