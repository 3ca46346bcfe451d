using System.Text.Json.Nodes;
using Sluice.Domain.Access;

namespace Sluice.Domain.Operations;

/// <summary>The way back of an upgrade whose new version does not start: the version before, from the savepoint that its stop took.</summary>
internal static class FailedUpgrade
{
    /// <summary>In the step that applies: the spec that is replaced.</summary>
    public const string SpecBefore = "before";

    private const string Failure = "failure";
    private const string Return = "return";
    private const string StartBefore = "startBefore";

    // The errors of the version that failed stand for a while after the good one was put back; image pulls back off for up to a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Waits for the new version as an upgrade does, but takes its failure as an answer.</summary>
    public static IReadOnlyList<StepDefinition> StepsWithReturn(OperationTiming timing)
    {
        var running = RolloutSteps.AwaitRunningStep(timing);
        var verify = RolloutSteps.VerifyStep(timing);
        return
        [
            running with { Timeout = timing.Start + timing.Quick, RunAsync = (context, token) => AwaitAsync(context, running, timing, token) },
            verify with
            {
                RunAsync = (context, token) => FailureOf(context) is null ? verify.RunAsync(context, token) : Task.FromResult(StepResult.Skipped("The new version did not start.")),
            },
            new(Return, "Only if it does not start: put back the version before, with the savepoint of the stop", timing.Quick + timing.Deletion, ReturnAsync),
            new(SharedSteps.AwaitReturn, "Only then: wait until that version runs, and check its snapshot", timing.Start, AwaitReturnAsync),
        ];
    }

    /// <summary>Ends an upgrade that went back as the failure that it is.</summary>
    public static StepDefinition ConcludeStep(OperationTiming timing) => new("conclude", "Record the outcome", timing.Quick, (context, _) =>
        FailureOf(context) is not { } failure
            ? Task.FromResult(StepResult.Skipped(""))
            : throw new OperationFailedException(context.Operation.Kind == OperationKind.Scale
                ? $"The job did not start with the new parallelism: {failure} Sluice went back: it runs as before{From(context)}. Put the cause right, then scale again."
                : $"The new version did not start: {failure} Sluice went back: the version before runs again{From(context)}. Correct the new version, then upgrade again."));

    /// <summary>Why it went back; null where it did not.</summary>
    public static string? FailureOf(StepContext context) => context.TextOf(SharedSteps.AwaitRunning, Failure);

    private static string From(StepContext context) => SharedSteps.StoppedPath(context) is { } path ? $" from {path}" : "";

    private static async Task<StepResult> AwaitAsync(StepContext context, StepDefinition running, OperationTiming timing, CancellationToken cancellationToken)
    {
        if (FailureOf(context) is { } known) return NotStarted(known);
        var left = (context.Step.StartedAt ?? context.Now) + timing.Start - context.Now;
        using var limit = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, context.Environment.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        string failure;
        try
        {
            return await running.RunAsync(context, both.Token);
        }
        catch (StartFailedException e) when (CanReturn(context))
        {
            failure = e.Cause;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested && CanReturn(context))
        {
            failure = $"it did not run within {(int)timing.Start.TotalMinutes} minutes; seen last: {context.Step.Message}";
        }
        await context.RememberAsync(Failure, failure, cancellationToken);
        return NotStarted(failure);
    }

    private static StepResult NotStarted(string failure) => StepResult.Done($"The new version does not start: {failure} Sluice goes back.");

    // A job that did not run before has no good version to go back to.
    private static bool CanReturn(StepContext context) => SharedSteps.WasRunning(context) && SharedSteps.StoppedPath(context) is not null && context.DataOf(RolloutSteps.Apply)[SpecBefore] is JsonObject;

    private static async Task<StepResult> ReturnAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (FailureOf(context) is null) return StepResult.Skipped("Not needed: the new version runs.");
        var before = (JsonObject)context.DataOf(RolloutSteps.Apply)[SpecBefore]!;
        await RecordRevisionAsync(context, cancellationToken);
        var path = SharedSteps.StoppedPath(context)!;
        // Once it is deleted there may be nothing to read.
        if (!context.Data.ContainsKey(StartBefore)) await context.RememberAsync(StartBefore, (await context.RequireAsync(cancellationToken)).Record.JobStartedAt, cancellationToken);
        if (!Recreation.HasBegun(context) && await SnapshotStart.TryPutAsync(context, before, path, cancellationToken) is { } written)
            return StepResult.Done($"The version before was put back in generation {written.Generation}.");
        await Recreation.RunAsync(context, seen => SnapshotStart.NewBody(context, seen, before, path, allowNonRestored: false), cancellationToken);
        return StepResult.Done("The version before was created again: this operator has no other way to a snapshot.");
    }

    /// <summary>The newest revision is what should run: after a return that is a copy of the one before.</summary>
    private static async Task RecordRevisionAsync(StepContext context, CancellationToken cancellationToken)
    {
        var pipelines = context.Environment.Pipelines;
        var pipeline = await SharedSteps.PipelineAsync(context, cancellationToken);
        var revisions = await pipelines.RevisionsAsync(pipeline.Id, cancellationToken);
        var ours = revisions.Where(r => r.OperationId == context.Operation.Id).ToList();
        if (ours.Count != 1 || revisions.FirstOrDefault(r => r.Number == ours[0].Number - 1) is not { } before) return;
        await pipelines.AddRevisionAsync(pipeline.Id, before.Manifest, new Actor(context.Operation.Actor), $"Back to revision {before.Number}: revision {ours[0].Number} did not start", context.Operation.Id, cancellationToken);
    }

    private static async Task<StepResult> AwaitReturnAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (FailureOf(context) is not { } failure) return StepResult.Skipped("Not needed: the new version runs.");
        var watch = new StartWatch(context, (DateTimeOffset?)context.DataOf(Return)[StartBefore], SharedSteps.WrittenAt(context, Return), Patience);
        try
        {
            await context.WaitAsync(watch.LookAsync, cancellationToken);
        }
        catch (StartFailedException e)
        {
            throw new OperationFailedException(
                $"The new version did not start: {failure} The version before was put back and does not start either: {e.Cause} Nothing runs. Its state is in {SharedSteps.StoppedPath(context)}; redeploy from it once the cause is put right.", e);
        }
        return await RestoredState.VerifyAsync(context, SharedSteps.StoppedPath(context), cancellationToken);
    }
}
