using Microsoft.AspNetCore.Components;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Shared.Operations;

/// <summary>Asks for one operation of one pipeline. Where nobody listens to <see cref="OnStarted"/>, the operation's page opens.</summary>
public sealed partial class StartOperationDialog : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static int _last;

    private readonly CancellationTokenSource _stop = new();
    private readonly string _id = $"start{Interlocked.Increment(ref _last)}";
    private OperationPlan? _plan;
    // Stays on screen until the next one is there: what is below it, such as the field that was just left, keeps its place.
    private OperationPlan? _before;
    // Choices may come faster than plans: only the plan of the last one counts.
    private int _turn;
    private string? _problem;
    private IReadOnlyList<string> _problems = [];
    private Guid? _active;
    private string _reason = "";
    private string _typed = "";
    private OperationRequest? _options;
    private bool _starting;
    private bool _wasOpen;

    [Parameter, EditorRequired]
    public OperationKind Kind { get; set; }

    [Parameter, EditorRequired]
    public PipelineKey Pipeline { get; set; }

    [Parameter, EditorRequired]
    public bool Open { get; set; }

    /// <summary>Upgrade: the new custom resource as YAML.</summary>
    [Parameter]
    public string? Manifest { get; set; }

    /// <summary>Upgrade: the generation the editor started from; unlike the resource version, it changes with the spec only.</summary>
    [Parameter]
    public long? Generation { get; set; }

    /// <summary>Rollback: the revision that is proposed.</summary>
    [Parameter]
    public int? Revision { get; set; }

    /// <summary>Redeploy: the snapshot that is proposed.</summary>
    [Parameter]
    public string? SnapshotPath { get; set; }

    [Parameter]
    public EventCallback OnClosed { get; set; }

    [Parameter]
    public EventCallback<Operation> OnStarted { get; set; }

    [Inject]
    private IOperationService Operations { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private Me Me { get; set; } = null!;

    private OperationRequest Request => (_options ?? new OperationRequest(Kind, Pipeline, Revision: Revision, SnapshotPath: SnapshotPath)) with
    {
        Kind = Asked, Pipeline = Kind == OperationKind.Fork ? _options?.Pipeline ?? Pipeline with { Name = Pipeline.Name + "-fork" } : Pipeline, Source = Kind == OperationKind.Fork ? Pipeline : null, Reason = _reason.Trim(), Manifest = Manifest, Generation = Generation,
    };

    // The same change can be rolled out in several ways.
    private OperationKind Asked => Kind == OperationKind.Upgrade && _options is { Kind: OperationKind.SideBySide or OperationKind.GoLive } way ? way.Kind : Kind;

    // Without them there is nothing to plan.
    private bool OptionsFirst => Kind is OperationKind.Scale or OperationKind.Fork or OperationKind.Redeploy or OperationKind.Rollback;

    private string Verb => Asked switch
    {
        OperationKind.Savepoint => "Take the savepoint",
        OperationKind.Suspend => "Suspend it",
        OperationKind.Resume => "Resume it",
        OperationKind.Upgrade => "Start the upgrade",
        OperationKind.Delete => "Delete it",
        OperationKind.Drain => "Drain it",
        OperationKind.Cancel => "Stop it without a savepoint",
        OperationKind.Restart => "Restart it",
        OperationKind.Redeploy => "Start it from the snapshot",
        OperationKind.Rollback => "Roll it back",
        OperationKind.Scale => "Scale it",
        OperationKind.Fork => "Fork it",
        OperationKind.SideBySide => "Start it beside the old one",
        OperationKind.GoLive => "Wait, then go live",
        _ => "Start",
    };

    /// <summary>A critical pipeline: a second person decides by the reason, or reads it afterwards.</summary>
    private bool NeedsReason => _plan?.Guards?.Approval is not null;

    private bool Asks => NeedsReason && !Request.BreakGlass;

    private bool Waits => _plan?.Guards?.Active is not null;

    /// <summary>Why the button is off, or null.</summary>
    private string? Why => this switch
    {
        { _starting: true } => "it is being started",
        { _plan: null } => "there is no plan yet",
        { _plan.Problems.Count: > 0, Waits: false } => "something stands against it; see above",
        { NeedsReason: true } when _reason.Trim().Length == 0 => "say why first",
        { Kind: OperationKind.Delete } when _typed.Trim() != Pipeline.Name => "type the name first",
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
        if (!Open) return;
        _typed = "";
        (_options, _plan, _before) = (null, null, null);
        await PlanAsync();
    }

    private async Task PlanAsync()
    {
        var turn = ++_turn;
        (_before, _plan, _problem, _problems, _active) = (_plan ?? _before, null, null, [], null);
        try
        {
            var plan = await Operations.PlanAsync(Request, _stop.Token);
            if (turn != _turn) return;
            _plan = plan;
            if (_plan.Guards?.Active is { } active) _ = WatchAsync(active);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            if (turn == _turn) Take(error);
        }
    }

    /// <summary>Plans again when the operation that this one would wait for has ended: it can start at once then.</summary>
    private async Task WatchAsync(Guid active)
    {
        try
        {
            do await Task.Delay(Look, Time, _stop.Token);
            while (IsAwaited() && (await Operations.FindAsync(active, _stop.Token))?.Active == true);
            if (!IsAwaited()) return;
            await PlanAsync();
            StateHasChanged();
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (Exception error)
        {
            Take(error);
            StateHasChanged();
        }

        bool IsAwaited() => Open && !_starting && _plan?.Guards?.Active == active;
    }

    private async Task StartAsync()
    {
        if (Why is not null) return;
        _starting = true;
        try
        {
            var started = await Operations.StartAsync(Request with { Queue = Waits }, await Me.ActorAsync(), _stop.Token);
            _reason = "";
            await OnClosed.InvokeAsync();
            if (OnStarted.HasDelegate) await OnStarted.InvokeAsync(started);
            else Navigation.NavigateTo(PortalUrls.Operation(started.Id));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Take(error);
        }
        finally
        {
            _starting = false;
        }
    }

    private Task ChooseAsync(OperationRequest request)
    {
        _options = request;
        return PlanAsync();
    }

    private void Take(Exception error)
    {
        (_problem, _before) = (error.Message, null);
        if (error is OperationRefusedException refused) (_active, _problems) = (refused.ActiveOperation, [.. refused.Problems.Where(problem => problem != error.Message)]);
    }
}
