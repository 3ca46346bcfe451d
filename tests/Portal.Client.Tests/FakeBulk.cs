using Sluice.Domain.Operations.Bulk;

namespace Sluice.Portal.Client.Tests;

/// <summary>Runs that a test puts there.</summary>
internal sealed class FakeBulk : IBulkStore
{
    public Dictionary<Guid, (BulkRun Run, List<BulkItem> Items)> All { get; } = [];

    public event Action<Guid?>? Changed
    {
        add { }
        remove { }
    }

    public Task<bool> AddAsync(BulkRun run, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken) => Task.FromResult(All.TryAdd(run.Id, (run, [.. items])));

    public Task<BulkRun?> FindAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult(All.TryGetValue(id, out var found) ? found.Run : null);

    public Task<IReadOnlyList<BulkOverview>> ListAsync(int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BulkOverview>>([.. All.Values.Select(a => new BulkOverview(a.Run, Waves(a.Items)))]);

    public Task<IReadOnlyList<BulkWaveCount>> WavesAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<BulkWaveCount>>(Waves(All[id].Items));

    public Task<IReadOnlyList<BulkItem>> ItemsAsync(Guid id, int? wave, IReadOnlyCollection<BulkItemState> states, int offset, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BulkItem>>([.. All[id].Items.Where(i => (wave is null || i.Wave == wave) && (states.Count == 0 || states.Contains(i.State))).Skip(offset).Take(limit)]);

    public List<BulkApproval> Approvals { get; } = [];

    public Task<IReadOnlyList<BulkApproval>> ApprovalsAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<BulkApproval>>([.. Approvals]);

    public Task<IReadOnlyList<Guid>> OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<BulkRun?> TakeAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<BulkFollowed>> FollowedAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> BeginAsync(Guid id, long fence, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SaveAsync(Guid id, long fence, IReadOnlyList<BulkItem> items, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SaveAsync(BulkRun run, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<BulkRun?> ChangeAsync(Guid id, Func<BulkRun, BulkRun> change, BulkItemsChange items, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static List<BulkWaveCount> Waves(List<BulkItem> items) =>
    [
        .. items.GroupBy(i => i.Wave).OrderBy(g => g.Key).Select(g =>
        {
            int Of(BulkItemState state) => g.Count(i => i.State == state);
            return new BulkWaveCount(g.Key, Of(BulkItemState.Pending), Of(BulkItemState.Running), Of(BulkItemState.Waiting), Of(BulkItemState.Succeeded), Of(BulkItemState.Failed), Of(BulkItemState.Skipped), g.Count(i => i.IsFailure && !i.Excused));
        }),
    ];
}
