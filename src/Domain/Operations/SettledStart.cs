using System.Globalization;
using Sluice.Domain.Flink;

namespace Sluice.Domain.Operations;

/// <summary>
/// Whether a job that is called running has really begun. Flink calls a job RUNNING before its tasks have opened, and between two restarts: a version whose tasks fail at
/// every start would pass for a good one. So it has to complete a checkpoint, or to run a while without a failure; one that fails again and again does not start.
/// </summary>
internal sealed class SettledStart(StepContext context)
{
    private const int Often = 3;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private DateTimeOffset? _quietSince;
    private int _failures;

    /// <summary>True where it has settled; false while that is open.</summary>
    /// <exception cref="StartFailedException">It fails again and again.</exception>
    public async Task<bool> LookAsync(FlinkObject seen, CancellationToken cancellationToken)
    {
        if (seen.Record.JobId is not { } id || seen.Record.JobStartedAt is not { } started) return seen.Runs;
        var runs = seen.Record.JobState == JobStates.Running;
        try
        {
            var job = context.JobManager(seen);
            if (runs && await HasCheckpointAsync(job, id, started, cancellationToken)) return true;
            var failures = (await job.ExceptionsAsync(id, cancellationToken: cancellationToken)).Entries.Where(e => e.At >= started).ToList();
            if (failures.Count >= Often)
            {
                var cause = $"its tasks failed {failures.Count.ToString(CultureInfo.InvariantCulture)} times since the start, last with {failures[0].Throwable.Root}";
                await context.NoteAsync("JobManager", cause, cancellationToken);
                throw new StartFailedException(cause.EndsWith('.') ? cause : cause + ".");
            }
            if (failures.Count != _failures) (_failures, _quietSince) = (failures.Count, null);
        }
        catch (FlinkException e)
        {
            // A JobManager that the portal cannot reach decides nothing: the operator's word has to do.
            await context.SayAsync($"The JobManager does not say how the job is: {e.Message}", cancellationToken);
        }
        if (!runs)
        {
            _quietSince = null;
            return false;
        }
        _quietSince ??= context.Now;
        if (context.Now - _quietSince >= Quiet) return true;
        await context.SayAsync(_failures == 0 ? "The job runs; its first checkpoint is still to come." : "The job failed and runs again; whether it stays up is still to be seen.", cancellationToken);
        return false;
    }

    private static async Task<bool> HasCheckpointAsync(IJobManager job, string id, DateTimeOffset started, CancellationToken cancellationToken)
    {
        try
        {
            return (await job.CheckpointsAsync(id, cancellationToken)).LatestCompleted is { TriggeredAt: { } at } && at >= started;
        }
        catch (FlinkException e) when (e.Error == FlinkError.NotFound)
        {
            // The job takes none.
            return false;
        }
    }
}
