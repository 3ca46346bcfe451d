using Sluice.Domain.Operations.Bulk;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Bulk;

/// <summary>How a run stands, told.</summary>
/// <param name="Style">The CSS class of its colour.</param>
/// <param name="Icon">Its icon.</param>
/// <param name="Title">In one sentence.</param>
/// <param name="Text">What it means, and what happens next.</param>
public sealed record BulkStory(string Style, string Icon, string Title, string Text)
{
    public static BulkStory Of(BulkOverview overview, DateTimeOffset now)
    {
        var (run, all) = (overview.Run, overview.All);
        var look = BulkWords.Look(run.State);
        return run.State switch
        {
            BulkState.Planned => new(look.Style, look.Icon, "Recorded, not begun", "It begins when someone starts it. Its pipelines are those of the moment in which it was recorded."),
            BulkState.Running => new(look.Style, look.Icon, Running(run, overview.Waves, now), run.Message.Length > 0 ? run.Message : "It goes on by itself. Closing this page or restarting Sluice changes nothing."),
            BulkState.Halted => new(look.Style, look.Icon, "Halted: you choose how to go on", $"{run.Message} Nothing more begins{(all.Running > 0 ? $"; {Format.Plural(all.Running, "operation")} that {(all.Running == 1 ? "was" : "were")} begun {(all.Running == 1 ? "ends" : "end")}" : "")}. Resume without those that failed, retry them, or call the run off."),
            BulkState.Finished when all.Failed + all.Waiting > 0 => new("s-warn", "warn", $"Finished: {Account(all)}", "Each failure says what state its job is in. Retry the failed when the cause is put right."),
            BulkState.Finished => new(look.Style, look.Icon, $"Finished: {Account(all)}", run is { StartedAt: { } begun, EndedAt: { } ended } ? $"It took {Format.Words(ended - begun)}." : "Nothing more happens."),
            _ => new(look.Style, look.Icon, $"Called off: {Account(all)}", all.Running > 0 ? $"{Format.Plural(all.Running, "operation")} that {(all.Running == 1 ? "was" : "were")} begun {(all.Running == 1 ? "goes on to its end" : "go on to their end")}." : "Nothing more happens."),
        };
    }

    /// <summary>The account in words: <c>475 succeeded, 24 failed, 1 skipped</c>.</summary>
    public static string Account(BulkWaveCount count)
    {
        var parts = new (int Count, string Word)[]
        {
            (count.Succeeded, "succeeded"), (count.Failed, "failed"), (count.Waiting, count.Waiting == 1 ? "waits for you" : "wait for you"), (count.Skipped, "skipped"), (count.Running, "running"), (count.Pending, "to do"),
        };
        return string.Join(", ", parts.Where(p => p.Count > 0).Select(p => $"{Format.Count(p.Count)}\u00a0{p.Word}"));
    }

    private static string Running(BulkRun run, IReadOnlyList<BulkWaveCount> waves, DateTimeOffset now)
    {
        var name = BulkWords.Wave(run.Order, run.Wave);
        if (run.WaveEndedAt is not { } ended)
        {
            var here = waves.FirstOrDefault(w => w.Wave == run.Wave);
            return here is null ? $"{name} begins" : $"{name}: {Format.Count(here.Total - here.Unfinished)} of {Format.Count(here.Total)} done";
        }

        if (!run.WaveChecked && run.Order.Halt.Health is { } rule) return now < ended + rule.After ? $"{name} ended; its health is looked at {Format.Words(rule.After)} after it" : $"{name} ended; its health is being looked at";
        return run.Order.Waves.Pause > TimeSpan.Zero ? $"{name} ended; the next begins at {Format.Clock(ended + run.Order.Waves.Pause, now)} UTC" : $"{name} ended";
    }
}
