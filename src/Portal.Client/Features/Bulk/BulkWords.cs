using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Operations.Planning;
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

    /// <summary>What is wrong with one field.</summary>
    public static IReadOnlyList<string> Of(this IReadOnlyList<BulkProblem> problems, string field) => [.. problems.Where(p => p.Field == field).Select(p => p.Message)];

    /// <summary>What is done, for example <c>Upgrade to tag 1.4.2</c>.</summary>
    public static string Title(BulkOrder order) => order switch
    {
        { Fork: { } fork } => $"{Words.Of(order.Kind)}: …{fork.Suffix}{(fork.Namespace is { } ns ? $" in {ns}" : "")}{(order.SavepointBefore is { } from ? $", state of {Format.Exact(from)}" : "")}",
        { Change: { } change } => $"{Words.Of(order.Kind)}: {Of(change)}",
        { Scale: { } target } => $"{Words.Of(order.Kind)}: {Of(target)}",
        { InForceAt: { } at, SavepointBefore: { } from } => $"{Words.Of(order.Kind)}: as of {Format.Exact(at)}, state of {Format.Exact(from)}",
        { InForceAt: { } at } => $"{Words.Of(order.Kind)}: as of {Format.Exact(at)}",
        { SavepointBefore: { } from } => $"{Words.Of(order.Kind)}: state of {Format.Exact(from)}",
        _ => Words.Of(order.Kind),
    };

    private static string Of(ScaleTarget target)
    {
        var parts = new List<string>();
        if (target.Parallelism is { } parallelism) parts.Add($"parallelism {Format.Count(parallelism)}");
        if (target.TaskManagers is { } count) parts.Add(Format.Plural(count, "TaskManager"));
        if (target.Slots is { } slots) parts.Add($"{Format.Plural(slots, "slot")} each");
        return string.Join(", ", parts);
    }

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

    /// <summary>What the operations would do to the jobs, in a sentence.</summary>
    public static string Effects(IReadOnlyList<BulkApproval> waiting)
    {
        var parts = waiting.GroupBy(w => w.Effect).Select(e => (Effect: e.Key, Count: e.Count())).OrderByDescending(e => e.Count).Select(e => $"{Format.Plural(e.Count, "job")} {Of(e.Effect, e.Count == 1)}").ToList();
        return $"Approved, {(parts.Count == 1 ? parts[0] : string.Join(", ", parts[..^1]) + " and " + parts[^1])}. Each is planned again before it begins, and does not begin where that has got worse.";
    }

    /// <summary>What they would lose for good, each with the number of pipelines; the most frequent first.</summary>
    public static IEnumerable<string> Lost(IReadOnlyList<BulkApproval> waiting) =>
        waiting.SelectMany(w => w.Lost.Distinct()).CountBy(l => l).OrderByDescending(l => l.Value).Take(3).Select(l => l.Value == 1 ? l.Key : $"{l.Key} ({Format.Plural(l.Value, "pipeline")})");

    /// <summary>What became of a decision.</summary>
    public static string Decided(BulkDecision decision)
    {
        var done = $"{Format.Plural(decision.Decided.Count, "operation")} {(decision.Approved ? "approved" : "declined")}.";
        return decision.Left.Count == 0 ? done : $"{done} {Format.Plural(decision.Left.Count, "operation")} left as {(decision.Left.Count == 1 ? "it is" : "they are")}: {string.Join(" ", decision.Left.Select(l => l.Why).Distinct().Take(2))}";
    }

    private static string Of(JobEffect? effect, bool one) => effect switch
    {
        JobEffect.KeepsRunning => one ? "goes on without a stop" : "go on without a stop",
        JobEffect.Restarts => one ? "stops and starts" : "stop and start",
        JobEffect.Stops => one ? "stops" : "stop",
        JobEffect.Starts => one ? "starts" : "start",
        JobEffect.StaysStopped => one ? "stays stopped" : "stay stopped",
        JobEffect.Ends => one ? "ends for good" : "end for good",
        JobEffect.IsReplaced => one ? "is replaced" : "are replaced",
        _ => one ? "changes in a way that is not known" : "change in a way that is not known",
    };

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
