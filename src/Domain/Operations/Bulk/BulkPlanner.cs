using System.Globalization;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Says what a run will do, and freezes its pipelines. Both the same way, so that what was shown is what is recorded.</summary>
/// <param name="operations">Plans the sample.</param>
/// <param name="composer">Composes the sample's request.</param>
/// <param name="snapshots">The savepoints that they may begin from.</param>
/// <param name="fleet">The pipelines as they are now.</param>
internal sealed class BulkPlanner(IOperationService operations, BulkComposer composer, ISnapshotStore snapshots, IFleet fleet)
{
    private const int MostExamples = 3;

    /// <summary>What the run will do.</summary>
    public async Task<BulkPlan> PlanAsync(BulkRequest request, IReadOnlyList<BulkProblem> problems, CancellationToken cancellationToken)
    {
        var savepoints = await SavepointsAsync(request.Order, cancellationToken);
        var (items, leftOut) = Freeze(request, savepoints);
        var taken = items.Where(i => i.Wave != BulkItem.LeftOut).ToList();
        var against = problems.Select(p => p.Message).ToList();
        if (problems.Count == 0 && taken.Count == 0) against.Add("Nothing will be done to any of them; see why below.");
        var sample = against.Count == 0 ? await SampleAsync(request.Order, taken[0], cancellationToken) : null;
        return new BulkPlan(
            Sentence(request.Order, taken, items.Count), items.Count, leftOut,
            Shares(taken, i => i.Pipeline.Cluster), Shares(taken, i => i.Team ?? "no team"),
            [.. taken.GroupBy(i => i.Wave).OrderBy(g => g.Key).Select(g => new BulkPlannedWave(g.Key, g.Key == 0 && request.Order.Waves.Canary > 0, g.Count(), g.Select(i => i.Pipeline.Cluster).Distinct().Count()))],
            sample, against, Cautions(request.Order, taken, savepoints));
    }

    /// <summary>The items of a run as they are recorded: in the order of their turn, after those that are left out.</summary>
    public async Task<(IReadOnlyList<BulkItem> Items, IReadOnlyList<BulkLeftOut> LeftOut)> FreezeAsync(BulkRequest request, CancellationToken cancellationToken) =>
        Freeze(request, await SavepointsAsync(request.Order, cancellationToken));

    private (IReadOnlyList<BulkItem> Items, IReadOnlyList<BulkLeftOut> LeftOut) Freeze(BulkRequest request, IReadOnlyDictionary<PipelineKey, Snapshot>? savepoints)
    {
        var rows = fleet.Current.Rows;
        var keys = request.Pipelines.Distinct().ToList();
        var against = keys.ToLookup(k => BulkPreconditions.Against(request.Order, rows.GetValueOrDefault(k), savepoints));
        var items = new List<BulkItem>();
        foreach (var group in against.Where(g => g.Key is not null).OrderByDescending(g => g.Count()))
            items.AddRange(group.Order(ByAddress).Select(key => new BulkItem { Index = 0, Pipeline = key, Team = rows.GetValueOrDefault(key)?.Team, Wave = BulkItem.LeftOut, State = BulkItemState.Skipped, Message = group.Key + "." }));
        foreach (var (row, wave) in WavePlanner.Plan(against[null].Select(k => rows[k]), request.Order.Waves))
            items.Add(new BulkItem { Index = 0, Pipeline = row.Key, Team = row.Team, Wave = wave, State = BulkItemState.Pending, Generation = request.Order.ChangesSpec ? row.Resource.Generation : null });
        return ([.. items.Select((item, i) => item with { Index = i })],
            [.. against.Where(g => g.Key is not null).OrderByDescending(g => g.Count()).Select(g => new BulkLeftOut(g.Key!, g.Count(), [.. g.Order(ByAddress).Take(MostExamples)]))]);
    }

    private static readonly Comparer<PipelineKey> ByAddress = Comparer<PipelineKey>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()));

    private async Task<BulkSample?> SampleAsync(BulkOrder order, BulkItem item, CancellationToken cancellationToken)
    {
        var run = new BulkRun { Id = Guid.Empty, Order = order, Pipelines = 1, State = BulkState.Planned, Actor = "", CreatedAt = default };
        try
        {
            return new(item.Pipeline, await operations.PlanAsync(await composer.RequestAsync(run, item, cancellationToken), cancellationToken));
        }
        catch (Exception e) when (e is NothingToDoException or KubernetesException)
        {
            return new(item.Pipeline, new OperationPlan("Nothing would be done to it now.", [], "", null, false, [], [e.Message], []));
        }
    }

    /// <summary>The savepoint that each pipeline would begin from; null where none is needed.</summary>
    private async Task<IReadOnlyDictionary<PipelineKey, Snapshot>?> SavepointsAsync(BulkOrder order, CancellationToken cancellationToken) =>
        order.FromSavepoints ? await snapshots.NewestSavepointsAsync(order.SavepointBefore, cancellationToken) : null;

    private List<string> Cautions(BulkOrder order, List<BulkItem> taken, IReadOnlyDictionary<PipelineKey, Snapshot>? savepoints)
    {
        var rows = fleet.Current.Rows;
        var cautions = new List<string>();
        if (savepoints is not null && taken.Count > 0) cautions.AddRange(OfSavepoints(order, taken, savepoints));
        if (order is { Kind: OperationKind.Fork, Change: null or { IsEmpty: true } })
            cautions.Add("Nothing of the specs changes: the new ones write to the same sinks, and read with the same groups, as the first ones. See what that means for the first of them below.");
        if (taken.Count(i => rows.GetValueOrDefault(i.Pipeline)?.Operation is not null) is > 0 and var busy)
            cautions.Add($"{Count(busy)} of them {(busy == 1 ? "has" : "have")} another operation now. One that still has it when its turn comes is skipped.");
        if (taken.Count(i => rows.GetValueOrDefault(i.Pipeline)?.StaleSince is not null) is > 0 and var stale)
            cautions.Add($"{Count(stale)} of them {(stale == 1 ? "is" : "are")} on a cluster that does not answer now. What fails for that counts as a failure.");
        if (taken.Count(i => rows.GetValueOrDefault(i.Pipeline)?.State.Health is HealthState.Failed or HealthState.Degraded) is > 0 and var unwell)
            cautions.Add($"{Count(unwell)} of them {(unwell == 1 ? "is" : "are")} degraded or failed already{(order.Halt.Health is null ? "." : "; after their wave that counts against the health rule.")}");
        if (order.Waves.Canary == 0) cautions.Add("There is no canary: the first wave has the full size.");
        if (order.Halt is { FailedInWave: null, FailedInWavePercent: null, Failed: null, FailedPercent: null }) cautions.Add("No number of failures halts it" + (order.Waves.Canary > 0 ? ", but those of the canary." : "."));
        return cautions;
    }

    private IEnumerable<string> OfSavepoints(BulkOrder order, List<BulkItem> taken, IReadOnlyDictionary<PipelineKey, Snapshot> savepoints)
    {
        var (first, last) = (taken.MinBy(At)!, taken.MaxBy(At)!);
        var replayed = order.Kind == OperationKind.Fork ? "The new ones read again what came after them." : "What the jobs did after them is given up, and read again where their sources still have it.";
        yield return $"Their savepoints were taken from {UtcWords.Of(At(first))} ({first.Pipeline.Namespace}/{first.Pipeline.Name}) to {UtcWords.Of(At(last))}. {replayed}";
        if (order.Kind == OperationKind.Rollback || taken.Count(IsOfAnother) is not (> 0 and var others)) yield break;
        var way = order.Kind == OperationKind.Redeploy ? " A rollback can take the revision back as well." : "";
        yield return $"{Count(others)} of these savepoints {(others == 1 ? "is" : "are")} of another revision than that of now: whether the program of now can read {(others == 1 ? "it" : "them")} shows when it starts.{way}";

        DateTimeOffset At(BulkItem item) => savepoints[item.Pipeline].TakenAt;
        bool IsOfAnother(BulkItem item) => savepoints[item.Pipeline].Revision is { } then && fleet.Current.Rows.GetValueOrDefault(item.Pipeline)?.Revision is { } now && then != now;
    }

    private static string Sentence(BulkOrder order, List<BulkItem> taken, int all)
    {
        var waves = taken.Select(i => i.Wave).Distinct().Count();
        return $"{(order.Kind == OperationKind.SideBySide ? "Upgrade side by side" : order.Kind)} {Count(taken.Count)} of {Count(all)} pipeline{(all == 1 ? "" : "s")} in {Count(waves)} wave{(waves == 1 ? "" : "s")}"
            + (order.Waves.Canary > 0 && taken.Count > 0 ? $", the first of {Count(Math.Min(order.Waves.Canary, taken.Count))} alone." : ".");
    }

    private static BulkShare[] Shares(IEnumerable<BulkItem> items, Func<BulkItem, string> by) =>
        [.. items.CountBy(by).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => new BulkShare(c.Key, c.Value))];

    private static string Count(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
