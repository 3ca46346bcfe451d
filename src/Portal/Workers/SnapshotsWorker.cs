using System.Data.Common;
using Sluice.Domain.Metrics;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Workers;

/// <summary>
/// Keeps the catalogue of snapshots, on the replica that leads: reads anew what changed, begins the turns of timetables, follows retention rules and disposes of what left quarantine.
/// All of it is safe when two replicas do it at once, which happens for seconds after a leader was cut off.
/// </summary>
public sealed partial class SnapshotsWorker(
    Leadership leadership, IFleet fleet, IJobSamples samples, IPipelineStore pipelines, IOperationService operations, ISnapshotStore store, SnapshotFeeds feeds, SnapshotReconciler reconciler,
    SnapshotScheduler scheduler, SnapshotKeeper keeper, TimeProvider time, ILogger<SnapshotsWorker> logger) : BackgroundService
{
    private const string Work = "snapshots";
    private const int AtOnce = 8;
    private const int MostTurns = 50;
    private const int MostReads = 200;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FleetInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetainAll = TimeSpan.FromHours(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(Work, LeadAsync, stoppingToken);

    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var registry = new SnapshotRegistry(pipelines);
        var queue = new SnapshotQueue(time);
        await registry.RefreshAsync(cancellationToken);
        var marks = new Dictionary<Guid, string>(await store.MarksAsync(cancellationToken));
        var working = new[] { FollowFleetAsync(queue, stop.Token), feeds.FollowAsync(queue, stop.Token), ReadAllAsync(registry, marks, queue, stop.Token) };
        void OnChanged(Guid pipeline) => queue.Touch(pipeline);
        void OnActive() => queue.OperationsMoved(operations.Active.Keys);
        void OnSample(PipelineKey key)
        {
            if (samples.Find(key)?.LastSavepoint is { } path) queue.Sampled(key, path);
        }

        store.Changed += OnChanged;
        operations.ActiveChanged += OnActive;
        samples.Changed += OnSample;
        try
        {
            OnActive();
            var retained = time.GetUtcNow();
            while (true)
            {
                // One that failed ends the lead, which is then begun anew.
                foreach (var failed in working.Where(w => w.IsFaulted)) await failed;
                var turns = await scheduler.LookAsync(registry.Keys, MostTurns, cancellationToken);
                await keeper.DisposeAsync(registry.Keys, MostTurns, cancellationToken);
                await RetainAsync(queue.Touched(), registry, cancellationToken);
                if (time.GetUtcNow() - retained > RetainAll)
                {
                    retained = time.GetUtcNow();
                    foreach (var policy in await store.RetentionsAsync(cancellationToken)) queue.Touch(policy.PipelineId);
                }
                // A timetable that many pipelines share brings more turns at once than one look begins.
                if (turns < MostTurns) await Task.Delay(Look, time, cancellationToken);
            }
        }
        finally
        {
            store.Changed -= OnChanged;
            operations.ActiveChanged -= OnActive;
            samples.Changed -= OnSample;
            await stop.CancelAsync();
            await Task.WhenAll(working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowFleetAsync(SnapshotQueue queue, CancellationToken cancellationToken)
    {
        await foreach (var change in fleet.ChangesAsync(FleetInterval, cancellationToken))
            foreach (var key in change.Changed)
                if (change.Snapshot.Rows.TryGetValue(key, out var row) && row is { Registered: true, Resource.TooLarge: false }) queue.Add(key, TimeSpan.Zero, SnapshotWant.IfChanged);
    }

    /// <summary>A loop of its own: timetables must not wait for JobManagers that do not answer.</summary>
    private async Task ReadAllAsync(SnapshotRegistry registry, Dictionary<Guid, string> marks, SnapshotQueue queue, CancellationToken cancellationToken)
    {
        while (true)
        {
            // First: of a pipeline that is not known to be registered nothing is read.
            await registry.RefreshAsync(cancellationToken);
            await Parallel.ForEachAsync(queue.Due(MostReads), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (want, token) => await ReadAsync(want, registry, marks, queue, token));
            await Task.Delay(FleetInterval, time, cancellationToken);
        }
    }

    private async Task ReadAsync((PipelineKey Key, SnapshotWant Want) due, SnapshotRegistry registry, Dictionary<Guid, string> marks, SnapshotQueue queue, CancellationToken cancellationToken)
    {
        if (registry.Find(due.Key) is not { } pipeline || fleet.Current.Rows.GetValueOrDefault(due.Key)?.Resource is not { } resource) return;
        var objects = feeds.ObjectsOf(due.Key);
        var mark = SnapshotFeeds.Mark(resource, objects);
        lock (marks)
            if (due.Want == SnapshotWant.IfChanged && marks.GetValueOrDefault(pipeline.Id) == mark) return;
        try
        {
            if (due.Want == SnapshotWant.IfUnknown && await KnownAsync(pipeline.Id, queue.NewestOf(due.Key), cancellationToken)) return;
            var ask = due.Want is SnapshotWant.WithJob or SnapshotWant.IfUnknown;
            await reconciler.ReadAsync(pipeline, resource, objects, ask, cancellationToken);
            // The JobManager's own answers are some seconds old: it is asked when it can know what is new.
            if (!ask) queue.Add(due.Key, SnapshotQueue.JobManagerLag, SnapshotWant.WithJob);
            await store.MarkAsync(pipeline.Id, mark, cancellationToken);
            lock (marks) marks[pipeline.Id] = mark;
        }
        catch (DbException e)
        {
            LogDatabase(e.Message);
            queue.Add(due.Key, SnapshotQueue.JobManagerLag, due.Want);
        }
    }

    private async Task<bool> KnownAsync(Guid pipeline, string? path, CancellationToken cancellationToken) =>
        path is null || (await store.ListAsync(pipeline, cancellationToken)).Any(s => SnapshotPath.Same(s.Path, path));

    private async Task RetainAsync(IReadOnlyCollection<Guid> touched, SnapshotRegistry registry, CancellationToken cancellationToken)
    {
        foreach (var id in touched)
        {
            // Without a fresh look at the resource it is not known what depends on which snapshot.
            if (!registry.Keys.TryGetValue(id, out var key) || fleet.Current.Rows.GetValueOrDefault(key) is not { StaleSince: null } row) continue;
            var count = await keeper.RetainAsync(await store.PolicyAsync(id, cancellationToken), key, row.Resource, cancellationToken);
            if (count > 0) LogRetained(count, key.ToString());
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Snapshots are read again later, for the database does not answer: {Reason}")]
    private partial void LogDatabase(string reason);

    [LoggerMessage(2, LogLevel.Information, "The retention rule put {Count} snapshots of {Pipeline} into quarantine.")]
    private partial void LogRetained(int count, string pipeline);
}
