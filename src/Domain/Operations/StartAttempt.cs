namespace Sluice.Domain.Operations;

/// <summary>Waits for a start, and takes its failure as an answer that is remembered, for a kind of operation that has a way out of it.</summary>
internal static class StartAttempt
{
    private const string Failure = "failure";

    /// <summary>A step that ends well either way, and says of a failure what follows from it.</summary>
    /// <param name="running">The step that waits; its time is the start's.</param>
    /// <param name="timing">How long to wait.</param>
    /// <param name="isFailure">Why the exception is a failure that there is a way out of; null where there is none.</param>
    /// <param name="hasWayOut">Whether there is one where it takes too long.</param>
    /// <param name="follows">What follows, as a sentence.</param>
    public static StepDefinition Step(StepDefinition running, OperationTiming timing, Func<StepContext, OperationFailedException, string?> isFailure, Func<StepContext, bool> hasWayOut, string follows) => running with
    {
        Timeout = timing.Start + timing.Quick,
        RunAsync = async (context, cancellationToken) =>
        {
            if (FailureOf(context, running.Name) is { } known) return NotStarted(known, follows);
            var left = (context.Step.StartedAt ?? context.Now) + timing.Start - context.Now;
            using var limit = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, context.Environment.Time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            string failure;
            try
            {
                return await running.RunAsync(context, both.Token);
            }
            catch (OperationFailedException e) when (isFailure(context, e) is not null)
            {
                failure = isFailure(context, e)!;
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested && hasWayOut(context))
            {
                failure = $"it did not run within {(int)timing.Start.TotalMinutes} minutes; seen last: {context.Step.Message}";
            }
            await context.RememberAsync(Failure, failure, cancellationToken);
            return NotStarted(failure, follows);
        },
    };

    /// <summary>Why the start that a step waited for failed; null where it did not.</summary>
    public static string? FailureOf(StepContext context, string step) => context.TextOf(step, Failure);

    private static StepResult NotStarted(string failure, string follows) => StepResult.Done($"The new version does not start: {failure} {follows}");
}
