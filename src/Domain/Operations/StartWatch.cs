using System.Globalization;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>
/// Follows a job on its way to RUNNING, and says why when it cannot get there. No single field tells: the newest spec must be taken up,
/// the job must have a start of its own (the status keeps the old job's values for a while), and the operator must call it stable.
/// </summary>
internal sealed class StartWatch(StepContext context, DateTimeOffset? previousStart, DateTimeOffset since, TimeSpan? patience = null)
{
    private readonly ErrorWatch _errors = new(context, SharedSteps.ErrorBeforeOf(context), patience);
    private readonly SettledStart _settled = new(context);

    /// <summary>Says in words that it runs, or null while it does not.</summary>
    public async Task<string?> LookAsync(FlinkObject seen, CancellationToken cancellationToken)
    {
        var record = seen.Record;
        if (record.DeletedAt is not null) throw new OperationFailedException("Someone deletes the deployment meanwhile. The job ends with it.");
        if (!seen.WantsRunning) throw new OperationFailedException("Someone suspended the pipeline meanwhile. It is stopped, with its state kept as that suspension did. Resume it when it should run.");
        if (!seen.TakenUp)
        {
            await OperatorAnswer.SayAsync(context, seen, since, cancellationToken);
            return null;
        }
        if (record.ReconciliationState is "ROLLING_BACK" or "ROLLED_BACK")
            throw new OperationFailedException("The operator went back to the last good spec by itself, because the new one did not become stable in time. The old version runs; the custom resource still holds the new one. Upgrade again with a corrected version.");

        var fresh = record.JobStartedAt is not null && record.JobStartedAt != previousStart;
        var stable = fresh && record.LifecycleState == "STABLE" && record.ReconciliationState == "DEPLOYED";
        if (stable && record.JobState == "FINISHED") return "The job ran to its end.";
        if (fresh && record.JobState is "RUNNING" or "RESTARTING" or "FAILING" && await _settled.LookAsync(seen, cancellationToken) && stable) return "The job runs.";
        if (stable && record.JobState == "RUNNING") return null;
        if (!record.HasJob && record.LifecycleState == "STABLE" && record.JobManagerStatus == "READY") return "The session cluster is ready.";

        var final = record.JobState == "FAILED" && (fresh || record.LifecycleState == "FAILED");
        if (_errors.Standing(seen) is { } error || final)
        {
            var cause = await CauseAsync(seen, cancellationToken);
            throw new StartFailedException(cause);
        }
        await context.SayAsync(Progress(seen), cancellationToken);
        return null;
    }

    private async Task<string> CauseAsync(FlinkObject seen, CancellationToken cancellationToken)
    {
        var cause = context.Environment.Causes is { } causes ? await causes.FindAsync(context.Pipeline, cancellationToken) : null;
        cause ??= seen.Record.Error is { } error ? (error.Reason is { } reason ? $"{reason}: {error.Message}" : error.Message) : $"the job ended as {seen.Record.JobState}";
        await context.NoteAsync("operator", cause, cancellationToken);
        return cause.EndsWith('.') ? cause : cause + ".";
    }

    private static string Progress(FlinkObject seen) => (seen.Record.JobManagerStatus, seen.Record.JobState) switch
    {
        ("MISSING", _) => "The operator creates the JobManager.",
        ("DEPLOYING", _) => "The JobManager's pod starts.",
        ("DEPLOYED_NOT_READY", _) => "The JobManager's pod runs; its REST interface is not ready yet.",
        ("ERROR", _) => $"The JobManager does not start: {seen.Record.Error?.Message ?? "no reason given yet"}",
        (_, "CREATED") => "The JobManager answers; the job waits for its TaskManagers.",
        (_, "INITIALIZING") => "The JobManager loads the program and its state.",
        (_, "RUNNING") => "The job runs; the operator has not called it stable yet.",
        (_, "RESTARTING" or "FAILING") => "The job failed and restarts.",
        (_, var job) => $"The job is {job ?? "not known yet"}.",
    };
}

/// <summary>A version that was deployed does not start.</summary>
internal sealed class StartFailedException(string cause)
    : OperationFailedException($"It does not start: {cause} The deployment exists and its job does not run. Correct the cause with an upgrade, or delete it.")
{
    /// <summary>Why, as a sentence.</summary>
    public string Cause { get; } = cause;
}

/// <summary>
/// Tells a lasting error from one that comes and goes: while an old deployment goes away, the operator reports errors for fractions of a second.
/// </summary>
internal sealed class ErrorWatch(StepContext context, string? staleOnSessionJobs = null, TimeSpan? patience = null)
{
    private DateTimeOffset? _since;

    /// <summary>The error, where one has stood long enough to count.</summary>
    public string? Standing(FlinkObject seen)
    {
        // The operator never clears the error of a session job: what stood there before the operation says nothing about it.
        var stale = seen.Record.Resource == FlinkResource.SessionJob && seen.Record.Error?.Message == staleOnSessionJobs;
        if (seen.Record.Error is not { } error || seen.Runs || stale)
        {
            _since = null;
            return null;
        }
        _since ??= context.Now;
        return context.Now - _since >= (patience ?? context.Environment.Timing.ErrorPatience) ? error.Message : null;
    }
}

/// <summary>What to say, and when to stop, while the operator has not taken up a change.</summary>
internal static class OperatorAnswer
{
    /// <summary>Says that the change waits, that the operator refused it, or that the operator seems not to run.</summary>
    public static async Task SayAsync(StepContext context, FlinkObject seen, DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (seen.Record.Error is { Type: "ValidationException" } refused)
            throw new OperationFailedException($"The operator refused the change: {refused.Message} What ran before goes on unchanged. Correct the spec with another upgrade.");
        var waited = context.Now - since;
        if (waited < context.Environment.Timing.OperatorSilence)
        {
            await context.SayAsync("Waiting for the operator to take up the change.", cancellationToken);
            return;
        }
        var heard = await OperatorEvents.NewestAsync(context, since, cancellationToken);
        await context.SayAsync(
            heard is not null
                ? $"The operator is at it: {heard}"
                : Silent(context), cancellationToken);
    }

    /// <summary>What to say when the operator does not answer.</summary>
    public static string Silent(StepContext context) =>
        $"The operator has not answered for {((int)context.Environment.Timing.OperatorSilence.TotalSeconds).ToString(CultureInfo.InvariantCulture)} s; is it running? The job is as it was.";
}
