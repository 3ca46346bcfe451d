using System.Collections.Concurrent;
using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Tests.Operations.Bulk;

/// <summary>Operations that end when a test says so. What was started is counted.</summary>
internal sealed class FakeOperations : IOperationService
{
    public ConcurrentDictionary<Guid, Operation> All { get; } = [];

    public List<PipelineKey> Started { get; } = [];

    /// <summary>Called before an operation is recorded; may refuse it or kill the replica.</summary>
    public Action<OperationRequest>? Before { get; set; }

    /// <summary>Called after an operation is recorded; may kill the replica.</summary>
    public Action<int>? After { get; set; }

    public IReadOnlyDictionary<PipelineKey, ActiveOperation> Active => new Dictionary<PipelineKey, ActiveOperation>();

    public event Action? ActiveChanged
    {
        add { }
        remove { }
    }

    public IEnumerable<Operation> Running => All.Values.Where(o => !o.Ended);

    public void End(PipelineKey pipeline, OperationState state = OperationState.Succeeded, string message = "done")
    {
        var running = Running.Single(o => o.Pipeline == pipeline);
        All[running.Id] = running with { State = state, Message = message };
    }

    public void EndAll(Func<PipelineKey, bool>? fails = null)
    {
        foreach (var operation in Running.Where(o => o.State != OperationState.Waiting).ToList()) All[operation.Id] = operation with { State = fails?.Invoke(operation.Pipeline) == true ? OperationState.Failed : OperationState.Succeeded, Message = "ended" };
    }

    public Task<OperationPlan> PlanAsync(OperationRequest request, CancellationToken cancellationToken) => Task.FromResult(new OperationPlan("A plan.", [], "", null, true, [], [], []));

    public Task<Operation> StartAsync(OperationRequest request, Actor actor, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Before?.Invoke(request);
        if (All.TryGetValue(request.Id!.Value, out var known)) return Task.FromResult(known);
        if (Running.FirstOrDefault(o => o.Pipeline == request.Pipeline) is { } active) throw OperationService.Refused(active.Id);
        var operation = new Operation { Id = request.Id.Value, Kind = request.Kind, Pipeline = request.Pipeline, Actor = actor.Name, State = OperationState.Pending, CreatedAt = default, Steps = [] };
        All[operation.Id] = operation;
        lock (Started) Started.Add(request.Pipeline);
        After?.Invoke(Started.Count);
        return Task.FromResult(operation);
    }

    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult(All.GetValueOrDefault(id));

    public Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CancelAsync(Guid id, Actor actor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RetryAsync(Guid id, Actor actor, CancellationToken cancellationToken)
    {
        All[id] = All[id] with { State = OperationState.Pending };
        return Task.CompletedTask;
    }

    /// <summary>Who approved or declined which, and what was said.</summary>
    public List<(Guid Operation, bool Approved, string Who, string Comment)> Decisions { get; } = [];

    public Task<Operation> ApproveAsync(Guid id, string comment, Actor actor, CancellationToken cancellationToken) => DecideAsync(id, true, comment, actor);

    public Task<Operation> DeclineAsync(Guid id, string comment, Actor actor, CancellationToken cancellationToken) => DecideAsync(id, false, comment, actor);

    private Task<Operation> DecideAsync(Guid id, bool approved, string comment, Actor actor)
    {
        if (All[id].State != OperationState.AwaitingApproval) throw new OperationRefusedException("It does not wait for an approval.");
        Decisions.Add((id, approved, actor.Name, comment));
        return Task.FromResult(All[id] = All[id] with { State = approved ? OperationState.Queued : OperationState.NotStarted, Message = approved ? "Approved." : "Declined." });
    }

    public IAsyncEnumerable<Operation> WatchAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();
}
