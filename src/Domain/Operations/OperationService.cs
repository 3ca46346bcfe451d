using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>Plans and records operations, and follows them. Carrying them out is the worker's part.</summary>
public sealed class OperationService : IOperationService, IDisposable
{
    private readonly IOperationStore _store;
    private readonly OperationEnvironment _environment;
    private readonly Dictionary<OperationKind, IOperationKind> _kinds;
    private readonly Func<Guid> _newId;
    private readonly OperationPlanner _planner;
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
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<PipelineKey, ActiveOperation> Active => _active;

    /// <inheritdoc/>
    public event Action? ActiveChanged;

    /// <inheritdoc/>
    public async Task<OperationPlan> PlanAsync(OperationRequest request, CancellationToken cancellationToken)
    {
        request = await _kinds[request.Kind].CompleteAsync(request, _environment.Pipelines, cancellationToken);
        var (context, unreachable) = await ContextAsync(request, cancellationToken);
        return context is null
            ? new OperationPlan("This cannot be planned now.", [], "", null, false, [], [unreachable], [])
            : await PlanAsync(context, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Operation> StartAsync(OperationRequest request, Actor actor, CancellationToken cancellationToken)
    {
        if (request.Id is { } known && await _store.FindAsync(known, cancellationToken) is { } started) return started;
        request = await _kinds[request.Kind].CompleteAsync(request, _environment.Pipelines, cancellationToken);
        var (context, unreachable) = await ContextAsync(request, cancellationToken);
        if (context is null) throw new OperationRefusedException(unreachable, problems: [unreachable]);
        var kind = _kinds[request.Kind];
        var active = (await _store.ActiveAsync(cancellationToken)).FirstOrDefault(o => Holds(o).Any(k => k == request.Pipeline || (request.Kind == OperationKind.Fork && k == request.Source)));
        if (active is not null) throw Refused(active.Id);
        var plan = await PlanAsync(context, cancellationToken);
        if (plan.Problems.Count > 0) throw new OperationRefusedException(string.Join(" ", plan.Problems), problems: plan.Problems);
        // From here on a change of the spec by anyone else counts as foreign.
        var parameters = OperationParameters.Of(request with { Generation = request.Kind is OperationKind.Upgrade or OperationKind.Rollback or OperationKind.Scale ? context.Resource?.Generation : null });
        var steps = kind.Steps(parameters);
        var operation = new Operation
        {
            Id = request.Id ?? _newId(),
            Kind = request.Kind,
            Pipeline = request.Pipeline,
            Actor = actor.Name,
            Reason = request.Reason,
            Parameters = parameters.ToJson(),
            State = OperationState.Pending,
            Message = plan.Sentence,
            CreatedAt = _environment.Time.GetUtcNow(),
            Plan = plan,
            Steps = [.. steps.Select((s, i) => new OperationStep { Index = i, Name = s.Name, Title = s.Title, State = StepState.Pending })],
        };
        await _store.AddAsync(operation, cancellationToken);
        return operation;
    }

    /// <summary>The refusal because of another operation.</summary>
    public static OperationRefusedException Refused(Guid active) =>
        new("Another operation of this pipeline is active. Wait until it ends, or cancel it.", active);

    /// <inheritdoc/>
    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken) => _store.FindAsync(id, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken) => _store.ListAsync(pipeline, limit, cancellationToken);

    /// <inheritdoc/>
    public Task CancelAsync(Guid id, Actor actor, CancellationToken cancellationToken) => ChangeAsync(id, operation =>
    {
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

    private async Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken)
    {
        var kind = _kinds[context.Request.Kind];
        return await _planner.CompleteAsync(kind, await kind.PlanAsync(context, cancellationToken), context, cancellationToken);
    }

    private async Task<(PlanContext? Context, string Unreachable)> ContextAsync(OperationRequest request, CancellationToken cancellationToken)
    {
        var cluster = _environment.Clusters.All.FirstOrDefault(c => c.Name == request.Pipeline.Cluster);
        if (cluster is null || _environment.Clusters.Api(request.Pipeline.Cluster) is not { } api)
            return (null, cluster is { Settings.Enabled: false } ? $"The cluster {cluster.Name} is disabled, so nothing is sent to it. Enable it under Clusters, then ask again." : $"No cluster named {request.Pipeline.Cluster} is configured.");
        try
        {
            FlinkObject? resource = null;
            try
            {
                resource = new FlinkObject(await api.GetAsync(request.Pipeline.KubernetesResource, request.Pipeline.Namespace, request.Pipeline.Name, cancellationToken));
            }
            catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
            {
                // A plan for something that is not there says so itself.
            }
            var pipeline = await _environment.Pipelines.FindAsync(request.Pipeline, cancellationToken);
            return (new PlanContext(request, api, cluster, resource, pipeline, _environment), "");
        }
        catch (KubernetesException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>The pipelines that no other operation may change meanwhile: a fork's source until its savepoint is there.</summary>
    private static IEnumerable<PipelineKey> Holds(Operation operation)
    {
        yield return operation.Pipeline;
        if (OperationParameters.SourceOf(operation) is { } source && operation.Steps.Any(s => s.Name == SharedSteps.AwaitSavepoint && s.State is not (StepState.Done or StepState.Skipped))) yield return source;
    }

    private static ActiveOperation ToActive(Operation operation, PipelineKey pipeline)
    {
        var step = operation.Steps.FirstOrDefault(s => s.State is not (StepState.Done or StepState.Skipped))?.Index ?? operation.Steps.Length - 1;
        return new ActiveOperation(operation.Id, operation.Pipeline == pipeline ? Phase(operation.Kind) : PipelinePhase.Savepointing, step + 1, operation.Steps.Length);
    }

    private static PipelinePhase Phase(OperationKind kind) => kind switch
    {
        OperationKind.Deploy or OperationKind.Fork => PipelinePhase.Deploying,
        OperationKind.Savepoint => PipelinePhase.Savepointing,
        OperationKind.Suspend => PipelinePhase.Suspending,
        OperationKind.Resume => PipelinePhase.Resuming,
        OperationKind.Upgrade => PipelinePhase.Upgrading,
        OperationKind.Delete => PipelinePhase.Deleting,
        OperationKind.Drain => PipelinePhase.Draining,
        OperationKind.Cancel => PipelinePhase.Suspending,
        OperationKind.Restart or OperationKind.Redeploy => PipelinePhase.Restarting,
        OperationKind.Rollback => PipelinePhase.RollingBack,
        OperationKind.Scale => PipelinePhase.Scaling,
        _ => PipelinePhase.None,
    };

    private static bool Same(Operation a, Operation b) =>
        a with { Steps = [], Plan = null, Outcome = null } == b with { Steps = [], Plan = null, Outcome = null } && a.Outcome is null == b.Outcome is null && a.Steps.Length == b.Steps.Length
        && a.Steps.Zip(b.Steps).All(p => p.First with { Evidence = [] } == p.Second with { Evidence = [] } && p.First.Evidence.SequenceEqual(p.Second.Evidence));
}
