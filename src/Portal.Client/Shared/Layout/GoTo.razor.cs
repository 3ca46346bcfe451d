using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Views;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Portal.Client.Shared.Palette;

namespace Sluice.Portal.Client.Shared.Layout;

/// <summary>The command palette in the top bar of every page.</summary>
public sealed partial class GoTo : IAsyncDisposable
{
    private IReadOnlyList<PaletteSection> _sections = [];
    private PaletteItem[] _items = [];
    private ViewList _views = ViewList.None;
    private (OperationKind Kind, PipelineKey Pipeline)? _asked;
    private bool _asking;
    private string _text = "";
    private long _turn;
    private int _milliseconds;
    private ElementReference _dialog;
    private IJSObjectReference? _module;
    private IJSObjectReference? _palette;
    private DotNetObjectReference<GoTo>? _self;

    [Inject]
    private IFleet Fleet { get; set; } = null!;

    [Inject]
    private PaletteSearch Search { get; set; } = null!;

    [Inject]
    private ViewService Views { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IJSRuntime Js { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private Me Me { get; set; } = null!;

    /// <summary>The palette opens: its views are read once for as long as it is open.</summary>
    [JSInvokable]
    public async Task OpenedAsync(string text, string[] lately)
    {
        try
        {
            _views = await Views.ListAsync(await Me.ActorAsync(), CancellationToken.None);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Without the records there are no views to go to; everything else can still be found.
            _views = ViewList.None;
        }

        Typed(text, lately);
    }

    [JSInvokable]
    public void Typed(string text, string[] lately)
    {
        var begun = Time.GetTimestamp();
        var here = new Uri(Navigation.Uri).AbsolutePath == "/" ? FleetUrlState.Parse(Navigation.Uri) : FleetUrlState.Default;
        _text = text.Length > 200 ? text[..200] : text;
        _sections = Search.Find(_text, lately, _views, here);
        _items = [.. _sections.SelectMany(section => section.Items)];
        _milliseconds = (int)Math.Ceiling(Time.GetElapsedTime(begun).TotalMilliseconds);
        _turn++;
        StateHasChanged();
    }

    /// <summary>Asks for the operation of a line. The plan is shown first; nothing is done yet.</summary>
    [JSInvokable]
    public void Ask(int line)
    {
        if (line < 0 || line >= _items.Length || _items[line].Asks is not { } asks) return;
        (_asked, _asking) = (asks, true);
        StateHasChanged();
    }

    protected override void OnInitialized() => Navigation.LocationChanged += OnLocation;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _module = await Js.InvokeAsync<IJSObjectReference>("import", "./_content/Sluice.Portal.Client/js/palette.js");
        _self = DotNetObjectReference.Create(this);
        _palette = await _module.InvokeAsync<IJSObjectReference>("attach", _dialog, _self);
    }

    private void OnLocation(object? sender, LocationChangedEventArgs e) => _ = InvokeAsync(async () =>
    {
        try
        {
            if (_palette is not null) await _palette.InvokeVoidAsync("visited", new Uri(e.Location).PathAndQuery);
        }
        catch (Exception error) when (error is JSDisconnectedException or JSException or OperationCanceledException)
        {
            // What was opened lately is a convenience: a browser that is gone needs none.
        }
    });

    private static RenderFragment Marked(PaletteItem item) => builder =>
    {
        var at = 0;
        foreach (var range in item.Marks)
        {
            var (start, length) = range.GetOffsetAndLength(item.Text.Length);
            builder.AddContent(0, item.Text[at..start]);
            builder.OpenElement(1, "mark");
            builder.AddContent(2, item.Text.Substring(start, length));
            builder.CloseElement();
            at = start + length;
        }

        builder.AddContent(3, item.Text[at..]);
    };

    public async ValueTask DisposeAsync()
    {
        Navigation.LocationChanged -= OnLocation;
        try
        {
            if (_palette is not null) await _palette.InvokeVoidAsync("detach");
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and its listeners with it.
        }

        await _palette.DisposeQuietlyAsync();
        await _module.DisposeQuietlyAsync();
        _self?.Dispose();
    }
}
