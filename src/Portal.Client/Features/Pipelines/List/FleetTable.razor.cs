using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>The window on the list, and what the scripts of the table ask for.</summary>
public sealed partial class FleetTable
{
    // What a window of usual height shows, and some more; a higher one asks for the rest.
    private const int AtFirst = 24;
    private const int AtMost = 240;

    // What window.js keeps ready beyond what is in view; it asks for them when the rows are on the screen.
    private const int Margin = 6;

    private readonly Dictionary<FleetColumn, Func<MouseEventArgs, Task>> _sorts = [];
    private int _first;
    private int _count = AtFirst;
    private int _countAtTop = AtFirst;
    private bool _narrow;
    private FleetTableLayout? _shownOf;
    private FleetColumn[] _shown = [];
    private Dictionary<PipelineKey, FleetRowPieces> _pieces = [];
    private Dictionary<PipelineKey, FleetRowPieces> _piecesBefore = [];
    private DateTimeOffset _now;
    private ElementReference _box;
    private ElementReference _table;
    private IJSObjectReference? _windowModule;
    private IJSObjectReference? _columnsModule;
    private IJSObjectReference? _window;
    private IJSObjectReference? _columns;
    private DotNetObjectReference<FleetTable>? _self;

    [Parameter, EditorRequired]
    public FleetListModel Model { get; set; } = null!;

    [Parameter, EditorRequired]
    public FleetSelection Selection { get; set; } = null!;

    /// <summary>True where all that match are selected.</summary>
    [Parameter]
    public bool AllSelected { get; set; }

    [Parameter]
    public EventCallback<(FleetColumn Column, bool Add)> OnSort { get; set; }

    [Parameter]
    public EventCallback<FleetTableLayout> OnLayout { get; set; }

    [Parameter]
    public EventCallback<string> OnFold { get; set; }

    [Parameter]
    public EventCallback<bool> OnSelectAll { get; set; }

    [Parameter]
    public EventCallback OnSelect { get; set; }

    /// <summary>The lines that exist now, for whoever has to know whether a change is visible.</summary>
    public (int First, int Count) Window => (_first, _count);

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private FleetGroup? Lead { get; set; }

    /// <summary>The lines of the headers, for the script that works out where lines are.</summary>
    private string? Heads { get; set; }

    private FleetTableLayout Layout => Model.State.Layout;

    /// <summary>Without those that a narrow page has no room for, unless somebody chose them: what nobody sees is not rendered either.</summary>
    private IEnumerable<FleetColumnChoice> Columns => _narrow && !Layout.Chosen ? Layout.Columns.Where(static c => !FleetColumns.Of(c.Column).OnlyWide) : Layout.Columns;

    private string Style => $"table sticky cards fleet{(Layout.Roomy ? " roomy" : "")}{(Layout.Chosen ? " chosen" : "")}";

    /// <summary>Another one where the widths have to be worked out anew.</summary>
    private string Signature => $"{string.Join(' ', Columns)}|{Layout.Pinned.Length}{(Layout.Roomy ? "r" : "")}";

    /// <summary>The class that keeps a pinned column at its place; columns.js says where that is.</summary>
    public static string PinStyle(FleetTableLayout layout, FleetColumn column)
    {
        for (var i = 0; i < layout.Columns.Length; i++)
            if (layout.Columns[i].Column == column) return i == layout.Pinned.Length - 1 ? $"pin pin-{i} pin-last" : $"pin pin-{i}";
        return "";
    }

    [JSInvokable]
    public void Show(int first, int count)
    {
        (_first, _count) = (Math.Clamp(first, 0, Math.Max(0, Model.Lines - 1)), Math.Clamp(count, 1, AtMost));
        if (_first == 0) _countAtTop = _count;
        OnParametersSet();
        StateHasChanged();
    }

    /// <summary>The page became too narrow for some columns, or wide enough again.</summary>
    [JSInvokable]
    public void Fit(bool narrow)
    {
        if (_narrow == narrow) return;
        (_narrow, _shownOf) = (narrow, null);
        OnParametersSet();
        StateHasChanged();
    }

    /// <summary>Selects a row that is on the page. The row is said by its address: lines may have changed place since the click.</summary>
    [JSInvokable]
    public Task Pick(string href, bool selected, bool range)
    {
        for (var i = _first; i < Math.Min(Model.Lines, _first + _count); i++)
        {
            if (Model.LineAt(i).Row is not { Key: var key } || PortalUrls.Pipeline(key) != href) continue;
            if (range) Selection.SetRange(key, selected, Order());
            else Selection.Set(key, selected);
            return OnSelect.InvokeAsync();
        }

        return Task.CompletedTask;
    }

    [JSInvokable]
    public Task MoveColumn(string column, string? before) => FleetColumns.TryParse(column, out var moved)
        ? OnLayout.InvokeAsync(Layout.Move(moved, before is not null && FleetColumns.TryParse(before, out var next) ? next : null))
        : Task.CompletedTask;

    [JSInvokable]
    public Task StepColumn(string column, int by) => FleetColumns.TryParse(column, out var moved) ? OnLayout.InvokeAsync(Layout.Step(moved, Math.Sign(by))) : Task.CompletedTask;

    [JSInvokable]
    public Task SizeColumn(string column, int? width) => FleetColumns.TryParse(column, out var sized) ? OnLayout.InvokeAsync(Layout.Resize(sized, width)) : Task.CompletedTask;

    /// <summary>A row in view changed.</summary>
    public void Refresh()
    {
        OnParametersSet();
        StateHasChanged();
    }

    /// <summary>Other filters or another order: the next rendering is of the first rows, of those in view alone, because somebody waits for them.</summary>
    public void Rewind() => (_first, _count) = (0, Math.Max(Margin, _countAtTop - Margin));

    /// <summary>Brings the first row into view.</summary>
    public async Task ToTopAsync()
    {
        Rewind();
        if (_window is not null) await _window.InvokeVoidAsync("top");
    }

    /// <summary>Back to a line that is above what is in view.</summary>
    public async Task ToLineAsync(int line)
    {
        if (_window is not null) await _window.InvokeVoidAsync("reveal", line);
    }

    public async ValueTask DisposeAsync()
    {
        // The page holds this component until the next one takes its place, and may still send it to the top.
        var (window, columns) = (_window, _columns);
        (_window, _columns) = (null, null);
        try
        {
            if (window is not null) await window.InvokeVoidAsync("detach");
            if (columns is not null) await columns.InvokeVoidAsync("detach");
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and its listeners with it.
        }

        await window.DisposeQuietlyAsync();
        await columns.DisposeQuietlyAsync();
        await _windowModule.DisposeQuietlyAsync();
        await _columnsModule.DisposeQuietlyAsync();
        _self?.Dispose();
    }

    protected override void OnParametersSet()
    {
        _now = Time.GetUtcNow();
        if (_first >= Model.Lines) _first = 0;
        if (!ReferenceEquals(_shownOf, Layout)) (_shownOf, _shown) = (Layout, [.. Columns.Select(static c => c.Column)]);
        // The header of the group that the first line is in: it stays in sight while its rows go by.
        Lead = Model.Grouped && _first < Model.Lines && Model.LineAt(_first).Header is null ? Model.Groups.LastOrDefault(group => group.Line < _first) : null;
        Heads = Model.Grouped ? string.Join(',', Model.Groups.Select(group => group.Line)) : null;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _self = DotNetObjectReference.Create(this);
        _columnsModule = await Js.InvokeAsync<IJSObjectReference>("import", "./_content/Sluice.Portal.Client/js/columns.js");
        _columns = await _columnsModule.InvokeAsync<IJSObjectReference>("attach", _table, _box, _self);
        _windowModule = await Js.InvokeAsync<IJSObjectReference>("import", "./_content/Sluice.Portal.Client/js/window.js");
        _window = await _windowModule.InvokeAsync<IJSObjectReference>("attach", _table, _box, _self);
    }

    /// <summary>The same one each time: a new one would be news to the browser at each rendering.</summary>
    private Func<MouseEventArgs, Task> Sort(FleetColumn column) =>
        _sorts.TryGetValue(column, out var known) ? known : _sorts[column] = e => OnSort.InvokeAsync((column, e.ShiftKey));

    /// <summary>A row's cells; the same ones as at the last rendering where nothing of what they show changed.</summary>
    private FleetRowPieces Pieces(PipelineRow row, bool gone)
    {
        var marked = Model.Marks.Of(row.Key, _now);
        if (!_piecesBefore.TryGetValue(row.Key, out var pieces) || !pieces.Shows(row, _shown, marked, gone)) pieces = new FleetRowPieces(row, Layout, _shown, marked, gone, _now);
        return _pieces[row.Key] = pieces;
    }

    /// <summary>Rows that are out of the window now are forgotten.</summary>
    private void TurnPieces()
    {
        (_pieces, _piecesBefore) = (_piecesBefore, _pieces);
        _pieces.Clear();
    }

    private IEnumerable<PipelineKey> Order()
    {
        for (var i = 0; i < Model.Lines; i++)
            if (Model.LineAt(i).Row is { } row) yield return row.Key;
    }
}
