namespace Sluice.Domain.Operations;

/// <summary>One replica's work on one operation: the newest copy of the record, and whether a person wants it to stop.</summary>
internal sealed class OperationSession(IOperationStore store, Operation operation)
{
    private volatile bool _cancelRequested = operation.CancelRequested;
    private bool _cancellable;

    public Operation Operation { get; private set; } = operation;

    public bool CancelRequested => _cancelRequested;

    public void NoteCancelRequest() => _cancelRequested = true;

    /// <summary>Says whether the step that runs now has a safe point.</summary>
    public void AllowCancel(bool cancellable) => _cancellable = cancellable;

    public void ThrowIfCancelled(int step)
    {
        if (_cancelRequested && _cancellable) throw new StepCancelledException(step);
    }

    /// <summary>The record as it is now, with what persons changed in it meanwhile.</summary>
    public async Task<Operation?> RecordedAsync(CancellationToken cancellationToken)
    {
        var now = await store.FindAsync(Operation.Id, cancellationToken);
        if (now?.CancelRequested == true) _cancelRequested = true;
        return now;
    }

    public Task SaveStepAsync(OperationStep step, CancellationToken cancellationToken) => SaveAsync(Operation, step, cancellationToken);

    public async Task SaveAsync(Operation operation, OperationStep? step, CancellationToken cancellationToken)
    {
        if (step is not null) operation = operation with { Steps = operation.Steps.SetItem(step.Index, step) };
        // Memory follows the record: what could not be written did not happen.
        if (await store.SaveAsync(operation, step?.Index, cancellationToken)) _cancelRequested = true;
        Operation = operation;
    }
}

/// <summary>A person asked to cancel, and the step that runs has a safe point.</summary>
internal sealed class StepCancelledException(int step) : Exception($"Step {step} was called off.");
