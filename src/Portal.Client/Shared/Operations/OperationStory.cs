using Sluice.Domain.Operations;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Shared.Operations;

/// <summary>Where an operation stands, in a sentence, what that means, and how it looks.</summary>
public sealed record OperationStory(string Style, string Icon, string Title, string Text)
{
    /// <summary>The step that is at work or gave up, else the first that is still to do; null where all are done.</summary>
    public static OperationStep? Current(Operation operation) =>
        operation.Steps.FirstOrDefault(step => step.State is StepState.Running or StepState.Failed) ?? operation.Steps.FirstOrDefault(step => step.State == StepState.Pending);

    public static int DoneSteps(Operation operation) => operation.Steps.Count(step => step.State is StepState.Done or StepState.Skipped);

    public static TimeSpan? Took(Operation operation) => operation is { StartedAt: { } from, EndedAt: { } to } ? to - from : null;

    public static OperationStory Of(Operation operation)
    {
        var look = StateLook.Of(operation.State);
        var style = look.Style == "none" ? "s-suspended" : look.Style;
        var (title, text) = operation.State switch
        {
            OperationState.Pending => ("Waits for a worker", "It is recorded and begins by itself, usually within a second. If it does not, no replica of Sluice holds the worker's lease."),
            OperationState.Running => (Running(operation), Current(operation) is { State: StepState.Running, Message.Length: > 0 } step ? step.Message : Message(operation, null)),
            OperationState.Waiting => ($"{At(operation)} gave up: you choose how to go on", Message(operation, Current(operation)?.Message)),
            OperationState.Succeeded => ($"Done{In(operation)}", operation.Message),
            OperationState.Failed => ($"Ended without success{After(operation)}", operation.Message),
            OperationState.Cancelled => ("Called off", Message(operation, "Stopped at a safe point; what was done before stays done.")),
            OperationState.AwaitingApproval => ($"Waits for somebody else than {operation.Actor} to approve it", operation.Guards?.Approval?.Why ?? operation.Message),
            OperationState.Queued => ("Waits for its turn", operation.Message),
            OperationState.NotStarted => ("Not started", operation.Message),
            _ => ("Not known", operation.Message),
        };
        return new OperationStory(style, look.Icon, title, text);
    }

    private static string Running(Operation operation)
    {
        var step = Current(operation);
        var stopping = operation.CancelRequested ? "stops at the next safe point; now " : "";
        return step is null ? "All steps are done; the result is being recorded" : $"{At(operation)}: {stopping}{Lower(step.Title)}";
    }

    private static string At(Operation operation) => Current(operation) is { } step ? $"Step {step.Index + 1} of {operation.Steps.Length}" : "The last step";

    private static string Message(Operation operation, string? otherwise) => operation.Message.Length > 0 ? operation.Message : otherwise ?? "";

    private static string In(Operation operation) => Took(operation) is { } took ? $" in {Format.Words(took)}" : "";

    private static string After(Operation operation) => Took(operation) is { } took ? $" after {Format.Words(took)}" : "";

    // "The operator stops the job" reads on in a sentence; "JobManager …" and other names keep their capital.
    private static string Lower(string text) => text.Length > 1 && char.IsUpper(text[0]) && (char.IsLower(text[1]) || text[1] == ' ') && !text.StartsWith("JobManager", StringComparison.Ordinal) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
