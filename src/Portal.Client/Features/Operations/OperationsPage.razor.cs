using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Sluice.Domain.Operations;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Operations;

namespace Sluice.Portal.Client.Features.Operations;

/// <summary>The operations, newest first; what is shown is in the URL.</summary>
public sealed partial class OperationsPage
{
    private const int Most = 500;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private static readonly (OperationGroup Group, string Name)[] Groups =
        [(OperationGroup.All, "All"), (OperationGroup.Active, "Active"), (OperationGroup.Waiting, "Waiting for you"), (OperationGroup.Held, "For approval or in line"), (OperationGroup.Failed, "Failed")];

    private OperationsUrlState _state = new();
    private IReadOnlyList<Operation>? _all;
    private IReadOnlyList<Operation>? _shown;
    private string? _problem;

    [Inject]
    private IOperationService Operations { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        _state = OperationsUrlState.Parse(Navigation.Uri);
        Navigation.LocationChanged += OnLocation;
        await ReadAsync();
    }

    protected override Task LiveAsync() => FollowAsync(EveryAsync(Every), _ => ReadAsync());

    protected override void Dispose(bool disposing)
    {
        Navigation.LocationChanged -= OnLocation;
        base.Dispose(disposing);
    }

    private static string Text(Operation operation) => operation.Message.Length > 0 ? operation.Message : OperationStory.Of(operation).Title;

    /// <returns>True where what is shown changed.</returns>
    private async ValueTask<bool> ReadAsync()
    {
        try
        {
            var (before, problem) = (_all, _problem);
            _all = await Operations.ListAsync(_state.Pipeline, Most, Gone);
            _problem = null;
            if (before is not null && problem is null && before.SequenceEqual(_all)) return false;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = error.Message;
        }

        Narrow();
        return true;
    }

    private void Narrow() => _shown = _all is null ? null : [.. _all.Where(_state.Shows)];

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
            }
            else
            {
                (_all, _shown) = (null, null);
                await ReadAsync();
            }

            StateHasChanged();
        });
    }
}
