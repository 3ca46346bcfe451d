using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;
using Sluice.Portal.Client.Shared.Live;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>All pipelines of all clusters, live. What is shown is in the URL; what changes is marked where it stands.</summary>
public sealed partial class PipelinesPage : IDisposable
{
    private static readonly TimeSpan SearchPause = TimeSpan.FromMilliseconds(400);

    private readonly CancellationTokenSource _stop = new();
    private readonly FleetSelection _selection = new();
    private FleetListModel _model = null!;
    private FleetTable? _table;
    private FleetCounts? _counts;
    private DateTimeOffset _ordered;
    private ITimer? _typing;
    private OwnNavigation _own = null!;
    private IReadOnlyList<PipelineKey>? _chosen;
    private string _chosenBy = "";

    [Inject]
    private IFleet Fleet { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private LiveGate Gate { get; set; } = null!;

    private bool AllSelected => _model.Length > 0 && _selection.Count >= _model.Length && _model.Keys.All(_selection.Contains);

    private string Reach
    {
        get
        {
            var live = _model.Clusters.Values.Count(cluster => cluster.Phase == ReflectorPhase.Synced);
            return live == _model.Clusters.Count ? $"{Format.Plural(live, "cluster")} live" : $"{live} of {Format.Plural(_model.Clusters.Count, "cluster")} live";
        }
    }

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocation;
        _typing?.Dispose();
        _stop.Cancel();
        _stop.Dispose();
    }

    protected override void OnInitialized()
    {
        _ordered = Time.GetUtcNow();
        _own = new OwnNavigation(Navigation, Time);
        _model = new FleetListModel(Fleet.Current, FleetUrlState.Parse(Navigation.Uri));
        _counts = _model.Counts;
        Navigation.LocationChanged += OnLocation;
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = FollowAsync();
    }

    private async Task FollowAsync()
    {
        try
        {
            using var follower = new FleetFollower(Fleet, _model, Time, new FleetView(Gate.TurnAsync, InvokeAsync, () => _table?.Window ?? (0, 0), Gate.ToBeat, () => _table?.Refresh(), ShowPage));
            await follower.RunAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
        catch (Exception error)
        {
            await DispatchExceptionAsync(error);
        }
    }

    private void ShowPage()
    {
        if (!ReferenceEquals(_counts, _model.Counts)) (_counts, _ordered) = (_model.Counts, Time.GetUtcNow());
        StateHasChanged();
    }

    private void OnLocation(object? sender, LocationChangedEventArgs e)
    {
        if (_own.IsEcho(e.Location) || new Uri(e.Location).AbsolutePath != "/") return;
        var state = FleetUrlState.Parse(e.Location);
        if (!state.Equals(_model.State) || !state.Unknown.SequenceEqual(_model.State.Unknown)) _ = InvokeAsync(() => NarrowAsync(state));
    }

    private async Task NarrowAsync(FleetUrlState state)
    {
        _model.Narrow(state);
        _ordered = Time.GetUtcNow();
        _table?.Rewind();
        StateHasChanged();
        if (_table is not null) await _table.ToTopAsync();
    }

    private Task ToggleAsync((FleetFacet Facet, string Value) choice) => GoAsync(_model.State.Toggle(choice.Facet, choice.Value));

    private Task SortAsync((FleetColumn Column, bool Add) choice) => GoAsync(_model.State.SortBy(choice.Column, choice.Add));

    private void SelectAll(bool selected) => _selection.SetAll(_model.Keys, selected);

    private (int Hidden, int Deleted) OutOfSight()
    {
        var deleted = _selection.Keys.Count(key => !_model.Exists(key));
        return (_model.State.Filtered ? _selection.Keys.Count(key => !_model.Lets(key)) - deleted : 0, deleted);
    }

    /// <summary>What is selected now; where that is all that matches, the query says it to whoever reads the record.</summary>
    private void Operate()
    {
        _chosen = [.. _selection.Keys];
        var shown = _model.State.WithLayout(FleetTableLayout.Default).WithGrouping(FleetGrouping.Off);
        _chosenBy = AllSelected && OutOfSight().Hidden == 0 && shown.Filtered ? shown.ToQuery() : "";
    }

    private async Task CopyAsync()
    {
        var names = _selection.Keys.Select(key => key.ToString()).Order(StringComparer.Ordinal).ToList();
        await Js.InvokeVoidAsync("sluice.copy", string.Join('\n', names), $"Copied {Format.Plural(names.Count, "name")}");
    }

    /// <summary>Columns, pins and the height of rows: no other rows, so the page stays where it is and the browser's way back does, too.</summary>
    private void LayOut(FleetTableLayout layout)
    {
        var state = _model.State.WithLayout(layout);
        _model.Narrow(state);
        _own.Go(state.ToUrl(), replace: true);
    }

    /// <summary>The address without what is not understood in it.</summary>
    private void Dismiss()
    {
        var url = _model.State.ToUrl();
        _model.Narrow(FleetUrlState.Parse(url));
        _own.Go(url, replace: true);
    }

    private async Task GroupAsync(FleetGrouping grouping) => await GoAsync(_model.State.WithGrouping(grouping));

    /// <summary>Folds are in the address, too, but not each a place to go back to.</summary>
    private async Task FoldAsync(string group)
    {
        var state = _model.State.WithGrouping(_model.State.Grouping.Toggle(group));
        _model.Narrow(state);
        _own.Go(state.ToUrl(), replace: true);
        if (_table is not null && _model.Groups.FirstOrDefault(g => g.Key == group) is { Folded: true } folded) await _table.ToLineAsync(folded.Line);
    }

    private async Task TakeOrderAsync()
    {
        _model.TakeOrder();
        _ordered = Time.GetUtcNow();
        if (_table is not null) await _table.ToTopAsync();
    }

    private async Task SearchAsync(string text)
    {
        var state = _model.State.WithSearch(text);
        await NarrowAsync(state);

        // The address follows when the typing pauses: not every letter is a place to go back to.
        _typing?.Dispose();
        _typing = Time.CreateTimer(_ => InvokeAsync(ShowAddressAsync), null, SearchPause, Timeout.InfiniteTimeSpan);
    }

    /// <summary>By the browser, which alone knows whether the person has opened another page meanwhile: that one must not be taken away again.</summary>
    private async Task ShowAddressAsync()
    {
        if (_stop.IsCancellationRequested) return;
        var url = _model.State.ToUrl();
        _own.Expect(url);
        try
        {
            await Js.InvokeVoidAsync("sluice.replaceAddress", _stop.Token, url);
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException)
        {
            // The page is closed, or comes back with what it kept itself.
        }
    }

    private async Task GoAsync(FleetUrlState state)
    {
        _typing?.Dispose();
        // The rows first: the browser has them on the screen when it is told of the address. Unless the person has gone on to another page by then.
        await NarrowAsync(state);
        if (!_stop.IsCancellationRequested) _own.Go(state.ToUrl(), replace: false);
    }
}
