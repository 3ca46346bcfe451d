using Sluice.Domain.Access;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>What guard rails add: operations that wait for a second person, or for their turn.</summary>
public sealed partial class OperationService
{
    private const string Ask = "ask";
    private const string Decide = "decide";
    private const string Turn = "turn";
    private const int SnapshotsSearched = 100;

    /// <inheritdoc/>
    public async Task<Operation> ApproveAsync(Guid id, string comment, Actor actor, CancellationToken cancellationToken) => await DecideAsync(id, actor, (operation, now) => operation with
    {
        State = OperationState.Queued,
        QueuedAt = now,
        Message = $"Approved by {actor.Name}. It begins when nothing holds it up.",
        Guards = operation.Guards! with { Approval = operation.Guards.Approval! with { Approved = true, By = actor.Name, At = now, Comment = comment.Trim() } },
    }, cancellationToken);

    /// <inheritdoc/>
    public async Task<Operation> DeclineAsync(Guid id, string comment, Actor actor, CancellationToken cancellationToken) => await DecideAsync(id, actor, (operation, now) => operation with
    {
        State = OperationState.NotStarted,
        EndedAt = now,
        Request = null,
        Message = $"Declined by {actor.Name}{(comment.Trim().Length > 0 ? ": " + comment.Trim() : ".")} Nothing was changed.",
        Guards = operation.Guards! with { Approval = operation.Guards.Approval! with { Approved = false, By = actor.Name, At = now, Comment = comment.Trim() } },
    }, cancellationToken);

    /// <inheritdoc/>
    public async Task<Operation> GoAheadAsync(Guid id, string comment, Actor actor, CancellationToken cancellationToken)
    {
        var now = _environment.Time.GetUtcNow();
        return await _store.ChangeAsync(id, operation => GoLiveOperation.GoAhead(operation, comment, actor, now), cancellationToken) ?? throw new OperationRefusedException("There is no such operation.");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Operation>> HeldAsync(PipelineKey? pipeline, CancellationToken cancellationToken) => _store.HeldAsync(pipeline, cancellationToken);

    /// <inheritdoc/>
    public async Task<SpecPatchFile> PatchAsync(OperationRequest request, CancellationToken cancellationToken)
    {
        var kind = _kinds[request.Kind];
        if (!kind.ChangesSpec || request.ChosenSnapshot is not null)
            throw GuardRules.Refused(GuardRule.Git, request.ChosenSnapshot is null ? "kind" : "snapshotPath", "A patch can be had of what changes the spec alone: an upgrade, with a stop or side by side, a rollback or a scaling, without a snapshot to start from.");
        request = await kind.CompleteAsync(request, _environment.Pipelines, cancellationToken);
        var (context, unreachable) = await ContextAsync(request, cancellationToken);
        if (context is null) throw new OperationRefusedException(unreachable, problems: [unreachable]);
        var problems = context.ExistingProblems();
        var beside = request.Kind == OperationKind.SideBySide;
        if (beside) SideBySidePlan.Manifest(request, problems);
        else if (request.Manifest is not null || request.Kind is not OperationKind.Scale) ManifestPlan.Read(request, problems);
        var start = beside ? SnapshotHistory.Of(await _store.ListAsync(request.Pipeline, SnapshotsSearched, cancellationToken)).FirstOrDefault(s => !s.Drained) : null;
        if (beside && start is null) problems.Add("No savepoint of it is known, and what a repository creates under another name starts with empty state without one. Take a savepoint, then ask for the patch again.");
        if (problems.Count > 0) throw new OperationRefusedException(string.Join(' ', problems), problems: problems);
        return await SpecPatchMaker.MakeAsync(kind, context, start?.Path, cancellationToken);
    }

    private async Task<Operation> DecideAsync(Guid id, Actor actor, Func<Operation, DateTimeOffset, Operation> decide, CancellationToken cancellationToken)
    {
        var now = _environment.Time.GetUtcNow();
        if (Boundary is not null && await _store.FindAsync(id, cancellationToken) is { } before) await AtAsync(before, Decide, StepBoundary.Before, cancellationToken);
        var decided = await _store.ChangeAsync(id, operation => GuardRules.MayNotDecide(operation, actor, now) is { } why
            ? throw GuardRules.Refused(GuardRule.Approval, "", why)
            : decide(operation, now), cancellationToken) ?? throw new OperationRefusedException("There is no such operation.");
        await AtAsync(decided, Decide, StepBoundary.Recorded, cancellationToken);
        return decided;
    }

    private async Task<Operation> AskAsync(Operation operation, string why, OperationRequest request, Guid? active, CancellationToken cancellationToken)
    {
        var expires = operation.CreatedAt + _environment.Guards.ApprovalWithin;
        operation = operation with
        {
            State = OperationState.AwaitingApproval,
            Message = $"Waits for somebody else than {operation.Actor} to approve it, until {UtcWords.Of(expires)} at the latest. {operation.Plan!.Sentence}",
            Guards = (operation.Guards ?? new OperationGuards()) with { Approval = new Approval(why, expires), After = active is null ? null : await LastAsync(request.Pipeline, active, cancellationToken) },
            Request = Kept(request),
        };
        return await AddHeldAsync(operation, cancellationToken);
    }

    private async Task<Operation> BeginOrWaitAsync(Operation operation, OperationRequest request, Guid? active, CancellationToken cancellationToken)
    {
        if (active is null)
        {
            try
            {
                await _store.AddAsync(operation, cancellationToken);
                return operation;
            }
            catch (OperationRefusedException e) when (request.Queue && e.ActiveOperation is not null)
            {
                // Another one was quicker; this one waits for it.
                active = e.ActiveOperation;
            }
        }

        operation = operation with
        {
            State = OperationState.Queued,
            QueuedAt = operation.CreatedAt,
            Message = "Waits for its turn. It is planned again then.",
            Guards = (operation.Guards ?? new OperationGuards()) with { After = await LastAsync(request.Pipeline, active, cancellationToken) },
            Request = Kept(request),
        };
        return await AddHeldAsync(operation, cancellationToken);
    }

    private async Task<Operation> AddHeldAsync(Operation operation, CancellationToken cancellationToken)
    {
        await AtAsync(operation, Ask, StepBoundary.Before, cancellationToken);
        await _store.AddAsync(operation, cancellationToken);
        await AtAsync(operation, Ask, StepBoundary.Recorded, cancellationToken);
        return operation;
    }

    /// <summary>Gives an operation its turn, as it was planned again.</summary>
    internal async Task BeginAsync(Operation operation, CancellationToken cancellationToken)
    {
        await AtAsync(operation, Turn, StepBoundary.Before, cancellationToken);
        if (await _store.BeginAsync(operation, cancellationToken)) await AtAsync(operation, Turn, StepBoundary.Recorded, cancellationToken);
    }

    private Task AtAsync(Operation operation, string moment, StepBoundary boundary, CancellationToken cancellationToken) => Boundary?.Invoke(operation, moment, boundary, cancellationToken) ?? Task.CompletedTask;

    /// <summary>What a person had waived; null where nothing was.</summary>
    private static OperationGuards? Waived(PlanGuards? guards, OperationRequest request)
    {
        if (guards is null) return null;
        var passed = guards.Freezes.Select(f => new PassedFreeze(f.Window, f.Name, request.FreezeOverride!.Trim())).ToList();
        var alone = request.BreakGlass && guards.Approval is not null;
        return alone || passed.Count > 0 ? new OperationGuards { BrokeGlass = alone, PassedFreezes = passed } : null;
    }

    /// <summary>The freeze windows that an operation waits for.</summary>
    internal Task<IReadOnlyList<FreezeNotice>> HoldingAsync(Operation operation, OperationRequest request, CancellationToken cancellationToken) =>
        _guards.HoldingAsync(_kinds[operation.Kind], request, operation.Guards, cancellationToken);

    /// <summary>The operation to wait for: the last of those that wait already, else the active one.</summary>
    private async Task<Guid?> LastAsync(PipelineKey pipeline, Guid? active, CancellationToken cancellationToken)
    {
        var queued = (await _store.HeldAsync(pipeline, cancellationToken)).Where(o => o.State == OperationState.Queued).ToList();
        if (queued.Count >= _environment.Guards.LongestQueue)
            throw GuardRules.Refused(GuardRule.OneAtATime, "queue", $"{queued.Count} operations of this pipeline wait for their turn already, and no more may. Take one back, or wait.");
        return queued.Count > 0 ? queued[^1].Id : active;
    }

    // The version that was edited was compared when it was asked for; operations before it change the generation. What matters then is whether the change is still the one that was shown.
    private static OperationRequest Kept(OperationRequest request) => request with { Generation = null, ResourceVersion = null };

    private Operation TakenBack(Operation operation, Actor actor) => operation with
    {
        State = OperationState.NotStarted,
        EndedAt = _environment.Time.GetUtcNow(),
        Request = null,
        Message = $"Taken back by {actor.Name} before it began. Nothing was changed.",
        Guards = (operation.Guards ?? new OperationGuards()) with { TakenBack = true },
    };
}

/// <summary>A request with its plan.</summary>
/// <param name="Request">What is asked for, with what it names filled in.</param>
/// <param name="Context">What the plan was made from; null where the cluster could not be asked.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Unreachable">Why the cluster could not be asked.</param>
internal sealed record Prepared(OperationRequest Request, PlanContext? Context, OperationPlan Plan, string Unreachable);
