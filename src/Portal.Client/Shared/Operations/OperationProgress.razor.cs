using Microsoft.AspNetCore.Components;
using Sluice.Domain.Operations;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Shared.Operations;

/// <summary>Follows one operation. The parent hears every state through <see cref="OnChanged"/>.</summary>
public sealed partial class OperationProgress
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(2);

    private CancellationTokenSource _stop = new();
    private Operation? _operation;
    private string? _problem;
    private bool _missing;
    private bool _asking;
    private Guid _shown;

    [Parameter, EditorRequired]
    public Guid Id { get; set; }

    /// <summary>Shows the steps below the sentence.</summary>
    [Parameter]
    public bool Steps { get; set; } = true;

    /// <summary>For other pages than the operation's own: adds the link to it, and the choices where a step gave up.</summary>
    [Parameter]
    public bool Link { get; set; }

    [Parameter]
    public EventCallback<Operation> OnChanged { get; set; }

    [Inject]
    private IOperationService Operations { get; set; } = null!;

    [Inject]
    private Me Me { get; set; } = null!;

    /// <summary>Asks it to stop at the next safe point.</summary>
    public Task CancelAsync() => AskAsync(actor => Operations.CancelAsync(Id, actor, _stop.Token));

    /// <summary>Tries the step that gave up once more.</summary>
    public Task RetryAsync() => AskAsync(actor => Operations.RetryAsync(Id, actor, _stop.Token));

    /// <summary>Says that it is to go live now, whatever it waits for.</summary>
    public Task GoAheadAsync() => AskAsync(actor => Operations.GoAheadAsync(Id, "", actor, _stop.Token));

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == Id) return;
        var again = _shown != default;
        (_shown, _operation, _problem, _missing) = (Id, null, null, false);
        try
        {
            var found = await Operations.FindAsync(Id, _stop.Token);
            _missing = found is null;
            if (found is not null) await TakeAsync(found);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = error.Message;
        }

        if (!again) return;
        // Exchanged first: what follows the operation before looks for the new one as soon as it is stopped.
        using var before = _stop;
        _stop = new CancellationTokenSource();
        await before.CancelAsync();
    }

    protected override async Task LiveAsync()
    {
        while (true)
        {
            var stop = _stop.Token;
            try
            {
                await Task.Delay(await WatchAsync(stop) ? Timeout.InfiniteTimeSpan : AgainAfter, Time, stop);
            }
            catch (OperationCanceledException) when (!Gone.IsCancellationRequested)
            {
                // It shows another operation now.
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <returns>True where nothing more will come.</returns>
    private async Task<bool> WatchAsync(CancellationToken stop)
    {
        try
        {
            await FollowAsync(Operations.WatchAsync(Id, stop), async operation =>
            {
                stop.ThrowIfCancellationRequested();
                (_operation, _problem, _missing) = (operation, null, false);
                await OnChanged.InvokeAsync(operation);
                return true;
            });
            return _missing || _operation is { Ended: true };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = $"Its progress cannot be read now ({error.Message}). It goes on without this page; trying again.";
            StateHasChanged();
            return false;
        }
    }

    private async Task TakeAsync(Operation operation)
    {
        (_operation, _problem, _missing) = (operation, null, false);
        await OnChanged.InvokeAsync(operation);
        StateHasChanged();
    }

    private async Task AskAsync(Func<Domain.Access.Actor, Task> ask)
    {
        _asking = true;
        try
        {
            await ask(await Me.ActorAsync());
            _problem = null;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = error.Message;
        }
        finally
        {
            _asking = false;
            StateHasChanged();
        }
    }

    private static string? Began(Operation operation) => operation.StartedAt is { } at ? $"began {Format.Clock(at, at)} UTC" : null;
}
