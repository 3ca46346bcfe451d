using System.Data.Common;
using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Begins the ordinary operation of one pipeline of a run. Begun twice, there is still one: its id is made from the run.</summary>
/// <param name="operations">Where operations are asked for.</param>
/// <param name="clusters">Where the specs are that an upgrade changes.</param>
/// <param name="time">The clock.</param>
public sealed class BulkStarter(IOperationService operations, IClusterDirectory clusters, TimeProvider time)
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
        return order is { Kind: OperationKind.Upgrade, Change: { } change } ? await UpgradeAsync(request, change, item, cancellationToken) : request;
    }

    private async Task<OperationRequest> UpgradeAsync(OperationRequest request, BulkChange change, BulkItem item, CancellationToken cancellationToken)
    {
        var key = item.Pipeline;
        var api = clusters.Api(key.Cluster) ?? throw new KubernetesException(KubernetesError.Unreachable, $"the cluster {key.Cluster} is not connected.");
        var live = await api.FindAsync(key.KubernetesResource, key.Namespace, key.Name, cancellationToken) ?? throw new NothingToDoException("It does not exist on the cluster any more.");
        var generation = (long?)live["metadata"]?["generation"];
        if (item.Generation is { } planned && planned != generation)
            throw new NothingToDoException($"Its spec was changed after this run was planned (generation {planned}, now {generation}). Nothing was done; look at that change, then retry.");
        var manifest = PipelineManifest.Clean(live);
        try
        {
            var changed = (JsonObject)manifest.DeepClone();
            changed["spec"] = change.ApplyTo(manifest["spec"] as JsonObject ?? []);
            if (PipelineManifest.SemanticEquals(manifest, changed)) throw new NothingToDoException("It is as wanted already.");
            return request with { Manifest = ManifestYaml.ToText(changed), Generation = generation };
        }
        catch (BulkChangeException e)
        {
            throw new NothingToDoException($"The change does not fit: {e.Message}.");
        }
    }

    private BulkItem Ended(BulkItem item, BulkItemState state, string message) => item with { State = state, OperationId = null, Message = message, EndedAt = time.GetUtcNow() };
}

/// <summary>Nothing is to be done to a pipeline; the message says why.</summary>
public sealed class NothingToDoException(string message) : Exception(message);
