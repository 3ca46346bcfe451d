using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>
/// Advances runs: follows the operations that were begun, and begins the next. Each call looks at the record alone, so it may die between any two writes and
/// is simply called again, here or on another replica: an operation's id is recorded before it is started, and starting it twice gives one.
/// </summary>
/// <param name="store">The durable record.</param>
/// <param name="starter">Begins operations.</param>
/// <param name="fleet">Tells the health after a wave.</param>
/// <param name="time">The clock.</param>
public sealed class BulkEngine(IBulkStore store, BulkStarter starter, IFleet fleet, TimeProvider time)
{
    // So many are begun between two looks at the rules.
    private const int AtOnce = 16;

    /// <summary>Does what can be done now.</summary>
    /// <exception cref="FencedOutException">Another replica has taken over.</exception>
    public async Task AdvanceAsync(Guid id, long fence, CancellationToken cancellationToken)
    {
        var run = await store.FindAsync(id, cancellationToken);
        if (run is null || run.Fence != fence) throw new FencedOutException(id, fence);
        var running = await FollowAsync(run, cancellationToken);
        if (run.State != BulkState.Running) return;

        var waves = await store.WavesAsync(id, cancellationToken);
        if (HaltRules.Failures(run.Order, waves) is { } reason)
        {
            await store.SaveAsync(run with { State = BulkState.Halted, Message = reason }, cancellationToken);
            return;
        }

        if (await WaveAsync(run, waves, cancellationToken) is { } wave) await BeginAsync(run, wave, running, cancellationToken);
    }

    /// <summary>Takes over what came of operations.</summary>
    /// <returns>The items that go on.</returns>
    private async Task<List<BulkItem>> FollowAsync(BulkRun run, CancellationToken cancellationToken)
    {
        var (running, changed, lost) = (new List<BulkItem>(), new List<BulkItem>(), new List<BulkItem>());
        foreach (var followed in await store.FollowedAsync(run.Id, cancellationToken))
        {
            var (item, now) = (followed.Item, Now(followed));
            if (followed.Operation is null) lost.Add(item);
            else if (now != item) changed.Add(now);
            // One that waits for a second person takes nobody's place.
            if (now.State == BulkItemState.Running && followed.Operation != OperationState.AwaitingApproval) running.Add(now);
        }

        // The replica died between recording and starting them.
        if (lost.Count > 0 && run.State != BulkState.Running)
        {
            changed.AddRange(lost.Select(i => run.State == BulkState.Cancelled
                ? i with { State = BulkItemState.Skipped, OperationId = null, Message = "The run was called off before its turn.", EndedAt = time.GetUtcNow() }
                : i with { State = BulkItemState.Pending, OperationId = null, StartedAt = null }));
            lost.Clear();
        }

        if (changed.Count > 0) await store.SaveAsync(run.Id, run.Fence, changed, cancellationToken);
        await StartAsync(run, lost, cancellationToken);
        return running;
    }

    private BulkItem Now(BulkFollowed followed)
    {
        var item = followed.Item;
        BulkItem Ended(BulkItemState state, string message) => item with { State = state, Message = message, EndedAt = followed.EndedAt ?? time.GetUtcNow() };
        return followed.Operation switch
        {
            OperationState.Succeeded => Ended(BulkItemState.Succeeded, followed.Message),
            OperationState.Failed => Ended(BulkItemState.Failed, followed.Message),
            OperationState.Cancelled => Ended(BulkItemState.Skipped, $"Its operation was called off. {followed.Message}".TrimEnd()),
            OperationState.Waiting when item.State != BulkItemState.Waiting => item with { State = BulkItemState.Waiting, Message = followed.Message },
            OperationState.NotStarted => Ended(BulkItemState.Skipped, followed.Message),
            OperationState.AwaitingApproval or OperationState.Queued when item.Message != followed.Message => item with { State = BulkItemState.Running, Message = followed.Message, Excused = false },
            OperationState.Pending or OperationState.Running when item.State != BulkItemState.Running || item.Message.Length > 0 => item with { State = BulkItemState.Running, Message = "", Excused = false },
            _ => item,
        };
    }

    /// <summary>The wave in which items may begin now, or null: it pauses, is looked at, or all is done.</summary>
    private async Task<int?> WaveAsync(BulkRun run, IReadOnlyList<BulkWaveCount> waves, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var next = waves.FirstOrDefault(w => w.Unfinished > 0);
        // An earlier wave has work again where a person retries.
        if (next is not null && next.Wave <= run.Wave)
        {
            if (run.StartedAt is null || next.Wave != run.Wave || run.WaveEndedAt is not null)
                await store.SaveAsync(run with { StartedAt = run.StartedAt ?? now, Wave = next.Wave, WaveEndedAt = null, WaveChecked = false }, cancellationToken);
            return next.Wave;
        }

        if (run.WaveEndedAt is not { } ended)
        {
            await store.SaveAsync(run = run with { WaveEndedAt = now, WaveChecked = false }, cancellationToken);
            ended = now;
        }

        if (!run.WaveChecked && run.Order.Halt.Health is { } rule)
        {
            if (now < ended + rule.After) return null;
            if (!await IsWellAsync(run, rule, cancellationToken)) return null;
            await store.SaveAsync(run = run with { WaveChecked = true, Message = "" }, cancellationToken);
        }

        if (next is null)
        {
            await store.SaveAsync(run with { State = BulkState.Finished, EndedAt = now, Message = "" }, cancellationToken);
            return null;
        }
        if (now < ended + run.Order.Waves.Pause) return null;
        await store.SaveAsync(run with { StartedAt = run.StartedAt ?? now, Wave = next.Wave, WaveEndedAt = null, WaveChecked = false }, cancellationToken);
        return next.Wave;
    }

    /// <returns>True where the wave's pipelines are well, false where the run halts or has to wait.</returns>
    private async Task<bool> IsWellAsync(BulkRun run, BulkHealthRule rule, CancellationToken cancellationToken)
    {
        var items = await store.ItemsAsync(run.Id, run.Wave, [BulkItemState.Succeeded, BulkItemState.Failed, BulkItemState.Waiting], 0, int.MaxValue, cancellationToken);
        var now = fleet.Current;
        // After a side-by-side upgrade another one runs in its place, after a fork the new one is to be judged.
        var pipelines = items.Where(i => !i.Excused).Select(i => i.State == BulkItemState.Succeeded ? run.Order.ResultOf(i.Pipeline) : i.Pipeline).ToList();
        // After a start of Sluice the index is empty for a moment: that says nothing about anyone's health.
        if (pipelines.Select(p => p.Cluster).FirstOrDefault(c => now.Clusters.GetValueOrDefault(c) is { Phase: ReflectorPhase.Starting or ReflectorPhase.Listing }) is { } unread)
        {
            var waits = $"The health after wave {run.Wave} is judged when the cluster {unread} has been read. Halt and resume the run to go on without that.";
            if (run.Message != waits) await store.SaveAsync(run with { Message = waits }, cancellationToken);
            return false;
        }

        if (HaltRules.Health(rule, run.Wave, pipelines, now) is not { } reason) return true;
        await store.SaveAsync(run with { State = BulkState.Halted, Message = reason }, cancellationToken);
        return false;
    }

    private async Task BeginAsync(BulkRun run, int wave, List<BulkItem> running, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (clusters, teams) = (running.CountBy(i => i.Pipeline.Cluster).ToDictionary(), running.CountBy(i => i.Team ?? "").ToDictionary());
        var begun = new List<BulkItem>();
        foreach (var item in await store.ItemsAsync(run.Id, wave, [BulkItemState.Pending], 0, int.MaxValue, cancellationToken))
        {
            var (cluster, team) = (item.Pipeline.Cluster, item.Team ?? "");
            if (clusters.GetValueOrDefault(cluster) >= run.Order.Waves.PerCluster || teams.GetValueOrDefault(team) >= run.Order.Waves.PerTeam) continue;
            clusters[cluster] = clusters.GetValueOrDefault(cluster) + 1;
            teams[team] = teams.GetValueOrDefault(team) + 1;
            begun.Add(item with { State = BulkItemState.Running, OperationId = BulkNames.Operation(run.Id, item.Index, item.Attempt), StartedAt = now, EndedAt = null, Message = "" });
            if (begun.Count == AtOnce) break;
        }

        if (begun.Count > 0 && await store.BeginAsync(run.Id, run.Fence, begun, cancellationToken)) await StartAsync(run, begun, cancellationToken);
    }

    /// <summary>Side by side: a cluster that does not answer delays the others once, not for each.</summary>
    private async Task StartAsync(BulkRun run, List<BulkItem> items, CancellationToken cancellationToken)
    {
        if (items.Count == 0) return;
        var refused = (await Task.WhenAll(items.Select(i => starter.StartAsync(run, i, cancellationToken)))).OfType<BulkItem>().ToList();
        if (refused.Count > 0) await store.SaveAsync(run.Id, run.Fence, refused, cancellationToken);
        if (refused.FirstOrDefault(i => i.State == BulkItemState.Pending) is { } frozen)
            await store.SaveAsync(run with { State = BulkState.Halted, Message = $"{frozen.Pipeline.Namespace}/{frozen.Pipeline.Name}: {frozen.Message} Resume the run then; what was begun goes on." }, cancellationToken);
    }
}
