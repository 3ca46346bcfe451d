using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sluice.Domain.Access;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>Asks for operations over many pipelines, and follows them. The work itself is done by the replica that leads it.</summary>
public sealed partial class BulkService
{
    private readonly IBulkStore _store;
    private readonly IOperationService _operations;
    private readonly BulkPlanner _planner;
    private readonly TimeProvider _time;
    private readonly Func<Guid> _newId;

    /// <summary>Makes the service.</summary>
    /// <param name="store">The durable record.</param>
    /// <param name="operations">The operations of the pipelines.</param>
    /// <param name="composer">Composes what is asked for of each.</param>
    /// <param name="snapshots">The savepoints that they may begin from.</param>
    /// <param name="fleet">The pipelines as they are now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="newId">Gives each run its identity.</param>
    public BulkService(IBulkStore store, IOperationService operations, BulkComposer composer, ISnapshotStore snapshots, IFleet fleet, TimeProvider time, Func<Guid> newId)
    {
        (_store, _operations, _time, _newId) = (store, operations, time, newId);
        _planner = new BulkPlanner(operations, composer, snapshots, fleet);
    }

    /// <summary>What a run would do. Values that are not allowed are among its problems.</summary>
    public Task<BulkPlan> PlanAsync(BulkRequest request, CancellationToken cancellationToken) => _planner.PlanAsync(request, BulkCheck.Problems(request), cancellationToken);

    /// <summary>Records a run; its pipelines are frozen. It goes on from then, also when the caller goes away.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="start">False: it waits until a person starts it.</param>
    /// <param name="key">The caller's own key: the same one records one run. Null: each call records another.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BulkRefusedException">A value is not allowed, or nothing would be done.</exception>
    public async Task<BulkRun> CreateAsync(BulkRequest request, Actor actor, bool start, string? key, CancellationToken cancellationToken)
    {
        var id = key is null ? _newId() : BulkNames.Run(actor.Name, key);
        if (key is not null && await _store.FindAsync(id, cancellationToken) is { } known) return known;
        if (BulkCheck.Problems(request) is { Count: > 0 } problems) throw new BulkRefusedException(BulkRefusal.Invalid, string.Join(" ", problems.Select(p => p.Message)), problems);
        var (items, leftOut) = await _planner.FreezeAsync(request, cancellationToken);
        if (items.All(i => i.Wave == BulkItem.LeftOut))
        {
            var why = $"Nothing would be done to any of them. {string.Join(". ", leftOut.Select(l => $"{l.Pipelines}: {l.Reason}"))}.";
            throw new BulkRefusedException(BulkRefusal.Invalid, why, [new("pipelines", why)]);
        }

        var run = new BulkRun { Id = id, Order = request.Order, Pipelines = items.Count, State = start ? BulkState.Running : BulkState.Planned, Actor = actor.Name, CreatedAt = _time.GetUtcNow() };
        return await _store.AddAsync(run, items, cancellationToken) ? run : await FindAsync(id, cancellationToken);
    }

    /// <summary>Begins a run that was recorded only.</summary>
    public Task StartAsync(Guid id, Actor actor, CancellationToken cancellationToken) => ChangeAsync(id, BulkItemsChange.None, run =>
        run.State == BulkState.Planned ? run with { State = BulkState.Running, Message = $"{actor.Name} started it." } : throw Wrong(run, "started"), cancellationToken);

    /// <summary>Nothing more begins until someone resumes it; what was begun ends.</summary>
    public Task HaltAsync(Guid id, Actor actor, CancellationToken cancellationToken) => ChangeAsync(id, BulkItemsChange.None, run =>
        run.State == BulkState.Running ? run with { State = BulkState.Halted, Message = $"{actor.Name} halted it." } : throw Wrong(run, "halted"), cancellationToken);

    /// <summary>Goes on without those that failed: they do not halt it again.</summary>
    public Task ResumeAsync(Guid id, Actor actor, CancellationToken cancellationToken) => ChangeAsync(id, BulkItemsChange.ExcuseFailures, run =>
        run.State == BulkState.Halted ? run with { State = BulkState.Running, Message = $"{actor.Name} resumed it.", WaveChecked = true } : throw Wrong(run, "resumed"), cancellationToken);

    /// <summary>Calls it off: what was not begun will not be; what was begun ends.</summary>
    public Task CancelAsync(Guid id, Actor actor, CancellationToken cancellationToken) => ChangeAsync(id, BulkItemsChange.SkipPending, run =>
        run.State is BulkState.Planned or BulkState.Running or BulkState.Halted
            ? run with { State = BulkState.Cancelled, Message = $"{actor.Name} called it off.", EndedAt = _time.GetUtcNow() }
            : throw Wrong(run, "called off"), cancellationToken);

    /// <summary>Does the failed ones again, each in its wave, and goes on; an operation that waits for a person is tried again.</summary>
    public async Task RetryFailedAsync(Guid id, Actor actor, CancellationToken cancellationToken)
    {
        var failed = await _store.ItemsAsync(id, null, [BulkItemState.Failed, BulkItemState.Waiting], 0, int.MaxValue, cancellationToken);
        await ChangeAsync(id, BulkItemsChange.RetryFailed, run => run.State switch
        {
            BulkState.Halted or BulkState.Finished or BulkState.Running when failed.Count > 0 =>
                run with { State = BulkState.Running, Message = $"{actor.Name} asked to retry the failed.", EndedAt = null, WaveEndedAt = null, WaveChecked = false },
            BulkState.Halted or BulkState.Finished or BulkState.Running => throw new BulkRefusedException(BulkRefusal.State, "Nothing of it has failed, so there is nothing to retry."),
            _ => throw Wrong(run, "retried"),
        }, cancellationToken);
        foreach (var item in failed.Where(i => i is { State: BulkItemState.Waiting, OperationId: not null }))
        {
            try
            {
                await _operations.RetryAsync(item.OperationId!.Value, actor, cancellationToken);
            }
            catch (OperationRefusedException)
            {
                // It went on or ended in between; the run takes over what comes of it.
            }
        }
    }

    /// <summary>A run with the account of its waves.</summary>
    /// <exception cref="BulkRefusedException">There is none of that id.</exception>
    public async Task<BulkOverview> OverviewAsync(Guid id, CancellationToken cancellationToken) => new(await FindAsync(id, cancellationToken), await _store.WavesAsync(id, cancellationToken));

    /// <summary>The newest runs, newest first.</summary>
    public Task<IReadOnlyList<BulkOverview>> ListAsync(int limit, CancellationToken cancellationToken) => _store.ListAsync(limit, cancellationToken);

    /// <summary>Items in the order of their turn: of one wave, in some states; all where nothing is said.</summary>
    public Task<IReadOnlyList<BulkItem>> ItemsAsync(Guid id, int? wave, IReadOnlyCollection<BulkItemState> states, int offset, int limit, CancellationToken cancellationToken) =>
        _store.ItemsAsync(id, wave, states, offset, limit, cancellationToken);

    /// <summary>The run now and after changes, merged, for as long as the caller wants it. Works on every replica. Ends at once where there is no such run.</summary>
    public async IAsyncEnumerable<BulkOverview> WatchAsync(Guid id, TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void OnChanged(Guid? changed)
        {
            if (changed is null || changed == id) wake.Writer.TryWrite(true);
        }

        _store.Changed += OnChanged;
        try
        {
            while (await _store.FindAsync(id, cancellationToken) is { } run)
            {
                yield return new(run, await _store.WavesAsync(id, cancellationToken));
                await Task.Delay(interval, _time, cancellationToken);
                await wake.Reader.ReadAsync(cancellationToken);
            }
        }
        finally
        {
            _store.Changed -= OnChanged;
        }
    }

    private async Task<BulkRun> FindAsync(Guid id, CancellationToken cancellationToken) =>
        await _store.FindAsync(id, cancellationToken) ?? throw new BulkRefusedException(BulkRefusal.Unknown, $"There is no bulk run {id}.");

    private async Task ChangeAsync(Guid id, BulkItemsChange items, Func<BulkRun, BulkRun> change, CancellationToken cancellationToken) =>
        _ = await _store.ChangeAsync(id, change, items, cancellationToken) ?? throw new BulkRefusedException(BulkRefusal.Unknown, $"There is no bulk run {id}.");

    private static BulkRefusedException Wrong(BulkRun run, string asked) =>
        new(BulkRefusal.State, $"It is {run.State.ToString().ToLowerInvariant()}, so it cannot be {asked} now. Nothing was changed.");
}
