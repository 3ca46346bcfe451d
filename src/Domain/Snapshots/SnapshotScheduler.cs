using System.Data.Common;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>
/// Takes savepoints by the timetables. A turn is claimed in the database before it begins, and its operation has an identity made from pipeline and turn: a replica that dies
/// in between leaves a claim that its successor finishes, and two that lead at once start one operation.
/// </summary>
public sealed class SnapshotScheduler(ISnapshotStore store, IOperationService operations, TimeProvider time)
{
    private static readonly Actor Schedule = new(SnapshotSources.ScheduleActor);

    /// <summary>Starts what is due. The pipelines are given, because only registered ones have turns.</summary>
    /// <returns>How many turns were dealt with.</returns>
    public async Task<int> LookAsync(IReadOnlyDictionary<Guid, PipelineKey> pipelines, int limit, CancellationToken cancellationToken)
    {
        var due = await store.DueTurnsAsync(time.GetUtcNow(), limit, cancellationToken).ConfigureAwait(false);
        foreach (var policy in due)
            if (pipelines.TryGetValue(policy.PipelineId, out var key) && await ClaimAsync(policy.PipelineId, cancellationToken).ConfigureAwait(false) is { } planned)
                await FinishAsync(policy.PipelineId, planned, await StartAsync(policy.PipelineId, key, planned, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return due.Count;
    }

    /// <summary>The turn to begin now; null where another replica was quicker.</summary>
    private async Task<DateTimeOffset?> ClaimAsync(Guid pipeline, CancellationToken cancellationToken)
    {
        DateTimeOffset? claimed = null;
        await store.ChangePolicyAsync(pipeline, policy =>
        {
            claimed = policy.Claimed;
            if (claimed is not null) return policy;
            var now = time.GetUtcNow();
            if (policy is not { Schedule: { Enabled: true } schedule, Next: { } next } || next.Begins > now) return policy;
            claimed = next.Planned;
            // Turns that were missed meanwhile are not made up for: one savepoint now is worth as much.
            return policy with { Claimed = claimed, Next = schedule.Next(next.Planned > now ? next.Planned : now, pipeline) };
        }, cancellationToken).ConfigureAwait(false);
        return claimed;
    }

    private async Task<ScheduledRun> StartAsync(Guid pipeline, PipelineKey key, DateTimeOffset planned, CancellationToken cancellationToken)
    {
        var id = SnapshotIds.ScheduledOperation(pipeline, planned);
        if (await operations.FindAsync(id, cancellationToken).ConfigureAwait(false) is null)
        {
            try
            {
                await operations.StartAsync(new OperationRequest(OperationKind.Savepoint, key, "By the timetable") { Id = id }, Schedule, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationRefusedException e) when (e.ActiveOperation == id)
            {
                // It was started under this identity in the same moment: that is the one.
            }
            catch (Exception e) when (e is not (OperationCanceledException or DbException))
            {
                // Whatever it is, it must not keep the other pipelines' turns waiting.
                return new ScheduledRun(time.GetUtcNow(), false, $"Left out: {e.Message}", (e as OperationRefusedException)?.ActiveOperation);
            }
        }
        return new ScheduledRun(time.GetUtcNow(), true, "A savepoint was asked for.", id);
    }

    private Task FinishAsync(Guid pipeline, DateTimeOffset planned, ScheduledRun run, CancellationToken cancellationToken) =>
        store.ChangePolicyAsync(pipeline, policy => policy.Claimed == planned ? policy with { Claimed = null, LastRun = run } : policy, cancellationToken);
}
