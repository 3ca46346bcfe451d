using System.Data.Common;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Guards;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Begins the ordinary operation of one pipeline of a run. Begun twice, there is still one: its id is made from the run.</summary>
/// <param name="operations">Where operations are asked for.</param>
/// <param name="composer">Composes what is asked for.</param>
/// <param name="time">The clock.</param>
public sealed class BulkStarter(IOperationService operations, BulkComposer composer, TimeProvider time)
{
    /// <summary>The operation is recorded, or it is not to be: then the answer is the item with its outcome.</summary>
    public async Task<BulkItem?> StartAsync(BulkRun run, BulkItem item, CancellationToken cancellationToken)
    {
        var id = item.OperationId ?? throw new InvalidOperationException("An item is begun after its operation's id was recorded.");
        try
        {
            // Looked for first: what was composed for it must not be judged against the spec that it has written since.
            if (await operations.FindAsync(id, cancellationToken) is not null) return null;
            await operations.StartAsync(await composer.RequestAsync(run, item, cancellationToken) with { Id = id }, new Actor(run.Actor), cancellationToken);
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

    private BulkItem Ended(BulkItem item, BulkItemState state, string message) => item with { State = state, OperationId = null, Message = message, EndedAt = time.GetUtcNow() };
}
