using Sluice.Domain.Flink;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>Is the state safe, and as of when? The sentence above the list of checkpoints.</summary>
/// <param name="Style">The CSS class of the state.</param>
/// <param name="Icon">Its icon.</param>
/// <param name="Headline">The answer.</param>
/// <param name="Detail">What it rests on.</param>
public sealed record CheckpointSafety(string Style, string Icon, string Headline, string Detail)
{
    /// <summary>A checkpoint is late after this many intervals without one.</summary>
    private const int LateAfter = 3;

    public static readonly CheckpointSafety NotKnown = new("s-unknown", "unknown", "Asking the JobManager", "The answer takes a second or two.");

    public static readonly CheckpointSafety NoJob = new("s-suspended", "suspended", "No job runs", "A job that does not run takes no checkpoints. What it was stopped with is on the overview.");

    public static CheckpointSafety Of(CheckpointStatistics s, CheckpointConfig? config, DateTimeOffset now)
    {
        var interval = config?.Interval;
        var restored = s.LatestRestored is { } r ? $" It was restored from {(r.IsSavepoint ? "savepoint" : "checkpoint")} {r.Id}." : "";
        if (interval is null && s.LatestCompleted is null)
            return new("s-warn", "warn", "Nothing is saved: periodic checkpoints are off", "After a failure the job would begin again" + (s.LatestRestored is null ? " with empty state." : " from what it was restored from.") + " Set execution.checkpointing.interval.");

        var failedInARow = s.History.TakeWhile(c => c.State != "COMPLETED").Count(c => c.State == "FAILED");
        var failing = s.LatestFailed is { FailureMessage: { Length: > 0 } why } && failedInARow > 0 ? $" The newest failure: {why}." : "";
        if (s.LastCompletedAt is not { } at)
            return new(failedInARow > 0 ? "s-bad" : "s-progressing", failedInARow > 0 ? "bad" : "progressing", failedInARow > 0 ? $"No checkpoint has completed, the last {failedInARow} failed" : "The first checkpoint is still to come", $"Every {(interval is { } i ? Format.Words(i) : "so often")} one is taken.{failing}{restored}");

        var age = now - at;
        var duration = s.LatestCompleted?.Duration is { } d ? $" The last one took {Format.Words(d)}" + (interval is { } each ? $", one is taken every {Format.Words(each)}." : ".") : "";
        if (failedInARow > 0)
            return new("s-warn", "warn", $"State is safe as of {Format.Words(age)} ago, but the last {(failedInARow == 1 ? "checkpoint" : failedInARow + " checkpoints")} failed", $"After a failure the job would read again what came since then.{failing}{duration}");
        if (interval is { } usual && age > usual * LateAfter + (s.LatestCompleted?.Duration ?? TimeSpan.Zero) && age > TimeSpan.FromSeconds(30))
            return new("s-warn", "warn", $"State is safe as of {Format.Words(age)} ago: the next checkpoint is late", $"One is due every {Format.Words(usual)}.{duration}");
        return new("s-good", "good", $"State is safe as of {Format.Words(age)} ago", $"{duration.TrimStart()}{restored}".Trim());
    }
}
