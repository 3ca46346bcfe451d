using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Sluice.Domain.Operations;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Operations;

namespace Sluice.Portal.Client.Features.Operations;

/// <summary>The operations, newest first; what is shown is in the URL.</summary>
public sealed partial class OperationsPage : IDisposable
{
    private const int Most = 500;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private static readonly (OperationGroup Group, string Name)[] Groups =
        [(OperationGroup.All, "All"), (OperationGroup.Active, "Active"), (OperationGroup.Waiting, "Waiting for you"), (OperationGroup.Failed, "Failed")];

    private readonly CancellationTokenSource _stop = new();
    private OperationsUrlState _state = new();
    private IReadOnlyList<Operation>? _all;
    private IReadOnlyList<Operation>? _shown;
    private string? _problem;

    [Inject]
    private IOperationService Operations { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocation;
        _stop.Cancel();
        _stop.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        _state = OperationsUrlState.Parse(Navigation.Uri);
        Navigation.LocationChanged += OnLocation;
        await ReadAsync();
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = FollowAsync();
    }

    private static string Text(Operation operation) => operation.Message.Length > 0 ? operation.Message : OperationStory.Of(operation).Title;

    private async Task FollowAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(Every, Time);
            while (await timer.WaitForNextTickAsync(_stop.Token)) await InvokeAsync(ReadAsync);
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            var (before, problem) = (_all, _problem);
            _all = await Operations.ListAsync(_state.Pipeline, Most, _stop.Token);
            _problem = null;
            if (before is not null && problem is null && before.SequenceEqual(_all)) return;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = error.Message;
        }

        Narrow();
    }

    private void Narrow()
    {
        _shown = _all is null ? null : [.. _all.Where(_state.Shows)];
        StateHasChanged();
    }

    private void OnLocation(object? sender, LocationChangedEventArgs e)
    {
        if (new Uri(e.Location).AbsolutePath != PortalUrls.Operations) return;
        _ = InvokeAsync(async () =>
        {
            var (before, state) = (_state, OperationsUrlState.Parse(e.Location));
            _state = state;
            if (state.Pipeline == before.Pipeline)
            {
                Narrow();
                return;
            }

            (_all, _shown) = (null, null);
            await ReadAsync();
        });
    }
}
