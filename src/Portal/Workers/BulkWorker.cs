using System.Data.Common;
using System.Threading.Channels;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;

namespace Sluice.Portal.Workers;

/// <summary>
/// Advances the runs over many pipelines, on the replica that leads this work. It takes each run with a fence of its own, so a predecessor that was only thought dead
/// writes nothing more. What it begins is carried out by the operations workers of all replicas.
/// </summary>
public sealed partial class BulkWorker(IBulkStore store, IOperationStore operations, BulkEngine engine, Leadership leadership, TimeProvider time, ILogger<BulkWorker> logger) : BackgroundService
{
    private const string Work = "bulk runs";

    // Notices wake it; this covers pauses, lost notices, and what an operation's end has not told.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // Hundreds of operations change many times a second: they are looked at together.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(Work, LeadAsync, stoppingToken);

    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void OnChanged(Guid? id) => wake.Writer.TryWrite(true);

        var taken = new Dictionary<Guid, long>();
        store.Changed += OnChanged;
        operations.Changed += OnChanged;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await AdvanceAsync(taken, cancellationToken);
                await Task.Delay(Rest, time, cancellationToken);
                using var limit = new CancellationTokenSource(Look, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                await ((Task)wake.Reader.WaitToReadAsync(either.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wake.Reader.TryRead(out var _);
            }
        }
        catch (FencedOutException e)
        {
            LogFenced(e.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Leadership was lost, or the host stops.
        }
        finally
        {
            store.Changed -= OnChanged;
            operations.Changed -= OnChanged;
        }
    }

    private async Task AdvanceAsync(Dictionary<Guid, long> taken, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var id in await store.OpenAsync(cancellationToken))
            {
                if (!taken.TryGetValue(id, out var fence))
                {
                    if (await store.TakeAsync(id, cancellationToken) is not { } run) continue;
                    taken[id] = fence = run.Fence;
                    LogTaken(id, fence);
                }

                await engine.AdvanceAsync(id, fence, cancellationToken);
            }
        }
        catch (DbException e)
        {
            LogDatabase(e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Advancing bulk run {Run}, fence {Fence}.")]
    private partial void LogTaken(Guid run, long fence);

    [LoggerMessage(2, LogLevel.Warning, "Another replica advances the bulk runs: {Reason}")]
    private partial void LogFenced(string reason);

    [LoggerMessage(3, LogLevel.Warning, "Bulk runs wait, for the database does not answer: {Reason}")]
    private partial void LogDatabase(string reason);
}
