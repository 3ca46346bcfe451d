namespace Sluice.Domain.Operations;

/// <summary>How a job was stopped.</summary>
/// <param name="Path">The savepoint or checkpoint that it will continue from; null where the state is in the high-availability metadata only.</param>
/// <param name="Words">The same in words.</param>
internal sealed record Stopped(string? Path, string Words);

/// <summary>
/// Follows a job on its way down with a savepoint. The operator falls back to other ways by itself where it cannot take one; that is found out and said,
/// so that state is never lost in silence.
/// </summary>
internal sealed class StopWatch(StepContext context, string? pathBefore, DateTimeOffset since)
{
    private readonly ErrorWatch _errors = new(context);
    private DateTimeOffset? _savepointFailedAt;

    /// <summary>How it stopped, or null while it has not.</summary>
    public async Task<Stopped?> LookAsync(FlinkObject seen, CancellationToken cancellationToken)
    {
        if (seen.Record.DeletedAt is not null) throw new OperationFailedException("Someone deletes the deployment meanwhile. The job ends with it.");
        if (!seen.TakenUp)
        {
            await WhileRunningAsync(seen, cancellationToken);
            return null;
        }
        _savepointFailedAt = null;
        if (seen.SavepointPath is { } path && path != pathBefore) return new Stopped(path, $"Stopped with savepoint {path}.");
        if (seen.Record.JobState == "CANCELLING" || (!seen.IsSuspended && seen.Record.ReconciledState != "suspended"))
        {
            if (_errors.Standing(seen) is { } error) throw new StepGaveUpException($"The operator took up the change but cannot stop the job: {error}");
            await context.SayAsync("The operator stops the job.", cancellationToken);
            return null;
        }
        return seen.ReconciledUpgradeMode switch
        {
            "last-state" => new Stopped(null, "The operator could not take a savepoint and fell back to the last state: no savepoint was taken; the state is the last checkpoint, kept in the high-availability metadata."),
            "stateless" => throw new OperationFailedException("The operator stopped the job without keeping its state, although a savepoint was asked for. The newest retained checkpoint, if there is one, is in the checkpoint directory. Do not resume before you have chosen a snapshot."),
            _ when seen.SavepointPath is { } same => new Stopped(same, $"The job had ended already; it continues from {same}."),
            _ => null,
        };
    }

    private async Task WhileRunningAsync(FlinkObject seen, CancellationToken cancellationToken)
    {
        if (seen.Record.Error is { Type: not "ValidationException" } error && seen.Record.JobState == "RUNNING")
        {
            _savepointFailedAt ??= context.Now;
            if (context.Now - _savepointFailedAt >= context.Environment.Timing.OperatorSilence)
                throw new StepGaveUpException($"The job could not be stopped with a savepoint: {error.Message} It keeps running, and the operator goes on trying. Retry waits for it again; cancel takes the request back.");
            await context.SayAsync($"The savepoint failed: {error.Message} The job keeps running; the operator tries again.", cancellationToken);
            return;
        }
        _savepointFailedAt = null;
        await OperatorAnswer.SayAsync(context, seen, since, cancellationToken);
    }
}
