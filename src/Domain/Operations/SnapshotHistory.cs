using System.Text.Json.Nodes;

namespace Sluice.Domain.Operations;

/// <summary>A savepoint or checkpoint whose path an operation has learnt.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="At">When the step that learnt it ended.</param>
/// <param name="Operation">Which operation.</param>
/// <param name="Kind">What that one did.</param>
/// <param name="Drained">True where it was taken by a drain: it is not for resuming.</param>
public sealed record KnownSnapshot(string Path, DateTimeOffset At, Guid Operation, OperationKind Kind, bool Drained);

/// <summary>The snapshots that past operations of a pipeline took or noted. Whether they are still there only their storage knows.</summary>
public static class SnapshotHistory
{
    private static readonly string[] Steps = [SharedSteps.AwaitSavepoint, SharedSteps.AwaitStopped, SharedSteps.NoteCheckpoint];

    /// <summary>Newest first, each path once.</summary>
    public static IReadOnlyList<KnownSnapshot> Of(IEnumerable<Operation> operations) =>
    [
        .. operations.SelectMany(operation => operation.Steps.Where(step => Steps.Contains(step.Name) && step.State == StepState.Done).Select(step => (Operation: operation, Step: step)))
            .Select(p => (Path: PathOf(p.Step.Data), p.Operation, p.Step))
            .Where(p => p.Path is not null && SnapshotStart.Doubt(p.Path) is null)
            .Select(p => new KnownSnapshot(p.Path!, p.Step.EndedAt ?? p.Operation.CreatedAt, p.Operation.Id, p.Operation.Kind, p.Operation.Kind == OperationKind.Drain))
            .OrderByDescending(s => s.At)
            .DistinctBy(s => s.Path),
    ];

    private static string? PathOf(string data) => (JsonNode.Parse(data) as JsonObject)?["path"] is JsonValue value && value.TryGetValue(out string? path) ? path : null;
}
