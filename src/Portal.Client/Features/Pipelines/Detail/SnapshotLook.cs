using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Snapshots;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>How snapshots look and are called.</summary>
public static class SnapshotLook
{
    public static StateLook Of(Snapshot snapshot) => snapshot.State switch
    {
        SnapshotState.Quarantined => new("s-progressing", "clock", "in quarantine", true),
        SnapshotState.Disposing when IsStuck(snapshot) => new("s-warn", "warn", "not disposed of", true),
        SnapshotState.Disposing => new("s-progressing", "progressing", "being disposed of", true),
        SnapshotState.Disposed => new("s-suspended", "trash", "disposed of", false),
        SnapshotState.Lost => new("s-unknown", "unknown", "gone", false),
        _ when snapshot.Drained => new("s-suspended", "drain", "drained", false),
        _ when snapshot.VerifiedAt is not null => new("s-good", "good", "verified", false),
        _ => new("s-suspended", "savepoint", "available", false),
    };

    /// <summary>True where the last attempt to dispose of it ended without success; each attempt begins by taking the note away.</summary>
    public static bool IsStuck(Snapshot snapshot) => snapshot is { State: SnapshotState.Disposing, Note.Length: > 0 };

    /// <summary>What the word means, and all that belongs to it.</summary>
    public static string Meaning(SnapshotEntry entry)
    {
        var snapshot = entry.Snapshot;
        var words = snapshot.State switch
        {
            SnapshotState.Quarantined => $"Disposed of after {(snapshot.QuarantineUntil is { } until ? Format.Exact(until) : "its quarantine")}, unless it is brought back. By {snapshot.QuarantinedBy}.",
            SnapshotState.Disposing when IsStuck(snapshot) => $"Nothing is started from it any more, for part of its data may be gone.{(snapshot.TryAfter is { } again ? $" Sluice tries again by itself after {Format.Exact(again)}." : "")}",
            SnapshotState.Disposing => "Its data is being removed.",
            SnapshotState.Disposed => $"Its data was removed{(snapshot.EndedAt is { } at ? $" {Format.Exact(at)}" : "")}.",
            SnapshotState.Lost => "Its data is gone, and Sluice did not remove it.",
            _ when snapshot.Drained => "Taken by a drain: its watermark is at the end of time. It is not for resuming.",
            _ when snapshot.VerifiedAt is { } verified => $"A job was restored from it {Format.Exact(verified)}.",
            _ => "No job was seen that had been restored from it, so nothing proves that it can be. Its storage is not read.",
        };
        return string.Join(" ", new[] { words, snapshot.Note, entry.InUse ?? "" }.Where(w => w.Length > 0));
    }

    /// <summary>Kind, format and job: <c>savepoint, canonical, job 7c1f04…fe18</c>. What nobody told is left out.</summary>
    public static string What(Snapshot snapshot) => string.Join(", ", new[]
    {
        snapshot.Kind == SnapshotKind.Checkpoint ? "checkpoint" : "savepoint",
        snapshot.Format?.ToLowerInvariant(),
        snapshot.Drained ? "drained" : null,
        snapshot.JobId is { Length: > 10 } job ? $"job {job[..6]}…{job[^4..]}" : null,
    }.OfType<string>());

    /// <summary>Why something could not be read or done.</summary>
    public static string Problem(Exception error) => error is SnapshotRefusedException or InvalidOperationException { InnerException: null } or FlinkException or KubernetesException
        ? error.Message
        : $"Sluice's database did not answer ({error.Message.TrimEnd('.')}). Whether the last change was kept shows once it does; nothing else of the page depends on it.";

    /// <summary>How long ahead: <c>in 3 h 5 min</c>.</summary>
    public static string Ahead(DateTimeOffset at, DateTimeOffset now) => at <= now ? "now" : $"in {Format.Words(at - now)}";

    /// <summary>A time in a list of turns: with its day, to the minute.</summary>
    public static string Turn(SnapshotTurn turn) => turn.Begins.UtcDateTime.ToString("ddd d MMM HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture) + " UTC";

    public static string Of(RetentionRule rule)
    {
        var newest = rule.KeepNewest is { } count ? $"the newest {count}" : null;
        var time = rule.KeepFor is { } span ? $"those younger than {Time(span)}" : null;
        return $"Keep {string.Join(" and ", new[] { newest, time }.OfType<string>())}{(rule.Others ? ", also of those that Sluice did not take" : "")}.";
    }

    /// <summary>Whole minutes without their seconds: <c>10 min</c>.</summary>
    public static string Minutes(TimeSpan span) => span.TotalHours < 1 && span is { Minutes: > 0, Seconds: 0 } ? $"{span.Minutes}\u00a0min" : Format.Words(span);

    public static string Time(TimeSpan span) => span.TotalHours >= 48 && span.TotalHours % 24 == 0
        ? Format.Plural((long)span.TotalDays, "day")
        : span.TotalHours >= 1 ? Format.Plural((long)span.TotalHours, "hour") : Format.Words(span);
}
