using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Operations;

/// <summary>Finds out from the JobManager which snapshot the running job was started from: what was asked for is not proof.</summary>
internal static class RestoredState
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(15);

    private const string Advice = " Suspend it before it writes results that you do not want, then deploy again from the snapshot.";

    /// <summary>Compares the job's restored snapshot with the expected one; null expects any. The advice follows where they differ.</summary>
    public static async Task<StepResult> VerifyAsync(StepContext context, string? expected, CancellationToken cancellationToken, string advice = Advice)
    {
        var began = context.Now;
        var words = await context.WaitAsync(async (seen, token) =>
        {
            if (seen.Record.JobId is not { } job)
            {
                await context.SayAsync("The operator has not reported the job's id yet.", token);
                return null;
            }
            var statistics = await context.JobManager(seen).CheckpointsAsync(job, token);
            var restored = statistics.LatestRestored;
            if (restored is null)
            {
                // The JobManager's answers are a few seconds old.
                if (context.Now - began < Settle) return null;
                await context.NoteAsync("JobManager", $"job {job}: not restored from any snapshot", token);
                throw new OperationFailedException($"The job runs, but it began without state{(expected is null ? "" : $" and not from {expected}")}.{advice}");
            }
            var path = restored.ExternalPath ?? "a snapshot whose path the JobManager does not tell";
            await context.NoteAsync("JobManager", $"job {job}: restored from {path}", token);
            if (expected is null || Same(restored.ExternalPath, expected)) return $"Continues from {path}: the JobManager says so.";
            if (statistics.Restored > 1) return $"The job has restarted since and was last restored from {path}; whether it began from {expected} cannot be told any more.";
            throw new OperationFailedException($"The job runs, but it was restored from {path} and not from {expected}.{advice}");
        }, cancellationToken);
        return StepResult.Done(words);
    }

    /// <summary>True where two paths name one place: <c>file:/a</c> and <c>file:///a</c> do.</summary>
    public static bool Same(string? a, string? b) => SnapshotPath.Same(a, b);
}
