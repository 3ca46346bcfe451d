using System.Collections.Concurrent;
using System.Data.Common;

namespace Sluice.Domain.Operations.Guards;

/// <summary>
/// Lets operations begin that wait for an approval or for their turn, or ends them where they may not. Each call looks at the record alone, so it may die anywhere
/// and two replicas may call it at once: a row of the record changes its state once.
/// </summary>
public sealed class OperationGate(IOperationStore store, OperationService service, OperationEnvironment environment)
{
    private const int AtOnce = 8;

    // A cluster that does not answer is not asked every second; one that is only being connected, as after a restart, is not waited for long.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<Guid, (DateTimeOffset At, TimeSpan Pause)> _notBefore = new();

    /// <summary>Does what can be done now.</summary>
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        var held = await store.HeldAsync(null, cancellationToken);
        foreach (var gone in _notBefore.Keys.Except(held.Select(o => o.Id)).ToList()) _notBefore.TryRemove(gone, out _);
        if (held.Count == 0) return;
        var now = environment.Time.GetUtcNow();
        foreach (var operation in held.Where(o => o.State == OperationState.AwaitingApproval && o.Guards?.Approval is { } approval && approval.ExpiresAt <= now))
            await EndAsync(operation, $"Nobody approved it until {UtcWords.Of(operation.Guards!.Approval!.ExpiresAt)}. Nothing was changed; ask for it again if it is still wanted.", cancellationToken);
        var first = held.Where(o => o.State == OperationState.Queued).GroupBy(o => o.Pipeline).Select(g => g.First()).ToList();
        if (first.Count == 0) return;
        var active = await store.ActiveAsync(cancellationToken);
        await Parallel.ForEachAsync(first, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (operation, token) => await GuardedAsync(operation, active.FirstOrDefault(o => OperationService.KeepsOut(o, operation.Pipeline, operation.Request?.Source)), now, token));
    }

    /// <summary>One that cannot be planned holds up no other.</summary>
    private async Task GuardedAsync(Operation operation, Operation? active, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await TurnAsync(operation, active, now, cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or DbException))
        {
            await LaterAsync(operation, now, $"{e.GetType().Name}: {e.Message} Sluice tries again; take it back if it is not wanted any more.", cancellationToken);
        }
    }

    private async Task TurnAsync(Operation operation, Operation? active, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await BeforeAsync(operation, cancellationToken) is { Ended: true, State: not OperationState.Succeeded } before)
        {
            await EndAsync(operation, $"The {Kind(before)} before it did not succeed ({Outcome(before)}), so this was not started. Nothing was changed by it; look at that one, then ask again.", cancellationToken);
            return;
        }
        if (active is not null)
        {
            await SayAsync(operation, $"Waits for the {Kind(active)} of {active.Actor} to end. It is planned again then.", cancellationToken);
            return;
        }
        if (_notBefore.TryGetValue(operation.Id, out var wait) && now < wait.At) return;
        if (operation.Request is not { } request)
        {
            await EndAsync(operation, "What was asked for cannot be read any more, so this was not started. Ask for it again.", cancellationToken);
            return;
        }
        if (await service.HoldingAsync(operation, request, cancellationToken) is [var freeze, ..])
        {
            await SayAsync(operation, $"Waits for the end of the freeze window \u201c{freeze.Name}\u201d, {UtcWords.Of(freeze.Until)}{(freeze.MayLift.Length > 0 ? $", or until it is lifted (by: {freeze.MayLift})" : "")}. It is planned again then.", cancellationToken);
            return;
        }
        var prepared = await service.PrepareAsync(request, cancellationToken);
        if (prepared.Context is null)
        {
            await LaterAsync(operation, now, prepared.Unreachable, cancellationToken);
            return;
        }
        if (prepared.Plan.Problems.Count > 0)
        {
            await EndAsync(operation, $"When its turn came something stood against it, so it was not started: {string.Join(' ', prepared.Plan.Problems)}", cancellationToken);
            return;
        }
        if (operation.Plan is { } seen && PlanComparison.Worse(seen, prepared.Plan) is { Count: > 0 } worse)
        {
            await EndAsync(operation, $"When its turn came it would have done more than was shown, so it was not started. {string.Join(' ', worse)} Ask for it again to see the plan of now.", cancellationToken);
            return;
        }
        await service.BeginAsync(service.Ready(operation, prepared, request), cancellationToken);
    }

    /// <summary>The operation that has to succeed first; those that were taken back do not count.</summary>
    private async Task<Operation?> BeforeAsync(Operation operation, CancellationToken cancellationToken)
    {
        var before = operation.Guards?.After is { } id ? await store.FindAsync(id, cancellationToken) : null;
        while (before is { State: OperationState.NotStarted, Guards.TakenBack: true })
            before = before.Guards.After is { } earlier ? await store.FindAsync(earlier, cancellationToken) : null;
        return before;
    }

    private Task LaterAsync(Operation operation, DateTimeOffset now, string why, CancellationToken cancellationToken)
    {
        _notBefore.AddOrUpdate(operation.Id, (now + FirstPause, FirstPause), (_, before) => before.Pause * 2 < LongestPause ? (now + (before.Pause * 2), before.Pause * 2) : (now + LongestPause, LongestPause));
        return SayAsync(operation, $"Waits, for it cannot be planned now: {why}", cancellationToken);
    }

    private async Task SayAsync(Operation operation, string message, CancellationToken cancellationToken)
    {
        if (operation.Message != message) await store.ChangeAsync(operation.Id, o => o.State == OperationState.Queued ? o with { Message = message } : o, cancellationToken);
    }

    private Task<Operation?> EndAsync(Operation operation, string message, CancellationToken cancellationToken) =>
        store.ChangeAsync(operation.Id, o => o.Held ? o with { State = OperationState.NotStarted, Message = message, EndedAt = environment.Time.GetUtcNow(), Request = null } : o, cancellationToken);

    private static string Kind(Operation operation) => string.Concat(operation.Kind.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));

    private static string Outcome(Operation operation) => operation.State switch
    {
        OperationState.Failed => "it failed",
        OperationState.Cancelled => "it was called off",
        _ => "it was not started",
    };
}
