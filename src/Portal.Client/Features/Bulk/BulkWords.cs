using Sluice.Domain.Operations.Bulk;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Bulk;

/// <summary>How runs are called in the pages, and how they look.</summary>
public static class BulkWords
{
    public static StateLook Look(BulkState state) => state switch
    {
        BulkState.Planned => new("s-suspended", "clock", "planned", true),
        BulkState.Running => new("s-progressing", "progressing", "running", true),
        BulkState.Halted => new("s-warn", "warn", "halted", true),
        BulkState.Finished => new("s-good", "good", "finished", false),
        BulkState.Cancelled => new("s-suspended", "rejected", "called off", false),
        _ => new("s-unknown", "unknown", "unknown", true),
    };

    public static StateLook Look(BulkItemState state) => state switch
    {
        BulkItemState.Pending => new("none", "clock", "to do", false),
        BulkItemState.Running => new("s-progressing", "progressing", "running", true),
        BulkItemState.Waiting => new("s-warn", "warn", "waits for you", true),
        BulkItemState.Succeeded => new("s-good", "good", "succeeded", false),
        BulkItemState.Failed => new("s-bad", "bad", "failed", true),
        BulkItemState.Skipped => new("s-suspended", "rejected", "skipped", false),
        _ => new("s-unknown", "unknown", "unknown", true),
    };

    /// <summary>What is done, for example <c>Upgrade to tag 1.4.2</c>.</summary>
    public static string Title(BulkOrder order) => order.Change is { } change ? $"{Words.Of(order.Kind)}: {Of(change)}" : Words.Of(order.Kind);

    /// <summary>What a change changes, in a few words.</summary>
    public static string Of(BulkChange change)
    {
        var parts = new List<string>();
        if (change.Image is not null) parts.Add($"image {change.Image}");
        if (change.ImageTag is not null) parts.Add($"tag {change.ImageTag}");
        if (change.Parallelism is { } parallelism) parts.Add($"parallelism {Format.Count(parallelism)}");
        parts.AddRange(change.FlinkConfiguration.Select(p => p.Value is null ? $"without {p.Key}" : $"{p.Key}={p.Value}"));
        if (change.Patch is { Count: > 0 } patch) parts.Add($"patch of {string.Join(", ", patch.Select(p => p.Key))}");
        return parts.Count == 0 ? "nothing" : string.Join(", ", parts);
    }

    /// <summary>Canary, or its number.</summary>
    public static string Wave(BulkOrder order, int wave) => wave == 0 && order.Waves.Canary > 0 ? "Canary" : $"Wave {Format.Count(order.Waves.Canary > 0 ? wave : wave + 1)}";

    /// <summary>When it stops and asks, in words.</summary>
    public static IEnumerable<string> Rules(BulkOrder order)
    {
        var halt = order.Halt;
        if (order.Waves.Canary > 0) yield return "a failure of the canary";
        if (halt.FailedInWave is { } inWave) yield return $"more than {Format.Count(inWave)} failed in a wave";
        if (halt.FailedInWavePercent is { } share) yield return $"more than {share}\u00a0% of a wave failed";
        if (halt.Failed is { } all) yield return $"more than {Format.Count(all)} failed in all";
        if (halt.FailedPercent is { } percent) yield return $"more than {percent}\u00a0% failed in all";
        if (halt.Health is { } health) yield return $"more than {Format.Count(health.Most)} of a wave not well {Format.Words(health.After)} after it";
    }
}
