using Sluice.Domain.Access;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Client.Tests;

internal sealed class FakeSnapshotService : ISnapshotService
{
    public SnapshotCatalogue? Catalogue { get; set; }

    public DisposalPlan? Disposal { get; set; }

    /// <summary>Set: the database is gone.</summary>
    public Exception? Down { get; set; }

    public Task<SnapshotCatalogue?> ReadAsync(PipelineKey key, bool look, CancellationToken cancellationToken) => Down is null ? Task.FromResult(Catalogue) : Task.FromException<SnapshotCatalogue?>(Down);

    public Task<IReadOnlyList<SnapshotTurn>> PreviewAsync(PipelineKey key, SnapshotSchedule schedule, CancellationToken cancellationToken) => Task.FromException<IReadOnlyList<SnapshotTurn>>(Down ?? new NotSupportedException());

    public Task<IReadOnlyList<RetentionVerdict>> PreviewAsync(PipelineKey key, RetentionRule rule, CancellationToken cancellationToken) => Task.FromException<IReadOnlyList<RetentionVerdict>>(Down ?? new NotSupportedException());

    public Task<SnapshotPolicy> SetScheduleAsync(PipelineKey key, SnapshotSchedule? schedule, int? version, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SnapshotPolicy> SetRetentionAsync(PipelineKey key, RetentionRule? rule, int? version, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DisposalPlan> PlanDisposalAsync(PipelineKey key, Guid id, TimeSpan quarantine, CancellationToken cancellationToken) => Down is null ? Task.FromResult(Disposal!) : Task.FromException<DisposalPlan>(Down);

    public Task<Snapshot> DisposeAsync(PipelineKey key, Guid id, TimeSpan quarantine, string reason, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Snapshot> UndoAsync(PipelineKey key, Guid id, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Snapshot> RetryAsync(PipelineKey key, Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Snapshot> RemovedAsync(PipelineKey key, Guid id, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();
}
