using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Tests.Operations;

/// <summary>The rules of the real store, in memory. A cancelled token stands for a dead process: nothing is written any more.</summary>
internal sealed class FakeStore : IOperationStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Operation> _operations = [];

    public event Action<Guid?>? Changed;

    public Task AddAsync(Operation operation, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_operations.Values.FirstOrDefault(o => operation.Active && o.Active && o.Pipeline == operation.Pipeline) is { } active) throw OperationService.Refused(active.Id);
            if (!_operations.TryAdd(operation.Id, operation)) throw new OperationRefusedException("This operation was started already.", operation.Id);
        }
        Changed?.Invoke(operation.Id);
        return Task.CompletedTask;
    }

    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(_operations.GetValueOrDefault(id));
    }

    public Task<IReadOnlyList<Operation>> ListAsync(PipelineKey? pipeline, int limit, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<Operation>>([.. _operations.Values.Where(o => pipeline is null || o.Pipeline == pipeline).OrderByDescending(o => o.CreatedAt).Take(limit)]);
    }

    public Task<IReadOnlyList<Operation>> ActiveAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<Operation>>([.. _operations.Values.Where(o => o.Active)]);
    }

    public Task<IReadOnlyList<Operation>> HeldAsync(PipelineKey? pipeline, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Operation>>([
                .. _operations.Values.Where(o => o.Held && (pipeline is null || o.Pipeline == pipeline)).OrderBy(o => o.QueuedAt ?? DateTimeOffset.MaxValue).ThenBy(o => o.CreatedAt)]);
        }
    }

    public Task<bool> BeginAsync(Operation operation, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_operations[operation.Id].State != OperationState.Queued || _operations.Values.Any(o => o.Active && o.Pipeline == operation.Pipeline)) return Task.FromResult(false);
            _operations[operation.Id] = operation;
        }
        Changed?.Invoke(operation.Id);
        return Task.FromResult(true);
    }

    /// <summary>Claims what is pending or running: the tests have one worker at a time, whose predecessor is dead.</summary>
    public Task<Operation?> ClaimAsync(string holder, TimeSpan lease, IReadOnlyCollection<string> busy, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var next = _operations.Values.FirstOrDefault(o => o.State is OperationState.Pending or OperationState.Running);
            if (next is not null) _operations[next.Id] = next = next with { State = OperationState.Running, Fence = next.Fence + 1, Holder = holder };
            return Task.FromResult(next);
        }
    }

    public Task<bool> RenewAsync(Guid id, long fence, TimeSpan lease, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(Held(id, fence, cancellationToken).CancelRequested);
    }

    public Task<bool> SaveAsync(Operation operation, int? step, CancellationToken cancellationToken)
    {
        bool cancel;
        lock (_lock)
        {
            var held = Held(operation.Id, operation.Fence, cancellationToken);
            cancel = held.CancelRequested;
            _operations[operation.Id] = held with
            {
                State = operation.State,
                Message = operation.Message,
                StartedAt = operation.StartedAt,
                EndedAt = operation.EndedAt,
                Outcome = operation.Outcome,
                Steps = step is { } index ? held.Steps.SetItem(index, operation.Steps[index]) : held.Steps,
            };
        }
        Changed?.Invoke(operation.Id);
        return Task.FromResult(cancel);
    }

    public Task<int> ReleaseAsync(Func<string, bool> isDead, CancellationToken cancellationToken) => Task.FromResult(0);

    public Task<Operation?> ChangeAsync(Guid id, Func<Operation, Operation> change, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_operations.TryGetValue(id, out var operation)) return Task.FromResult<Operation?>(null);
            _operations[id] = operation = change(operation);
            Changed?.Invoke(id);
            return Task.FromResult<Operation?>(operation);
        }
    }

    private Operation Held(Guid id, long fence, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var held = _operations[id];
        return held.Fence == fence && held.State == OperationState.Running ? held : throw new FencedOutException(id, fence);
    }
}
