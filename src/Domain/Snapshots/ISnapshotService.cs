using Sluice.Domain.Access;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Snapshots;

/// <summary>A snapshot as it is shown.</summary>
/// <param name="Snapshot">All that is known of it.</param>
/// <param name="InUse">What depends on it; null where nothing is known to.</param>
/// <param name="Obstacle">Why it cannot be put into quarantine now; null where it can.</param>
public sealed record SnapshotEntry(Snapshot Snapshot, string? InUse, string? Obstacle);

/// <summary>A pipeline's snapshots, with its timetable and rule.</summary>
/// <param name="Pipeline">Whose.</param>
/// <param name="Snapshots">Newest first.</param>
/// <param name="Policy">Timetable and rule.</param>
/// <param name="NextTurns">The next five turns, with this pipeline's jitter.</param>
/// <param name="Warnings">What does not fit together.</param>
public sealed record SnapshotCatalogue(
    PipelineKey Pipeline, IReadOnlyList<SnapshotEntry> Snapshots, SnapshotPolicy Policy, IReadOnlyList<SnapshotTurn> NextTurns, IReadOnlyList<string> Warnings);

/// <summary>What a disposal would do.</summary>
/// <param name="Sentence">The whole in one sentence.</param>
/// <param name="Until">Until when it can be undone.</param>
/// <param name="Way">How its data will be removed.</param>
/// <param name="Lost">What is lost for good then.</param>
/// <param name="Problems">What stands against it: with one of them it is refused.</param>
/// <param name="Cautions">What a person should know.</param>
public sealed record DisposalPlan(string Sentence, DateTimeOffset Until, string Way, IReadOnlyList<string> Lost, IReadOnlyList<string> Problems, IReadOnlyList<string> Cautions);

/// <summary>Of which kind a refusal is.</summary>
public enum SnapshotRefusal
{
    /// <summary>A value cannot be.</summary>
    Invalid,

    /// <summary>There is no such pipeline or snapshot.</summary>
    Unknown,

    /// <summary>How it stands does not allow it.</summary>
    Standing,

    /// <summary>Someone else changed it since it was looked at.</summary>
    Changed,
}

/// <summary>Why something about snapshots was refused.</summary>
/// <param name="refusal">Of which kind.</param>
/// <param name="message">What is wrong and what is allowed.</param>
/// <param name="field">The field of the request that is wrong; empty where it is none.</param>
public sealed class SnapshotRefusedException(SnapshotRefusal refusal, string message, string field = "") : Exception(message)
{
    /// <summary>Of which kind.</summary>
    public SnapshotRefusal Refusal { get; } = refusal;

    /// <summary>The field of the request that is wrong; empty where it is none.</summary>
    public string Field { get; } = field;
}

/// <summary>The catalogue of snapshots, for pages and the API.</summary>
public interface ISnapshotService
{
    /// <summary>A pipeline's snapshots; null where it is not registered.</summary>
    /// <param name="key">Which.</param>
    /// <param name="look">Ask the sources anew first, the JobManager included.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<SnapshotCatalogue?> ReadAsync(PipelineKey key, bool look, CancellationToken cancellationToken);

    /// <summary>The next turns that a timetable would have.</summary>
    /// <exception cref="SnapshotRefusedException">It cannot be read.</exception>
    Task<IReadOnlyList<SnapshotTurn>> PreviewAsync(PipelineKey key, SnapshotSchedule schedule, CancellationToken cancellationToken);

    /// <summary>What a rule would do now.</summary>
    /// <exception cref="SnapshotRefusedException">It is not complete.</exception>
    Task<IReadOnlyList<RetentionVerdict>> PreviewAsync(PipelineKey key, RetentionRule rule, CancellationToken cancellationToken);

    /// <summary>Sets or (null) removes the timetable.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="schedule">The timetable.</param>
    /// <param name="version">The version that was looked at; a change since then is refused. Null: no check.</param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="SnapshotRefusedException">It cannot be read, or was changed by someone else.</exception>
    Task<SnapshotPolicy> SetScheduleAsync(PipelineKey key, SnapshotSchedule? schedule, int? version, Actor actor, CancellationToken cancellationToken);

    /// <summary>Sets or (null) removes the retention rule, likewise.</summary>
    Task<SnapshotPolicy> SetRetentionAsync(PipelineKey key, RetentionRule? rule, int? version, Actor actor, CancellationToken cancellationToken);

    /// <summary>What a disposal would do.</summary>
    Task<DisposalPlan> PlanDisposalAsync(PipelineKey key, Guid id, TimeSpan quarantine, CancellationToken cancellationToken);

    /// <summary>Puts a snapshot into quarantine; when that ends it is disposed of.</summary>
    /// <exception cref="SnapshotRefusedException">Something stands against it.</exception>
    Task<Snapshot> DisposeAsync(PipelineKey key, Guid id, TimeSpan quarantine, string reason, Actor actor, CancellationToken cancellationToken);

    /// <summary>Takes it out of quarantine again.</summary>
    /// <exception cref="SnapshotRefusedException">It is not in quarantine any more.</exception>
    Task<Snapshot> UndoAsync(PipelineKey key, Guid id, Actor actor, CancellationToken cancellationToken);

    /// <summary>Tries a disposal that did not succeed again now.</summary>
    /// <exception cref="SnapshotRefusedException">It goes on, or is not due.</exception>
    Task<Snapshot> RetryAsync(PipelineKey key, Guid id, CancellationToken cancellationToken);

    /// <summary>Notes that a person removed the data of one that could not be disposed of.</summary>
    /// <exception cref="SnapshotRefusedException">Its disposal goes on, or was never begun.</exception>
    Task<Snapshot> RemovedAsync(PipelineKey key, Guid id, Actor actor, CancellationToken cancellationToken);
}
