using System.Text.RegularExpressions;
using Sluice.Domain.Operations.Planning;

namespace Sluice.Domain.Operations.Guards;

/// <summary>Whether a plan that is made anew still is what a person agreed to.</summary>
public static partial class PlanComparison
{
    /// <summary>What got worse; empty where nothing did. Better is fine.</summary>
    /// <param name="seen">The plan that was shown.</param>
    /// <param name="now">The plan of now.</param>
    public static IReadOnlyList<string> Worse(OperationPlan seen, OperationPlan now)
    {
        var worse = new List<string>();
        if (!Lines(seen.Change).SetEquals(Lines(now.Change))) worse.Add("The change to the custom resource is not the one that was shown any more: somebody changed the spec meanwhile.");
        // A resume that is asked for while the job runs has no effect yet to compare with: the person knew that it is for later.
        if (seen is { Classification: { } before, Problems.Count: 0 } && now.Classification is { } after) Compare(before, after, worse);
        var known = seen.Lost.Select(Shape).ToHashSet(StringComparer.Ordinal);
        worse.AddRange(now.Lost.Where(l => !known.Contains(Shape(l))).Select(l => $"Lost for good, and not shown before: {l}"));
        return worse;
    }

    private static void Compare(ChangeClassification before, ChangeClassification after, List<string> worse)
    {
        if (Weight(after.Effect) > Weight(before.Effect)) worse.Add($"The job {Words(after.Effect)}; it was shown that it {Words(before.Effect)}.");
        else if (after.Class > before.Class) worse.Add($"The operator will treat it as {Words(after.Class)}, not as {Words(before.Class)}: {after.Words}");
        if (before.Mode is { } shown && after.Mode is { } mode && Weight(mode) > Weight(shown)) worse.Add($"The state is carried by {Words(mode)}, not by {Words(shown)}: {after.ModeWhy}");
    }

    // Ages and sizes differ with every look; what is lost does not.
    private static string Shape(string text) => Number().Replace(text, "#");

    private static HashSet<string> Lines(string diff) => [.. diff.Split('\n').Where(l => l.StartsWith('+') || l.StartsWith('-'))];

    private static int Weight(JobEffect? effect) => effect switch
    {
        JobEffect.Ends => 4,
        JobEffect.Stops => 3,
        JobEffect.Restarts => 2,
        JobEffect.Starts => 1,
        _ => 0,
    };

    private static int Weight(StopMode mode) => mode switch
    {
        StopMode.Savepoint => 0,
        StopMode.Cancel => 1,
        StopMode.LastState => 2,
        _ => 3,
    };

    private static string Words(JobEffect effect) => effect switch
    {
        JobEffect.Ends => "ends for good",
        JobEffect.Stops => "stops",
        JobEffect.Restarts => "stops and starts",
        JobEffect.Starts => "starts",
        JobEffect.StaysStopped => "stays stopped",
        _ => "keeps running",
    };

    private static string Words(ChangeClass change) => change.ToString().ToLowerInvariant();

    private static string Words(StopMode mode) => mode switch
    {
        StopMode.Savepoint => "a savepoint",
        StopMode.Cancel => "the newest retained checkpoint",
        StopMode.LastState => "the newest checkpoint",
        _ => "nothing",
    };

    [GeneratedRegex("[0-9]+([.,][0-9]+)*")]
    private static partial Regex Number();
}
