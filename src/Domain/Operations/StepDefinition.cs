using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>
/// One step of a kind of operation. It may run several times: after a crash, after a fault of the network, after a person chose to retry.
/// So it first looks whether its work is done already, and names what it creates from the operation's id.
/// </summary>
/// <param name="Name">Its name within the kind, for example <c>take-savepoint</c>.</param>
/// <param name="Title">What it does, in words for people.</param>
/// <param name="Timeout">After this time it gives up and a person chooses how to go on.</param>
/// <param name="RunAsync">The work.</param>
public sealed record StepDefinition(string Name, string Title, TimeSpan Timeout, Func<StepContext, CancellationToken, Task<StepResult>> RunAsync)
{
    /// <summary>
    /// What a cancellation before or during this step does; it answers in words what state the job is in then.
    /// Null: there is no safe point here, the operation goes on.
    /// </summary>
    public Func<StepContext, CancellationToken, Task<string>>? CancelAsync { get; init; }
}

/// <summary>How a step ended well.</summary>
/// <param name="State">Done or skipped.</param>
/// <param name="Message">What came of it, in words.</param>
public sealed record StepResult(StepState State, string Message)
{
    /// <summary>The step did its work.</summary>
    public static StepResult Done(string message) => new(StepState.Done, message);

    /// <summary>The step was not needed.</summary>
    public static StepResult Skipped(string message) => new(StepState.Skipped, message);
}

/// <summary>A step cannot go on by itself: the operation waits for a person, who may retry or cancel.</summary>
/// <param name="message">What happened and what state the job is in.</param>
/// <param name="retryFrom">The earlier step at which a retry begins; null for this step.</param>
public sealed class StepGaveUpException(string message, string? retryFrom = null) : Exception(message)
{
    /// <summary>The earlier step at which a retry begins; null for this step.</summary>
    public string? RetryFrom { get; } = retryFrom;
}

/// <summary>The operation cannot succeed any more. The message says what state the job is in now and what to do.</summary>
public class OperationFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>One kind of operation: its plan and its steps, top to bottom in one file.</summary>
public interface IOperationKind
{
    /// <summary>Which.</summary>
    OperationKind Kind { get; }

    /// <summary>True where it does something to the job or its resource. Guard rails leave alone what does not.</summary>
    bool ChangesJob => true;

    /// <summary>True where it gives an existing pipeline another desired spec: what is managed in Git gets a patch instead.</summary>
    bool ChangesSpec => false;

    /// <summary>True where it makes a pipeline: there is nothing yet that a second person could protect.</summary>
    bool Creates => false;

    /// <summary>The request with what it names filled in: a rollback's manifest is that of its revision. What is wrong with it is for the plan to say.</summary>
    Task<OperationRequest> CompleteAsync(OperationRequest request, IPipelineStore pipelines, CancellationToken cancellationToken) => Task.FromResult(request);

    /// <summary>What it would do now.</summary>
    Task<OperationPlan> PlanAsync(PlanContext context, CancellationToken cancellationToken);

    /// <summary>What it will write, so that the plan can say what the operator will make of it; null where it cannot be told, or where the kind does not tell.</summary>
    Task<PlannedWrite?> WriteAsync(PlanContext context, CancellationToken cancellationToken) => Task.FromResult<PlannedWrite?>(null);

    /// <summary>The steps for the given parameters.</summary>
    IReadOnlyList<StepDefinition> Steps(OperationParameters parameters);
}
