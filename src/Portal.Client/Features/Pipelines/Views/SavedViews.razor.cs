using Microsoft.AspNetCore.Components;
using Sluice.Domain.Views;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Portal.Client.Shared;

namespace Sluice.Portal.Client.Features.Pipelines.Views;

/// <summary>The menu of saved views in the toolbar of the list. Which view is open stands in the address, so that a link says it too.</summary>
public sealed partial class SavedViews : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private ViewList _list = ViewList.None;
    private ViewQuestion _question;
    private bool _asking;
    private string? _problem;

    /// <summary>What the list shows now.</summary>
    [Parameter, EditorRequired]
    public FleetUrlState State { get; set; } = null!;

    [Inject]
    private ViewService Views { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private Me Me { get; set; } = null!;

    /// <summary>The view that the address names, where this person has it.</summary>
    private SavedView? Active => State.View is { } id ? _list.Views.FirstOrDefault(view => view.Id == id) : null;

    /// <summary>True where the list shows something else than the open view keeps.</summary>
    private bool Changed => Active is { } view && !FleetUrlState.Of(view).Equals(State);

    private string CsvHref => FleetCsv.Href(State);

    public void Dispose()
    {
        Views.Changed -= OnChanged;
        _stop.Cancel();
        _stop.Dispose();
    }

    protected override Task OnInitializedAsync()
    {
        Views.Changed += OnChanged;
        return ReadAsync();
    }

    private void OnChanged() => _ = InvokeAsync(async () =>
    {
        if (_stop.IsCancellationRequested) return;
        await ReadAsync();
        StateHasChanged();
    });

    private async Task ReadAsync()
    {
        try
        {
            (_list, _problem) = (await Views.ListAsync(await Me.ActorAsync(), _stop.Token), null);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The list works without its views; what was read before stays.
            _problem = "The views cannot be read now. Open the list again in a moment.";
        }
    }

    private Task AskAsync(ViewQuestion question)
    {
        (_question, _asking) = (question, true);
        return Task.CompletedTask;
    }

    private async Task ToggleFirstAsync()
    {
        if (Active is not { } view) return;
        try
        {
            await Views.SetDefaultAsync(await Me.ActorAsync(), view.Id == _list.DefaultId ? null : view.Id, _stop.Token);
            await ReadAsync();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = error is ViewRefusedException ? error.Message : "It could not be kept. Try again in a moment.";
        }
    }

    /// <param name="view">The view as it is kept now; null where it was deleted.</param>
    private async Task DoneAsync(SavedView? view)
    {
        _asking = false;
        await ReadAsync();
        var next = view is null ? State.From(null) : _question == ViewQuestion.Rename ? State : FleetUrlState.Of(view);
        if (next.ToUrl() != State.ToUrl()) Navigation.NavigateTo(next.ToUrl());
    }
}
