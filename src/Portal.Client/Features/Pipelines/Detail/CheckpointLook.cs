using Sluice.Domain.Flink;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>How the result of a checkpoint looks.</summary>
public static class CheckpointLook
{
    public static StateLook Of(Checkpoint c) => c.State switch
    {
        "COMPLETED" => new("s-good", "good", "completed", false),
        "IN_PROGRESS" => new("s-progressing", "progressing", "in progress", true),
        "FAILED" => new("s-bad", "bad", c.FailureMessage?.Contains("expired", StringComparison.OrdinalIgnoreCase) == true ? "expired" : "failed", true),
        _ => new("s-unknown", "unknown", c.State.ToLowerInvariant(), true),
    };
}
