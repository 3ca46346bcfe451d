using Microsoft.AspNetCore.Components;
using Sluice.Domain.Operations;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Shared.Operations;

/// <summary>Follows one operation. The parent hears every state through <see cref="OnChanged"/>.</summary>
public sealed partial class OperationProgress : IDisposable
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
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private Me Me { get; set; } = null!;

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>Asks it to stop at the next safe point.</summary>
    public Task CancelAsync() => AskAsync(actor => Operations.CancelAsync(Id, actor, _stop.Token));

    /// <summary>Tries the step that gave up once more.</summary>
    public Task RetryAsync() => AskAsync(actor => Operations.RetryAsync(Id, actor, _stop.Token));

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
        await _stop.CancelAsync();
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        _ = FollowAsync(_stop.Token);
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = FollowAsync(_stop.Token);
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (await WatchAsync(stop)) return;
                await Task.Delay(AgainAfter, Time, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The page is closed, or shows another operation.
        }
    }

    /// <returns>True where nothing more will come.</returns>
    private async Task<bool> WatchAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var operation in Operations.WatchAsync(Id, stop))
                await InvokeAsync(() => TakeAsync(operation));
            return _missing || _operation is { Ended: true };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await InvokeAsync(() =>
            {
                _problem = $"Its progress cannot be read now ({error.Message}). It goes on without this page; trying again.";
                StateHasChanged();
            });
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
