using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Shared.Formatting;

/// <summary>How a state looks: always colour, shape and word together.</summary>
/// <param name="Style">The CSS class of the colour.</param>
/// <param name="Icon">The icon's name.</param>
/// <param name="Word">The word.</param>
/// <param name="Loud">True where the eye should go there.</param>
public readonly record struct StateLook(string Style, string Icon, string Word, bool Loud)
{
    public static StateLook Of(HealthState health) => health switch
    {
        HealthState.Failed => new("s-bad", "bad", "failed", true),
        HealthState.Degraded => new("s-warn", "warn", "degraded", true),
        HealthState.Unknown => new("s-unknown", "unknown", "unknown", true),
        HealthState.Progressing => new("s-progressing", "progressing", "progressing", true),
        HealthState.Suspended => new("s-suspended", "suspended", "suspended", false),
        HealthState.Finished => new("s-suspended", "check", "finished", false),
        HealthState.Healthy => new("s-good", "good", "healthy", false),
        _ => new("s-unknown", "unknown", "unknown", true),
    };

    public static StateLook Of(SyncState sync) => sync switch
    {
        SyncState.InSync => new("none", "insync", "in sync", false),
        SyncState.OutOfSync => new("s-progressing", "outsync", "out of sync", true),
        SyncState.Rejected => new("s-bad", "rejected", "rejected", true),
        _ => new("s-unknown", "unknown", "unknown", false),
    };

    public static StateLook Of(PipelinePhase phase) => phase switch
    {
        PipelinePhase.None => new("none", "idle", "no operation", false),
        _ => new("s-progressing", "progressing", Words.Of(phase), true),
    };

    public static StateLook Of(OperationState state) => state switch
    {
        OperationState.Pending => new("s-progressing", "clock", "waits for a worker", true),
        OperationState.Running => new("s-progressing", "progressing", "running", true),
        OperationState.Waiting => new("s-warn", "warn", "waits for you", true),
        OperationState.Succeeded => new("s-good", "good", "succeeded", false),
        OperationState.Failed => new("s-bad", "bad", "failed", true),
        OperationState.Cancelled => new("s-suspended", "rejected", "cancelled", false),
        OperationState.AwaitingApproval => new("s-warn", "clock", "waits for approval", true),
        OperationState.Queued => new("s-progressing", "clock", "waits for its turn", false),
        OperationState.NotStarted => new("s-suspended", "rejected", "not started", false),
        _ => new("s-unknown", "unknown", "unknown", true),
    };

    public static StateLook Of(StepState state) => state switch
    {
        StepState.Pending => new("none", "idle", "to do", false),
        StepState.Running => new("s-progressing", "progressing", "now", true),
        StepState.Done => new("s-good", "good", "done", false),
        StepState.Skipped => new("s-suspended", "check", "not needed", false),
        StepState.Failed => new("s-bad", "bad", "gave up", true),
        _ => new("s-unknown", "unknown", "unknown", true),
    };

    public static StateLook Stale(TimeSpan age) => new("s-stale", "stale", $"stale {Format.Compact(age)}", false);
}
