using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Operations;

/// <summary>Plans and records operations, and follows them. Carrying them out is the worker's part.</summary>
public sealed partial class OperationService : IOperationService, IDisposable
{
    private readonly IOperationStore _store;
    private readonly OperationEnvironment _environment;
    private readonly Dictionary<OperationKind, IOperationKind> _kinds;
    private readonly Func<Guid> _newId;
    private readonly OperationPlanner _planner;
    private readonly GuardRules _guards;
    private volatile ImmutableDictionary<PipelineKey, ActiveOperation> _active = ImmutableDictionary<PipelineKey, ActiveOperation>.Empty;

    /// <summary>Makes the service.</summary>
    /// <param name="store">The durable record.</param>
    /// <param name="kinds">The kinds of operation.</param>
    /// <param name="environment">What operations work with.</param>
    /// <param name="newId">Gives each operation its identity.</param>
    public OperationService(IOperationStore store, IEnumerable<IOperationKind> kinds, OperationEnvironment environment, Func<Guid> newId)
    {
        (_store, _environment, _newId) = (store, environment, newId);
        _kinds = kinds.ToDictionary(k => k.Kind);
        _planner = new OperationPlanner(store, environment);
        _guards = new GuardRules(store, environment);
    }

    /// <summary>Called before and after each record of an operation that waits: when it is asked for, decided about, and given its turn; for tests that end the process there.</summary>
    public Func<Operation, string, StepBoundary, CancellationToken, Task>? Boundary { get; init; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<PipelineKey, ActiveOperation> Active => _active;

    /// <inheritdoc/>
    public event Action? ActiveChanged;

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(OperationRequest request, CancellationToken cancellationToken) => (await PrepareAsync(request, cancellationToken)).Plan;

    /// <inheritdoc/>
    public async Task<Operation> StartAsync(OperationRequest request, Actor actor, CancellationToken cancellationToken)
    {
        if (request.Id is { } known && await _store.FindAsync(known, cancellationToken) is { } started) return started;
        var all = await _store.ActiveAsync(cancellationToken);
        var active = all.FirstOrDefault(o => KeepsOut(o, request.Pipeline, request.Source));
        if (active is not null && !request.Queue) throw Refused(active.Id);
        var prepared = await PrepareAsync(request, cancellationToken);
        if (prepared.Context is null) throw new OperationRefusedException(prepared.Unreachable, problems: [prepared.Unreachable]);
        if (request.Kind == OperationKind.DisposeSnapshot && all.FirstOrDefault(o => SnapshotPath.Same(OperationParameters.Read(o.Parameters).SnapshotPath, prepared.Request.ChosenSnapshot)) is { } user)
            throw new OperationRefusedException($"{user.Pipeline} is being started from it. Wait until that operation ends.", user.Id);
        var plan = prepared.Plan;
        GuardRules.Check(plan.Guards, request, _environment.Guards);
        // What stands against it while another operation is at work may be gone when that one has ended.
        if (plan.Problems.Count > 0 && active is null) throw new OperationRefusedException(string.Join(" ", plan.Problems), problems: plan.Problems);
        var operation = Ready(new Operation
        {
            Id = request.Id ?? _newId(),
            Kind = request.Kind,
            Pipeline = request.Pipeline,
            Actor = actor.Name,
            Reason = request.Reason,
            State = OperationState.Pending,
            CreatedAt = _environment.Time.GetUtcNow(),
            Guards = Waived(plan.Guards, request),
            Steps = [],
        }, prepared, request);
        return plan.Guards is { Approval: { } why } && !request.BreakGlass
            ? await AskAsync(operation, why, request, active?.Id, cancellationToken)
            : await BeginOrWaitAsync(operation, request, active?.Id, cancellationToken);
    }

    /// <summary>The operation as the workers take it: with the plan of now, and from here on a change of the spec by anyone else counts as foreign.</summary>
    internal Operation Ready(Operation operation, Prepared prepared, OperationRequest request)
    {
        var parameters = OperationParameters.Of(prepared.Request with { Generation = request.Kind is OperationKind.Upgrade or OperationKind.Rollback or OperationKind.Scale or OperationKind.SideBySide or OperationKind.GoLive ? prepared.Context?.Resource?.Generation : null });
        return operation with
        {
            Parameters = parameters.ToJson(),
            State = OperationState.Pending,
            Message = prepared.Plan.Sentence,
            Plan = prepared.Plan,
            Request = null,
            Steps = [.. _kinds[request.Kind].Steps(parameters).Select((s, i) => new OperationStep { Index = i, Name = s.Name, Title = s.Title, State = StepState.Pending })],
        };
    }

    /// <summary>Plans what is asked for as things stand now.</summary>
    internal async Task<Prepared> PrepareAsync(OperationRequest request, CancellationToken cancellationToken)
    {
        var kind = _kinds[request.Kind];
        request = await kind.CompleteAsync(request, _environment.Pipelines, cancellationToken);
        var (context, unreachable) = await ContextAsync(request, cancellationToken);
        if (context is null) return new Prepared(request, null, new OperationPlan("This cannot be planned now.", [], "", null, false, [], [unreachable], []), unreachable);
        var plan = await _planner.CompleteAsync(kind, await kind.PlanAsync(context, cancellationToken), context, cancellationToken);
        if (await LeavingAsync(context, cancellationToken) is { } leaving) plan = plan with { Problems = [.. plan.Problems, leaving] };
        var guards = await _guards.ReadAsync(kind, context, cancellationToken);
        return new Prepared(request, context, plan with { Guards = guards, Problems = [.. GuardRules.Problems(guards, request), .. plan.Problems], Cautions = [.. plan.Cautions, .. GitCautions.Of(request.Kind, context.Pipeline?.Git)] }, "");
    }

    /// <summary>The refusal because of another operation.</summary>
    public static OperationRefusedException Refused(Guid active) =>
        new("Another operation of this pipeline is active. Wait until it ends, cancel it, or start after it: with queue this one waits for its turn and is planned again then.", active) { Rule = GuardRule.OneAtATime, Field = "queue" };

    /// <inheritdoc/>
    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken) => _store.FindAsync(id, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken) => _store.ListAsync(pipeline, limit, cancellationToken);

    /// <inheritdoc/>
    public Task CancelAsync(Guid id, Actor actor, CancellationToken cancellationToken) => ChangeAsync(id, operation =>
    {
        if (operation.Held) return TakenBack(operation, actor);
        if (operation.State == OperationState.Waiting) return operation with { State = OperationState.Pending, CancelRequested = true, Message = $"{actor.Name} asked to cancel." };
        var steps = _kinds[operation.Kind].Steps(OperationParameters.Read(operation.Parameters)).ToDictionary(s => s.Name);
        var safe = operation.Steps.Where(s => s.State is StepState.Pending or StepState.Running).Any(s => steps.GetValueOrDefault(s.Name)?.CancelAsync is not null);
        if (!safe) throw new OperationRefusedException("It has gone too far to be cancelled: no step that is left has a safe point. Wait until it ends.");
        return operation with { CancelRequested = true };
    }, cancellationToken);

    /// <inheritdoc/>
    public Task RetryAsync(Guid id, Actor actor, CancellationToken cancellationToken) => ChangeAsync(id, operation => operation.State == OperationState.Waiting
        ? operation with { State = OperationState.Pending, CancelRequested = false, Message = $"{actor.Name} asked to retry.", Steps = RetryPoint.Reopen(operation.Steps) }
        : throw new OperationRefusedException("It does not wait for anyone. Nothing was changed."), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<Operation> WatchAsync(Guid id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // One slot: a reader that is behind needs the newest state, not every one.
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void OnChanged(Guid? changed)
        {
            if (changed is null || changed == id) wake.Writer.TryWrite(true);
        }

        _store.Changed += OnChanged;
        try
        {
            Operation? last = null;
            while (true)
            {
                var now = await _store.FindAsync(id, cancellationToken);
                if (now is null) yield break;
                if (last is null || !Same(last, now)) yield return now;
                if (now.Ended) yield break;
                last = now;
                await wake.Reader.ReadAsync(cancellationToken);
            }
        }
        finally
        {
            _store.Changed -= OnChanged;
        }
    }

    /// <summary>Reads the active operations anew; the worker calls it after changes.</summary>
    public async Task RefreshActiveAsync(CancellationToken cancellationToken)
    {
        var operations = await _store.ActiveAsync(cancellationToken);
        var now = operations.SelectMany(o => Holds(o).Select(k => (Key: k, Operation: o))).GroupBy(p => p.Key).ToImmutableDictionary(g => g.Key, g => ToActive(g.First().Operation, g.Key));
        if (now.Count == _active.Count && now.All(p => _active.TryGetValue(p.Key, out var old) && old == p.Value)) return;
        _active = now;
        ActiveChanged?.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose() => ActiveChanged = null;

    private async Task ChangeAsync(Guid id, Func<Operation, Operation> change, CancellationToken cancellationToken)
    {
        _ = await _store.ChangeAsync(id, operation => operation.Ended
            ? throw new OperationRefusedException($"It has ended already ({operation.State}).")
            : change(operation), cancellationToken) ?? throw new OperationRefusedException("There is no such operation.");
    }

    /// <summary>Why the chosen snapshot is not for starting from, as the catalogue knows it; null where nothing is known against it.</summary>
    private async Task<string?> LeavingAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        if (_environment.Snapshots is not { } store || request.ChosenSnapshot is not { } path || request.Kind == OperationKind.DisposeSnapshot) return null;
        var owner = request is { Kind: OperationKind.Fork, Source: { } source } ? await _environment.Pipelines.FindAsync(source, cancellationToken) : context.Pipeline;
        return owner is null ? null : SnapshotUse.Leaving(await store.ListAsync(owner.Id, cancellationToken), path);
    }

    private async Task<(PlanContext? Context, string Unreachable)> ContextAsync(OperationRequest request, CancellationToken cancellationToken)
    {
        var cluster = _environment.Clusters.All.FirstOrDefault(c => c.Name == request.Pipeline.Cluster);
        if (cluster is null || _environment.Clusters.Api(request.Pipeline.Cluster) is not { } api)
            return (null, cluster is { Settings.Enabled: false } ? $"The cluster {cluster.Name} is disabled, so nothing is sent to it. Enable it under Clusters, then ask again." : $"No cluster named {request.Pipeline.Cluster} is configured.");
        try
        {
            // A plan for something that is not there says so itself.
            var resource = await FlinkObject.FindAsync(api, request.Pipeline, cancellationToken);
            var pipeline = await _environment.Pipelines.FindAsync(request.Pipeline, cancellationToken);
            return (new PlanContext(request, api, cluster, resource, pipeline, _environment), "");
        }
        catch (KubernetesException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>The pipelines that no other operation may change meanwhile: a fork's source until its savepoint is there, the deployment beside the old one to the end.</summary>
    private static IEnumerable<PipelineKey> Holds(Operation operation)
    {
        yield return operation.Pipeline;
        if (OperationParameters.SourceOf(operation) is { } source && operation.Steps.Any(s => s.Name == SharedSteps.AwaitSavepoint && s.State is not (StepState.Done or StepState.Skipped))) yield return source;
        if (OperationParameters.BesideOf(operation) is { } beside) yield return beside;
    }

    /// <summary>True where an active operation keeps out one of a pipeline, or one that begins from another: a fork's source must not change meanwhile.</summary>
    internal static bool KeepsOut(Operation active, PipelineKey pipeline, PipelineKey? source) => Holds(active).Any(k => k == pipeline || k == source);

    private static ActiveOperation ToActive(Operation operation, PipelineKey pipeline)
    {
        var step = operation.Steps.FirstOrDefault(s => s.State is not (StepState.Done or StepState.Skipped))?.Index ?? operation.Steps.Length - 1;
        return new ActiveOperation(operation.Id, operation.Pipeline == pipeline ? (GoLiveOperation.IsWaiting(operation) ? PipelinePhase.Bootstrapping : Phase(operation.Kind)) : operation.Kind == OperationKind.Fork ? PipelinePhase.Savepointing : PipelinePhase.Deploying, step + 1, operation.Steps.Length);
    }

    private static PipelinePhase Phase(OperationKind kind) => kind switch
    {
        OperationKind.Deploy or OperationKind.Fork => PipelinePhase.Deploying,
        OperationKind.Savepoint => PipelinePhase.Savepointing,
        OperationKind.Suspend => PipelinePhase.Suspending,
        OperationKind.Resume => PipelinePhase.Resuming,
        OperationKind.Upgrade or OperationKind.SideBySide or OperationKind.GoLive => PipelinePhase.Upgrading,
        OperationKind.Delete => PipelinePhase.Deleting,
        OperationKind.Drain => PipelinePhase.Draining,
        OperationKind.Cancel => PipelinePhase.Suspending,
        OperationKind.Restart or OperationKind.Redeploy => PipelinePhase.Restarting,
        OperationKind.Rollback => PipelinePhase.RollingBack,
        OperationKind.Scale => PipelinePhase.Scaling,
        OperationKind.DisposeSnapshot => PipelinePhase.Disposing,
        _ => PipelinePhase.None,
    };

    private static bool Same(Operation a, Operation b) =>
        a with { Steps = [], Plan = null, Outcome = null } == b with { Steps = [], Plan = null, Outcome = null } && a.Outcome is null == b.Outcome is null && a.Steps.Length == b.Steps.Length
        && a.Steps.Zip(b.Steps).All(p => p.First with { Evidence = [] } == p.Second with { Evidence = [] } && p.First.Evidence.SequenceEqual(p.Second.Evidence));
}
