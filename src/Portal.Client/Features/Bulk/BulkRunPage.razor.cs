using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Controls;

namespace Sluice.Portal.Client.Features.Bulk;

/// <summary>One run, live: its waves, its account, and the pipelines that need a look. All of it is read from the record, so a restart of Sluice changes nothing on it.</summary>
public sealed partial class BulkRunPage
{
    private const int PageSize = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);
    private static readonly PageHead.Crumb[] Crumbs = [new("Operations", PortalUrls.Operations), new("Bulk runs", PortalUrls.Bulk), new("run")];

    private BulkUrlState _state = new();
    private BulkOverview? _overview;
    private IReadOnlyList<BulkItem> _items = [];
    private IReadOnlyList<BulkApproval> _approvals = [];
    private int _limit = PageSize;
    private string? _problem;
    private bool _missing;

    [Inject]
    private BulkService Bulk { get; set; } = null!;

    [Inject]
    private IOperationService Operations { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Parameter]
    public Guid Id { get; set; }

    private IReadOnlyCollection<BulkItemState> States => this switch
    {
        { _state.All: true } => [],
        { _state.State: { } state } => [state],
        { _state.Wave: not null } => [],
        _ => [BulkItemState.Running, BulkItemState.Waiting, BulkItemState.Failed],
    };

    protected override async Task OnInitializedAsync()
    {
        _state = BulkUrlState.Parse(Navigation.Uri);
        Navigation.LocationChanged += OnLocation;
        await RefreshAsync();
    }

    protected override async Task LiveAsync()
    {
        while (!_missing)
        {
            try
            {
                await FollowAsync(Bulk.WatchAsync(Id, Interval, Gone), TakeAsync);
                return;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                _problem = error.Message;
                await InvokeAsync(StateHasChanged);
                await Task.Delay(Retry, Time, Gone);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        Navigation.LocationChanged -= OnLocation;
        base.Dispose(disposing);
    }

    private async ValueTask<bool> TakeAsync(BulkOverview overview)
    {
        _items = await Bulk.ItemsAsync(Id, _state.Wave, States, 0, _limit, Gone);
        _approvals = overview.All.Running > 0 ? await Bulk.ApprovalsAsync(Id, Gone) : [];
        (_overview, _problem) = (overview, null);
        return true;
    }

    private async Task RefreshAsync()
    {
        try
        {
            await TakeAsync(await Bulk.OverviewAsync(Id, Gone));
        }
        catch (BulkRefusedException e) when (e.Reason == BulkRefusal.Unknown)
        {
            _missing = true;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = error.Message;
        }
    }

    private async Task DoneAsync(string? problem)
    {
        await RefreshAsync();
        _problem = problem ?? _problem;
    }

    private Task MoreAsync()
    {
        _limit += PageSize;
        return RefreshAsync();
    }

    private void OnLocation(object? sender, LocationChangedEventArgs e)
    {
        if (new Uri(e.Location).AbsolutePath != PortalUrls.BulkRun(Id)) return;
        _ = InvokeAsync(async () =>
        {
            (_state, _limit) = (BulkUrlState.Parse(e.Location), PageSize);
            await RefreshAsync();
            StateHasChanged();
        });
    }
}
