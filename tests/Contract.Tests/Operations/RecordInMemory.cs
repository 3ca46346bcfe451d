using Sluice.Domain.Access;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Contract.Tests.Operations;

/// <summary>The record of one test's operations: one worker, so no lease ever has to be disputed.</summary>
internal sealed class OperationsInMemory : IOperationStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Operation> _operations = [];

    public event Action<Guid?>? Changed;

    public Task AddAsync(Operation operation, CancellationToken cancellationToken)
    {
        lock (_lock) _operations.Add(operation.Id, operation);
        Changed?.Invoke(operation.Id);
        return Task.CompletedTask;
    }

    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(_operations.GetValueOrDefault(id));
    }

    public Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<Operation>>([.. _operations.Values]);
    }

    public Task<IReadOnlyList<Operation>> ActiveAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<Operation>>([.. _operations.Values.Where(o => o.Active)]);
    }

    public Task<IReadOnlyList<Operation>> HeldAsync(PipelineKey? pipeline, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<Operation>>([.. _operations.Values.Where(o => o.Held).OrderBy(o => o.QueuedAt ?? DateTimeOffset.MaxValue)]);
    }

    public Task<bool> BeginAsync(Operation operation, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_operations[operation.Id].State != OperationState.Queued || _operations.Values.Any(o => o.Active)) return Task.FromResult(false);
            _operations[operation.Id] = operation;
            return Task.FromResult(true);
        }
    }

    public Task<Operation?> ClaimAsync(string holder, TimeSpan lease, IReadOnlyCollection<string> busy, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var next = _operations.Values.FirstOrDefault(o => o.State == OperationState.Pending);
            if (next is not null) _operations[next.Id] = next = next with { State = OperationState.Running, Fence = next.Fence + 1, Holder = holder };
            return Task.FromResult(next);
        }
    }

    public Task<bool> RenewAsync(Guid id, long fence, TimeSpan lease, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task<bool> SaveAsync(Operation operation, int? step, CancellationToken cancellationToken)
    {
        lock (_lock) _operations[operation.Id] = operation;
        Changed?.Invoke(operation.Id);
        return Task.FromResult(false);
    }

    public Task<int> ReleaseAsync(Func<string, bool> isDead, CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<Operation?> ChangeAsync(Guid id, Func<Operation, Operation> change, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<Operation?>(_operations[id] = change(_operations[id]));
    }
}

/// <summary>Registered pipelines of one test.</summary>
internal sealed class PipelinesInMemory : IPipelineStore
{
    private readonly List<Pipeline> _pipelines = [];
    private readonly List<Revision> _revisions = [];

    public event Action? Changed;

    public Task<IReadOnlyList<Team>> TeamsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Team>>([]);

    public Task SaveTeamAsync(Team team, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Pipeline>> AllAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Pipeline>>([.. _pipelines]);

    public Task<Pipeline?> FindAsync(PipelineKey key, CancellationToken cancellationToken) => Task.FromResult(_pipelines.FirstOrDefault(p => p.Key == key));

    public Task AddAsync(Pipeline pipeline, Revision first, CancellationToken cancellationToken)
    {
        _pipelines.Add(pipeline);
        _revisions.Add(first);
        Changed?.Invoke();
        return Task.CompletedTask;
    }

    public Task<Revision> AddRevisionAsync(Guid pipelineId, string manifest, Actor author, string reason, Guid? operationId, CancellationToken cancellationToken)
    {
        var revision = new Revision(pipelineId, _revisions.Count(r => r.PipelineId == pipelineId) + 1, manifest, author.Name, reason, DateTimeOffset.UtcNow, operationId);
        _revisions.Add(revision);
        return Task.FromResult(revision);
    }

    public Task<IReadOnlyList<Revision>> RevisionsAsync(Guid pipelineId, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Revision>>([.. _revisions.Where(r => r.PipelineId == pipelineId).Reverse()]);

    public Task<Pipeline?> ChangeAsync(Guid pipelineId, Func<Pipeline, Pipeline> change, CancellationToken cancellationToken)
    {
        var index = _pipelines.FindIndex(p => p.Id == pipelineId);
        return Task.FromResult<Pipeline?>(_pipelines[index] = change(_pipelines[index]));
    }

    public Task MoveAsync(Guid pipelineId, PipelineKey to, CancellationToken cancellationToken)
    {
        var index = _pipelines.FindIndex(p => p.Id == pipelineId);
        _pipelines[index] = _pipelines[index] with { Key = to };
        return Task.CompletedTask;
    }

    public Task RetireAsync(Guid pipelineId, CancellationToken cancellationToken)
    {
        _pipelines.RemoveAll(p => p.Id == pipelineId);
        return Task.CompletedTask;
    }
}
