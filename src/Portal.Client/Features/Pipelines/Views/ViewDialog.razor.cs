using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Sluice.Domain.Views;
using Sluice.Portal.Client.Shared;

namespace Sluice.Portal.Client.Features.Pipelines.Views;

/// <summary>What is asked about a view.</summary>
public enum ViewQuestion
{
    Save,
    Overwrite,
    Rename,
    Delete,
}

/// <summary>One question about a view, and its doing.</summary>
public sealed partial class ViewDialog
{
    private static int _last;

    private readonly string _id = $"view{Interlocked.Increment(ref _last)}";
    private IReadOnlyList<string> _teams = [];
    private SavedView? _asked;
    private string _name = "";
    private string _team = "";
    private string? _problem;
    private string? _field;
    private bool _busy;
    private bool _wasOpen;

    [Parameter, EditorRequired]
    public ViewQuestion Question { get; set; }

    [Parameter, EditorRequired]
    public bool Open { get; set; }

    /// <summary>The view that is open, for all but saving a new one.</summary>
    [Parameter]
    public SavedView? View { get; set; }

    /// <summary>What the list shows.</summary>
    [Parameter, EditorRequired]
    public string Query { get; set; } = "";

    [Parameter]
    public EventCallback OnClosed { get; set; }

    /// <summary>It was done: the view as it is now, or null where it is gone.</summary>
    [Parameter]
    public EventCallback<SavedView?> OnDone { get; set; }

    [Inject]
    private ViewService Views { get; set; } = null!;

    [Inject]
    private Me Me { get; set; } = null!;

    private string Title => Question switch
    {
        ViewQuestion.Save => "Save as a new view",
        ViewQuestion.Overwrite => "Save the changes",
        ViewQuestion.Rename => "Rename the view",
        _ => "Delete the view",
    };

    private string Verb => Question switch
    {
        ViewQuestion.Save => "Save the view",
        ViewQuestion.Overwrite => "Save it",
        ViewQuestion.Rename => "Rename it",
        _ => "Delete it",
    };

    private string Of => View?.Team is { } team ? $" of team {team}" : "";

    protected override async Task OnParametersSetAsync()
    {
        if (Open == _wasOpen) return;
        _wasOpen = Open;
        if (!Open) return;
        (_problem, _field, _asked) = (null, null, View);
        if (Question == ViewQuestion.Rename) _name = View?.Name ?? "";
        try
        {
            if (Question == ViewQuestion.Save) _teams = await Views.TeamsAsync(CancellationToken.None);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Take(error);
        }
    }

    private Task KeyAsync(KeyboardEventArgs e) => e.Key == "Enter" ? DoAsync() : Task.CompletedTask;

    private async Task DoAsync()
    {
        if (_busy) return;
        (_busy, _problem, _field) = (true, null, null);
        try
        {
            var me = await Me.ActorAsync();
            var done = Question switch
            {
                ViewQuestion.Save => await Views.CreateAsync(me, _name, _team.Length == 0 ? null : _team, Query, CancellationToken.None),
                ViewQuestion.Overwrite => await Views.ChangeAsync(me, Asked.Id, null, Query, Asked.Version, CancellationToken.None),
                ViewQuestion.Rename => await Views.ChangeAsync(me, Asked.Id, _name, null, Asked.Version, CancellationToken.None),
                _ => null,
            };
            if (Question == ViewQuestion.Delete) await Views.DeleteAsync(me, Asked.Id, CancellationToken.None);
            _name = "";
            await OnDone.InvokeAsync(done);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Take(error);
        }
        finally
        {
            _busy = false;
        }
    }

    /// <summary>The view as it was when the question was asked: a change by someone else since then is not overwritten.</summary>
    private SavedView Asked => _asked ?? throw new InvalidOperationException("There is no view open any more. Open one from the menu.");

    private void Take(Exception error) => (_problem, _field) = error switch
    {
        ViewRefusedException refused => (refused.Message, refused.Field),
        InvalidOperationException => (error.Message, null),
        _ => ("It could not be kept: the records of Sluice do not answer. Try again in a moment.", null),
    };
}
