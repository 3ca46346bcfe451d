using System.Text.Json.Nodes;
using Sluice.Domain.Access;

namespace Sluice.Domain.Operations;

/// <summary>The way back of an upgrade whose new version does not start: the version before, from the savepoint that its stop took.</summary>
internal static class FailedUpgrade
{
    /// <summary>In the step that applies: the spec that is replaced.</summary>
    public const string SpecBefore = "before";

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
            StartAttempt.Step(running, timing, (context, e) => e is StartFailedException failed && CanReturn(context) ? failed.Cause : null, CanReturn, "Sluice goes back."),
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
    public static string? FailureOf(StepContext context) => StartAttempt.FailureOf(context, SharedSteps.AwaitRunning);

    private static string From(StepContext context) => SharedSteps.StoppedPath(context) is { } path ? $" from {path}" : "";

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
