using System.Globalization;
using Microsoft.AspNetCore.Components;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared;

namespace Sluice.Portal.Client.Features.Bulk;

/// <summary>Asks for one operation over the pipelines that are selected in the list. The page of the run opens when it is recorded.</summary>
public sealed partial class BulkDialog : IDisposable
{
    private static int _last;

    private readonly CancellationTokenSource _stop = new();
    private readonly string _id = $"bulk{Interlocked.Increment(ref _last)}";
    private BulkDraft _draft = new();
    private BulkRequest? _request;
    private IReadOnlyList<BulkProblem> _problems = [];
    private BulkPlan? _plan;
    private string? _problem;
    private string _typed = "";
    private bool _starting;
    private bool _wasOpen;
    private int _asked;

    [Parameter, EditorRequired]
    public bool Open { get; set; }

    [Parameter, EditorRequired]
    public IReadOnlyList<PipelineKey> Pipelines { get; set; } = [];

    /// <summary>The query that finds them all; empty where they were selected one by one.</summary>
    [Parameter]
    public string Query { get; set; } = "";

    [Parameter]
    public EventCallback OnClosed { get; set; }

    [Inject]
    private BulkService Bulk { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private Me Me { get; set; } = null!;

    private string Summary => _request is not { Order: var order } ? "" : $"{(order.Waves.Canary > 0 ? $"{order.Waves.Canary} first, then " : "")}{order.Waves.Size} at a time; halts at {string.Join("; ", BulkWords.Rules(order).DefaultIfEmpty("nothing"))}";

    /// <summary>Why the button is off, or null.</summary>
    private string? Why => this switch
    {
        { _starting: true } => "it is being recorded",
        { _problems.Count: > 0 } => _problems[0].Message,
        { _plan: null } => "there is no plan yet",
        { _plan.Problems.Count: > 0 } => "something stands against it; see above",
        { _draft.Kind: OperationKind.Delete } when _typed.Trim() != _plan.Taken.ToString(CultureInfo.InvariantCulture) => "type the number first",
        _ => null,
    };

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    protected override async Task OnParametersSetAsync()
    {
        if (Open == _wasOpen) return;
        _wasOpen = Open;
        if (Open) await PlanAsync();
    }

    private Task SetAsync(BulkDraft draft)
    {
        if (draft.Kind != _draft.Kind) _typed = "";
        _draft = draft;
        return PlanAsync();
    }

    private async Task PlanAsync()
    {
        var asked = ++_asked;
        (_plan, _problem) = (null, null);
        (_request, _problems) = _draft.Read(Pipelines, Query);
        // That nothing is changed yet is no error while someone has not come to it.
        if (_problems.Any(p => p.Field is not ("change" or "scale" or "fork"))) return;
        try
        {
            var plan = await Bulk.PlanAsync(_request, _stop.Token);
            // An answer to an earlier choice says nothing about this one.
            if (asked == _asked) _plan = plan;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = error.Message;
        }
    }

    private async Task StartAsync()
    {
        if (Why is not null || _request is null) return;
        _starting = true;
        try
        {
            var run = await Bulk.CreateAsync(_request, await Me.ActorAsync(), start: true, key: null, _stop.Token);
            await OnClosed.InvokeAsync();
            Navigation.NavigateTo(PortalUrls.BulkRun(run.Id));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _problem = error.Message;
        }
        finally
        {
            _starting = false;
        }
    }
}
