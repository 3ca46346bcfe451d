using System.Data.Common;
using System.Threading.Channels;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;

namespace Sluice.Portal.Workers;

/// <summary>Gives operations their turn that wait for an approval, for the operation before them, or for the end of a freeze window; on the replica that leads this work.</summary>
public sealed partial class GateWorker(IOperationStore store, OperationGate gate, Leadership leadership, TimeProvider time, ILogger<GateWorker> logger) : BackgroundService
{
    private const string Work = "turns of operations";

    // Notices wake it; this covers what happens by the clock, and lost notices.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // Hundreds of operations change many times a second: they are looked at together.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leadership.RunAsync(Work, LeadAsync, stoppingToken);

    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void OnChanged(Guid? id) => wake.Writer.TryWrite(true);

        store.Changed += OnChanged;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await AdvanceAsync(cancellationToken);
                await Task.Delay(Rest, time, cancellationToken);
                using var limit = new CancellationTokenSource(Look, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                await ((Task)wake.Reader.WaitToReadAsync(either.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wake.Reader.TryRead(out var _);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Leadership was lost, or the host stops.
        }
        finally
        {
            store.Changed -= OnChanged;
        }
    }

    private async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await gate.AdvanceAsync(cancellationToken);
        }
        catch (DbException e)
        {
            LogDatabase(e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Operations that wait for their turn go on waiting, for the database does not answer: {Reason}")]
    private partial void LogDatabase(string reason);
}
