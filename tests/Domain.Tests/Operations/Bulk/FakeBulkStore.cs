using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;

namespace Sluice.Domain.Tests.Operations.Bulk;

/// <summary>The rules of the real store, in memory. <see cref="AfterWrite"/> may kill the replica that wrote.</summary>
internal sealed class FakeBulkStore(FakeOperations operations) : IBulkStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, (BulkRun Run, List<BulkItem> Items)> _runs = [];

    public Action<int>? AfterWrite { get; set; }

    public int Writes { get; private set; }

    public event Action<Guid?>? Changed;

    public IReadOnlyList<BulkItem> Items(Guid id) => [.. _runs[id].Items];

    public BulkRun Run(Guid id) => _runs[id].Run;

    public Task<bool> AddAsync(BulkRun run, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken) => Task.FromResult(_runs.TryAdd(run.Id, (run, [.. items])));

    public Task<BulkRun?> FindAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult(_runs.TryGetValue(id, out var found) ? found.Run : null);

    public Task<IReadOnlyList<BulkOverview>> ListAsync(int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<BulkWaveCount>> WavesAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<BulkWaveCount>>(
    [
        .. _runs[id].Items.GroupBy(i => i.Wave).OrderBy(g => g.Key).Select(g =>
        {
            int Of(BulkItemState state) => g.Count(i => i.State == state);
            return new BulkWaveCount(g.Key, Of(BulkItemState.Pending), Of(BulkItemState.Running), Of(BulkItemState.Waiting), Of(BulkItemState.Succeeded), Of(BulkItemState.Failed), Of(BulkItemState.Skipped), g.Count(i => i.IsFailure && !i.Excused));
        }),
    ]);

    public Task<IReadOnlyList<BulkItem>> ItemsAsync(Guid id, int? wave, IReadOnlyCollection<BulkItemState> states, int offset, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BulkItem>>([.. _runs[id].Items.Where(i => (wave is null || i.Wave == wave) && (states.Count == 0 || states.Contains(i.State))).Skip(offset).Take(limit)]);

    public Task<IReadOnlyList<BulkApproval>> ApprovalsAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<BulkApproval>>(
    [
        .. _runs[id].Items.Where(i => i.OperationId is { } o && operations.All.GetValueOrDefault(o)?.State == OperationState.AwaitingApproval)
            .Select(i => new BulkApproval(i.OperationId!.Value, i.Pipeline, i.Wave, null, [], DateTimeOffset.MaxValue)),
    ]);

    public Task<IReadOnlyList<Guid>> OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<BulkRun?> TakeAsync(Guid id, CancellationToken cancellationToken)
    {
        var (run, items) = _runs[id];
        _runs[id] = (run = run with { Fence = run.Fence + 1 }, items);
        return Task.FromResult<BulkRun?>(run);
    }

    public Task<IReadOnlyList<BulkFollowed>> FollowedAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<BulkFollowed>>(
    [
        .. _runs[id].Items.Where(i => i.State is BulkItemState.Running or BulkItemState.Waiting).Select(i =>
        {
            var operation = i.OperationId is { } known ? operations.All.GetValueOrDefault(known) : null;
            return new BulkFollowed(i, operation?.State, operation?.Message ?? "", operation?.EndedAt);
        }),
    ]);

    public Task<bool> BeginAsync(Guid id, long fence, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken)
    {
        if (Held(id, fence, cancellationToken).State != BulkState.Running) return Task.FromResult(false);
        Write(id, items);
        return Task.FromResult(true);
    }

    public Task SaveAsync(Guid id, long fence, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken)
    {
        Held(id, fence, cancellationToken);
        Write(id, items);
        return Task.CompletedTask;
    }

    public Task SaveAsync(BulkRun run, CancellationToken cancellationToken)
    {
        if (Held(run.Id, run.Fence, cancellationToken).State == BulkState.Running)
        {
            _runs[run.Id] = (run, _runs[run.Id].Items);
            Written();
        }
        return Task.CompletedTask;
    }

    public Task<BulkRun?> ChangeAsync(Guid id, Func<BulkRun, BulkRun> change, BulkItemsChange items, CancellationToken cancellationToken)
    {
        if (!_runs.TryGetValue(id, out var found)) return Task.FromResult<BulkRun?>(null);
        var after = change(found.Run);
        _runs[id] = (after, [.. found.Items.Select(i => (items, i.State) switch
        {
            (BulkItemsChange.ExcuseFailures, _) when i.IsFailure => i with { Excused = true },
            (BulkItemsChange.RetryFailed, BulkItemState.Waiting) => i with { Excused = true },
            (BulkItemsChange.RetryFailed, BulkItemState.Failed) => i with { State = BulkItemState.Pending, Attempt = i.Attempt + 1, OperationId = null, Generation = null, Message = "", Excused = false },
            (BulkItemsChange.SkipPending, BulkItemState.Pending) => i with { State = BulkItemState.Skipped },
            _ => i,
        })]);
        Changed?.Invoke(id);
        return Task.FromResult<BulkRun?>(after);
    }

    private BulkRun Held(Guid id, long fence, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _runs[id].Run is { } run && run.Fence == fence ? run : throw new FencedOutException(id, fence);
    }

    private void Write(Guid id, IReadOnlyList<BulkItem> items)
    {
        lock (_lock)
            foreach (var item in items)
                if (_runs[id].Items[item.Index].Attempt == item.Attempt) _runs[id].Items[item.Index] = item;
        Written();
    }

    private void Written()
    {
        Writes++;
        AfterWrite?.Invoke(Writes);
    }
}
