using Sluice.Domain.Access;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations.Guards;

/// <summary>What the pipeline's tier and the other guard rails say about an operation: once for its plan, once when it is asked for.</summary>
internal sealed class GuardRules(IOperationStore store, OperationEnvironment environment)
{
    /// <summary>What they say now; null where nothing.</summary>
    public async Task<PlanGuards?> ReadAsync(IOperationKind kind, PlanContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var tier = context.Pipeline?.Tier ?? (kind.Creates ? request.Tier : PipelineTier.Standard);
        var active = (await store.ActiveAsync(cancellationToken)).FirstOrDefault(o => OperationService.KeepsOut(o, request.Pipeline, request.Source));
        var ahead = active is null ? 0 : (await store.HeldAsync(request.Pipeline, cancellationToken)).Count(o => o.State == OperationState.Queued);
        var freezes = await FreezesAsync(kind, request, tier, context.Pipeline?.Team, cancellationToken);
        var guards = new PlanGuards(tier) { Active = active?.Id, Ahead = ahead, Freezes = freezes, Git = context.Pipeline?.Git, PatchOnly = context.Pipeline?.Git is not null && kind.ChangesSpec };
        if (tier == PipelineTier.Critical && kind is { ChangesJob: true, Creates: false })
        {
            guards = guards with
            {
                Approval = $"{context.Name} is critical: a change of its job needs a reason, and somebody else who approves it.",
                ApprovalWithin = environment.Guards.ApprovalWithin,
                MayBreakGlass = environment.Guards.BreakGlass,
            };
        }
        return guards is { Tier: PipelineTier.Standard, Active: null, Approval: null, Git: null, Freezes.Count: 0 } ? null : guards;
    }

    /// <summary>The freeze windows that apply to an operation that waits for its turn, without those that it may pass over.</summary>
    public async Task<IReadOnlyList<FreezeNotice>> HoldingAsync(IOperationKind kind, OperationRequest request, OperationGuards? guards, CancellationToken cancellationToken)
    {
        var pipeline = await environment.Pipelines.FindAsync(request.Pipeline, cancellationToken);
        var freezes = await FreezesAsync(kind, request, pipeline?.Tier ?? request.Tier, pipeline?.Team, cancellationToken);
        return [.. freezes.Where(f => guards?.PassedFreezes.Any(p => p.Window == f.Window) != true)];
    }

    /// <summary>What stands against it in a plan.</summary>
    public static IEnumerable<string> Problems(PlanGuards? guards, OperationRequest request) =>
        guards is null ? [] : [.. guards.PatchOnly ? [PatchOnly(request, guards.Git!)] : Array.Empty<string>(), .. guards.Freezes.Where(f => !Passes(f, request)).Select(Words)];

    /// <summary>A freeze window in a refusal: its name, until when, who may lift it, and whether there is another way.</summary>
    public static string Words(FreezeNotice freeze) =>
        $"The freeze window \u201c{freeze.Name}\u201d applies until {UtcWords.Of(freeze.Until)}{(freeze.Reason.Length > 0 ? $" ({freeze.Reason})" : "")}: what changes a job is refused until then. "
        + (freeze.MayLift.Length > 0 ? $"It may be lifted by: {freeze.MayLift}. " : "")
        + (freeze.MayPass ? "It may be passed over with a reason (freezeOverride), which is recorded." : "It cannot be passed over.");

    private async Task<IReadOnlyList<FreezeNotice>> FreezesAsync(IOperationKind kind, OperationRequest request, PipelineTier tier, string? team, CancellationToken cancellationToken) =>
        kind.ChangesJob && environment.Guards.Freezes is { } freezes ? await freezes.ApplyingAsync(request.Pipeline.Cluster, team ?? request.Team, tier, cancellationToken) : [];

    private static string PatchOnly(OperationRequest request, GitSource git) =>
        $"{request.Pipeline.Name} is managed in Git ({git.Repository}, {git.Path}), so Sluice does not change its spec. Take the patch (POST /api/v1/operations/patch, or the button), and apply it there.";

    private static bool Passes(FreezeNotice freeze, OperationRequest request) => freeze.MayPass && !string.IsNullOrWhiteSpace(request.FreezeOverride);

    /// <summary>Refuses a request that a guard rail does not let through as it is.</summary>
    /// <exception cref="OperationRefusedException">With the rule, the field, and what to do.</exception>
    public static void Check(PlanGuards? guards, OperationRequest request, GuardPolicy policy)
    {
        if (guards is { PatchOnly: true, Git: { } git }) throw Refused(GuardRule.Git, "kind", PatchOnly(request, git));
        if (guards?.Freezes.FirstOrDefault(f => !Passes(f, request)) is { } freeze) throw Refused(GuardRule.Freeze, freeze.MayPass ? "freezeOverride" : "", Words(freeze));
        if (request.BreakGlass && string.IsNullOrWhiteSpace(request.Reason))
            throw Refused(GuardRule.Approval, "reason", "breakGlass starts without a second person and needs a reason: say why it cannot wait. It stands in the operation for all to read.");
        if (guards?.Approval is not { } why) return;
        if (request.BreakGlass && !policy.BreakGlass)
            throw Refused(GuardRule.Approval, "breakGlass", "Starting alone is switched off here (Sluice:Guards:BreakGlass). Ask without breakGlass; somebody else can approve it then.");
        if (string.IsNullOrWhiteSpace(request.Reason))
            throw Refused(GuardRule.Approval, "reason", $"{why} Say in reason why you ask for it; the person who approves decides by that.");
    }

    /// <summary>Why somebody may not decide about an operation, or null.</summary>
    public static string? MayNotDecide(Operation operation, Actor actor, DateTimeOffset now)
    {
        if (operation.State != OperationState.AwaitingApproval || operation.Guards?.Approval is not { } approval) return $"It does not wait for an approval: it is {Words(operation.State)}. Nothing was changed.";
        if (actor.IsSamePerson(operation.Actor)) return $"You asked for it yourself (as {operation.Actor}), and a token counts as its owner. Somebody else has to decide; you can take it back.";
        return now >= approval.ExpiresAt ? $"It could be approved until {UtcWords.Of(approval.ExpiresAt)}. Ask for it again: it is planned anew then." : null;
    }

    public static OperationRefusedException Refused(GuardRule rule, string field, string message) => new(message) { Rule = rule, Field = field };

    private static string Words(OperationState state) => state switch
    {
        OperationState.Queued => "approved or needs none, and waits for its turn",
        OperationState.NotStarted => "ended without having begun",
        _ => state.ToString().ToLowerInvariant(),
    };
}
