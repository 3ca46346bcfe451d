using System.Collections.Concurrent;
using System.Data.Common;
using Sluice.Domain.Operations;

namespace Sluice.Portal.Workers;

/// <summary>
/// Carries out operations on this replica: claims what is pending or orphaned, a bounded number of each cluster at a time, until the host stops.
/// What it cannot finish before that is taken over by the next replica, or by itself after a restart.
/// </summary>
public sealed partial class OperationsWorker(
    IOperationStore store, OperationRunner runner, OperationService service, ReplicaIdentity replica, TimeProvider time, ILogger<OperationsWorker> logger) : BackgroundService
{
    /// <summary>How long a replica that died keeps others from taking over.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    // For each cluster of its own: 30 operations that wait for a dead one hold up nobody elsewhere.
    private const int MostOfACluster = 32;

    // Notices wake it at once; this covers lost notices and leases that ran out.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<(Guid Id, long Fence), (string Cluster, bool Long, Task Work)> _running = new();
    private readonly SemaphoreSlim _wake = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        void OnChanged(Guid? id)
        {
            try
            {
                if (_wake.CurrentCount == 0) _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another change woke it in between: once is enough.
            }
        }

        store.Changed += OnChanged;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await LookAsync(stoppingToken);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var pause = Task.Delay(Look, time, limit.Token);
                await Task.WhenAny(pause, _wake.WaitAsync(limit.Token));
                await limit.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
        finally
        {
            store.Changed -= OnChanged;
            await Task.WhenAll(_running.Values.Select(r => r.Work));
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await store.ReleaseAsync(replica.IsDeadPredecessor, cancellationToken) is > 0 and var released) LogReleased(released);
            while (await store.ClaimAsync(replica.Name, Lease, Busy(), cancellationToken) is { } operation)
            {
                LogClaimed(operation.Kind, operation.Id, operation.Pipeline.ToString(), operation.Fence);
                // It removes its entry at the end, so it may not begin before the entry is there.
                var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _running[(operation.Id, operation.Fence)] = (operation.Pipeline.Cluster, operation.Kind == OperationKind.GoLive, RunAsync(operation, entered.Task, cancellationToken));
                entered.SetResult();
            }
            await service.RefreshActiveAsync(cancellationToken);
        }
        catch (DbException e)
        {
            LogDatabase(e.Message);
        }
    }

    // One that waits for a bootstrap may do so for days, and must not keep others out.
    private string[] Busy() => [.. _running.Values.Where(r => !r.Long).CountBy(r => r.Cluster).Where(c => c.Value >= MostOfACluster).Select(c => c.Key)];

    private async Task RunAsync(Operation operation, Task entered, CancellationToken cancellationToken)
    {
        await entered;
        try
        {
            await runner.RunAsync(operation, cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or FencedOutException)
        {
            LogLeft(operation.Id, e.Message);
        }
        catch (DbException e)
        {
            // Its lease runs out; whoever claims it then goes on.
            LogLeft(operation.Id, e.Message);
        }
        catch (Exception e)
        {
            LogFault(operation.Id, e);
        }
        finally
        {
            _running.TryRemove((operation.Id, operation.Fence), out _);
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    [LoggerMessage(1, LogLevel.Information, "Working on {Kind} {Operation} of {Pipeline}, fence {Fence}.")]
    private partial void LogClaimed(OperationKind kind, Guid operation, string pipeline, long fence);

    [LoggerMessage(2, LogLevel.Information, "Stopped working on operation {Operation}: {Reason}")]
    private partial void LogLeft(Guid operation, string reason);

    [LoggerMessage(3, LogLevel.Error, "Operation {Operation} met an unexpected fault. It is tried again when its lease has run out.")]
    private partial void LogFault(Guid operation, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "Operations wait, for the database does not answer: {Reason}")]
    private partial void LogDatabase(string reason);

    [LoggerMessage(5, LogLevel.Information, "Taking over {Count} operations of a process of this machine that died.")]
    private partial void LogReleased(int count);
}
