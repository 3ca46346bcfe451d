using System.Text.Json.Nodes;
using Sluice.Domain.Access;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;

namespace Sluice.Domain.Operations;

/// <summary>
/// Lets a bootstrap revision run until it is through, then goes on with the steady revision from its state: an upgrade with a savepoint that first waits for a condition.
/// The savepoint is taken while the job runs, for a job that has FINISHED leaves nothing to go on from.
/// </summary>
public sealed class GoLiveOperation(OperationTiming timing) : IOperationKind
{
    internal const string Wait = "await-bootstrap";
    private const string Bootstrap = "bootstrap";
    private const string RunsOn = "Nothing was changed; the bootstrap revision runs on.";

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly UpgradeOperation _upgrade = new(timing);

    /// <inheritdoc/>
    public OperationKind Kind => OperationKind.GoLive;

    /// <inheritdoc/>
    public bool ChangesSpec => true;

    /// <inheritdoc/>
    public IReadOnlyList<StepDefinition> Steps(OperationParameters parameters)
    {
        var when = parameters.GoLive ?? new GoLiveWhen();
        return
        [
            new(Wait, $"Wait until {when.Words}", when.Within, (context, token) => WaitAsync(context, when, token)) { CancelAsync = (_, _) => Task.FromResult($"Called off. {RunsOn}") },
            .. RolloutSteps.UntilApplied(
                timing, (context, seen) => UpgradeOperation.Desired(UpgradeOperation.Manifest(context), seen), UpgradeOperation.Patch,
                // It may end by itself at any moment; until the spec is sent there is something to say about it.
                (_, seen, _) =>
                {
                    RequireRunning(seen);
                    return Task.CompletedTask;
                },
                (_, seen) => RequireRunning(seen)),
            .. parameters.RollBackOnFailure ? FailedUpgrade.StepsWithReturn(timing) : [RolloutSteps.AwaitRunningStep(timing), RolloutSteps.VerifyStep(timing)],
            SharedSteps.PutBackModeStep(timing),
            new("conclude", "Record the outcome", timing.Quick, ConcludeAsync),
        ];
    }

    /// <summary>True as long as it has not gone beyond its wait: the bootstrap is as it was.</summary>
    public static bool IsWaiting(Operation operation) => operation.Kind == OperationKind.GoLive && operation.Steps.Any(s => s.Name == Wait && s.State != StepState.Done);

    /// <summary>True where a person may say that it is to go live now.</summary>
    public static bool MayGoAhead(Operation operation) => WhyNotAhead(operation) is null;

    /// <inheritdoc/>
    public Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) => _upgrade.WriteAsync(context, cancellationToken);

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var when = context.Request.GoLive ?? new GoLiveWhen();
        var plan = await _upgrade.PlanAsync(context, cancellationToken);
        List<string> problems = [.. plan.Problems, .. when.Problems()], cautions = [.. plan.Cautions], lost = [.. plan.Lost];
        var now = "";
        if (context.Resource is { } seen)
        {
            if (Ended(seen) is { } ended) problems.Add(ended);
            else if (!seen.Runs) problems.Add($"{PlanTexts.NotRunning(seen)} Upgrade it instead.");
            else if (!plan.Restart && problems.Count == 0) problems.Add("The steady manifest changes nothing that the job has to start anew for. Upgrade it instead: that does not interrupt the bootstrap.");
            if (when.Source is not null && SpecPatch.Flatten(seen.Spec["flinkConfiguration"] as JsonObject)["execution.checkpointing.checkpoints-after-tasks-finish.enabled"]?.ToString() == "false")
                problems.Add("execution.checkpointing.checkpoints-after-tasks-finish.enabled is false: once a source is finished, Flink takes no savepoint of this job any more. Wait for something else, or change that key first.");
            using var patience = new CancellationTokenSource(PlanContext.Patience, context.Environment.Time);
            if (!when.IsUpToSomebody) now = await NowAsync(context, seen, when, patience.Token, cancellationToken);
        }
        cautions.Add("The state is handed over operator by operator: one of the steady revision begins empty unless it has the same uid as in the bootstrap revision. State that none takes up keeps the new version from starting, unless its manifest sets spec.job.allowNonRestoredState; the source of a bootstrap that is left out is such state.");
        cautions.Add("If all sources of the bootstrap come to their end before, the job is FINISHED, and Flink removes its checkpoints with it: then nothing is left to go live with, and the operation ends and says so.");
        if (context.Request.Manifest is { } text && ManifestYaml.TryParse(text, out var document, out _) && (document.Root["spec"]?["job"]?["allowNonRestoredState"])?.ToJsonString() == "true")
            lost.Add("State in the savepoint that none of the steady revision's operators takes up.");
        return plan with
        {
            Sentence = $"Wait until {when.Words}; then stop the bootstrap of {context.Name} with a savepoint and go on with the steady revision from it.",
            Steps = PlanTexts.Titles(this, context.Request),
            Wait = new WaitPlan(when.Words, now, when.Within),
            Problems = problems,
            Cautions = cautions,
            Lost = lost,
        };
    }

    /// <summary>Notes that a person says: now.</summary>
    internal static Operation GoAhead(Operation operation, string comment, Actor actor, DateTimeOffset now)
    {
        if (WhyNotAhead(operation) is { } why) throw new OperationRefusedException(why);
        operation = operation with { Guards = (operation.Guards ?? new OperationGuards()) with { GoAhead = new GoAhead(actor.Name, now, comment.Trim()) } };
        return operation.State == OperationState.Waiting
            ? operation with { State = OperationState.Pending, Message = $"{actor.Name} says that it is to go live now.", Steps = RetryPoint.Reopen(operation.Steps) }
            : operation;
    }

    private static string? WhyNotAhead(Operation operation) => operation switch
    {
        { Kind: not OperationKind.GoLive } => "It does not wait for a bootstrap. Nothing was changed.",
        { Ended: true } => $"It has ended already ({operation.State}).",
        { Held: true } => "It has not begun yet. Nothing was changed.",
        { CancelRequested: true } => "It is being called off. Nothing was changed.",
        _ when !IsWaiting(operation) => "It does not wait for its bootstrap any more. Nothing was changed.",
        _ => null,
    };

    private static async Task<StepResult> WaitAsync(StepContext context, GoLiveWhen when, CancellationToken cancellationToken)
    {
        if (context.Data[Bootstrap] is null)
        {
            var pipeline = await SharedSteps.PipelineAsync(context, cancellationToken);
            await context.RememberAsync(Bootstrap, (await context.Environment.Pipelines.RevisionsAsync(pipeline.Id, cancellationToken)).Where(r => r.OperationId != context.Operation.Id).Select(r => r.Number).DefaultIfEmpty().Max(), cancellationToken);
        }
        var watch = new GoLiveWatch(when);
        while (true)
        {
            var seen = await context.RequireAsync(cancellationToken);
            if (seen.Record.DeletedAt is not null) throw new OperationFailedException("Someone deletes the deployment. The bootstrap ends with it; nothing went live.");
            UpgradeOperation.RefuseForeignChange(context, seen);
            if (Ended(seen) is { } ended) throw new OperationFailedException(ended);
            var look = await watch.LookAsync(context.JobManager(seen), seen, context.Now, cancellationToken);
            // Read after the JobManager, which may be slow: whoever called it off or said "now" meanwhile is heard.
            var ahead = (await context.RecordedAsync(cancellationToken))?.Guards?.GoAhead;
            // The name of a token would be taken for a secret and masked.
            var who = ahead is null ? "" : new Actor(ahead.By).Person;
            if (ahead is null && !look.Holds) await context.SayAsync(look.Words, cancellationToken);
            else if (!seen.Runs) await context.SayAsync($"{PlanTexts.NotRunning(seen)} It goes live once it runs.", cancellationToken);
            else if (await FreezeAsync(context, cancellationToken) is { } freeze) await context.SayAsync($"{(ahead is null ? look.Words : $"{who} says: now.")} It goes live when the freeze window \u201c{freeze.Name}\u201d ends, at {UtcWords.Of(freeze.Until)}.", cancellationToken);
            else
            {
                await context.NoteAsync(ahead is null ? "JobManager" : "person", ahead is null ? look.Words : $"{who}: go live now{(ahead.Comment.Length > 0 ? $" ({ahead.Comment})" : "")}. {look.Words}", cancellationToken);
                return StepResult.Done(ahead is null ? look.Words : $"{who} says: now.");
            }
            for (var until = context.Now + LookEvery; context.Now < until;) await context.PauseAsync(cancellationToken);
        }
    }

    // Freeze windows hold beginnings; what changes the job begins here, perhaps days after it was asked for.
    private static async Task<FreezeNotice?> FreezeAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (context.Environment.Guards.Freezes is not { } freezes) return null;
        var pipeline = await context.Environment.Pipelines.FindAsync(context.Operation.Pipeline, cancellationToken);
        var applying = await freezes.ApplyingAsync(context.Operation.Pipeline.Cluster, pipeline?.Team, pipeline?.Tier ?? PipelineTier.Standard, cancellationToken);
        return applying.FirstOrDefault(f => context.Operation.Guards?.PassedFreezes.Any(p => p.Window == f.Window) != true);
    }

    private static async Task<string> NowAsync(PlanContext context, FlinkObject seen, GoLiveWhen when, CancellationToken patience, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience, cancellationToken);
        try
        {
            return (await new GoLiveWatch(when).LookAsync(context.Environment.JobManagers.Of(context.Request.Pipeline, seen.DeploymentName), seen, context.Environment.Time.GetUtcNow(), both.Token)).Words;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"How it stands is not known: the JobManager did not answer within {(int)PlanContext.Patience.TotalSeconds} s.";
        }
    }

    /// <summary>Why nothing can go live any more; null while it can.</summary>
    private static string? Ended(FlinkObject seen) => seen.WantsRunning && seen.Record.JobState == "FINISHED"
        ? "The bootstrap ran to its end: the job is FINISHED, and Flink has removed its checkpoints with it, so there is no state to go on from. Nothing was changed. Run the bootstrap again and go live while it runs (let one source stay open), or redeploy from a savepoint that was taken of it before."
        : null;

    private static void RequireRunning(FlinkObject seen)
    {
        if (Ended(seen) is { } ended) throw new OperationFailedException(ended);
        if (!seen.Runs) throw new StepGaveUpException($"{PlanTexts.NotRunning(seen)} Nothing was changed. Retry once it runs; call it off to leave the bootstrap as it is.", Wait);
    }

    private static async Task<StepResult> ConcludeAsync(StepContext context, CancellationToken cancellationToken)
    {
        var path = SharedSteps.StoppedPath(context);
        if (FailedUpgrade.FailureOf(context) is { } failure)
            throw new OperationFailedException($"The steady revision did not start: {failure} Sluice went back: the bootstrap revision runs again{(path is null ? "" : $" from {path}")}. Correct the steady revision, then ask to go live again.");
        if (path is not null && path == SharedSteps.PathBeforeOf(context))
            throw new OperationFailedException($"The bootstrap ended by itself in the moment it was to be stopped, so there is no savepoint of its end. The steady revision runs, but from an older snapshot: {path}. What came after that is not in its state. Run the bootstrap again, or redeploy from a later snapshot if there is one.");
        var pipeline = await SharedSteps.PipelineAsync(context, cancellationToken);
        var steady = (await context.Environment.Pipelines.RevisionsAsync(pipeline.Id, cancellationToken)).Where(r => r.OperationId == context.Operation.Id).Select(r => r.Number).DefaultIfEmpty().Max();
        var verified = context.Operation.Steps.First(s => s.Name == "verify").Message;
        return StepResult.Done($"Revision {steady} is live and goes on where the bootstrap, revision {context.DataOf(Wait)[Bootstrap]}, was stopped. {verified}");
    }
}
