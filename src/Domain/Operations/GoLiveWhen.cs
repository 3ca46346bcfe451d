using System.Globalization;
using System.Text.Json.Serialization;

namespace Sluice.Domain.Operations;

/// <summary>When a bootstrap is through. Everything that is given has to hold at once; with nothing given a person says so.</summary>
public sealed record GoLiveWhen
{
    private const int MostSeconds = 30 * 24 * 3600;

    /// <summary>The job has run for so long, by its JobManager's clock.</summary>
    public int? RunsForSeconds { get; init; }

    /// <summary>Fewer records than this wait before its sources, all together.</summary>
    public long? LagBelow { get; init; }

    /// <summary>For how long that has to have been so without a break; null is a minute.</summary>
    public int? LagForSeconds { get; init; }

    /// <summary>The sources with this in their name are FINISHED while the job runs on.</summary>
    public string? SourceFinished { get; init; }

    /// <summary>After so long a person is asked how to go on; null is a day.</summary>
    public int? WithinMinutes { get; init; }

    /// <summary>True where no condition is given: a person says when.</summary>
    [JsonIgnore]
    public bool IsUpToSomebody => RunsForSeconds is null && LagBelow is null && Source is null;

    /// <summary><see cref="SourceFinished"/> without blanks around it; null where none is named.</summary>
    [JsonIgnore]
    public string? Source => string.IsNullOrWhiteSpace(SourceFinished) ? null : SourceFinished.Trim();

    /// <summary>How long to wait.</summary>
    [JsonIgnore]
    public TimeSpan Within => TimeSpan.FromMinutes(WithinMinutes ?? 24 * 60);

    /// <summary>How long the lag has to be low.</summary>
    [JsonIgnore]
    public TimeSpan LagFor => TimeSpan.FromSeconds(LagForSeconds ?? 60);

    /// <summary>The condition, as it follows "until".</summary>
    [JsonIgnore]
    public string Words
    {
        get
        {
            var parts = new List<string>();
            if (RunsForSeconds is { } seconds) parts.Add($"the job has run for {Time(TimeSpan.FromSeconds(seconds))}");
            if (Source is { } source) parts.Add($"its source \u201c{source}\u201d is finished");
            if (LagBelow is { } lag) parts.Add($"fewer than {Number(lag)} records wait before its sources{(LagFor > TimeSpan.Zero ? $", for {Time(LagFor)}" : "")}");
            return parts.Count == 0 ? "somebody says so" : string.Join(" and ", parts);
        }
    }

    /// <summary>What cannot be in it.</summary>
    public IEnumerable<string> Problems()
    {
        if (RunsForSeconds is < 1 or > MostSeconds) yield return $"goLive.runsForSeconds is 1 to {MostSeconds} (30 days).";
        if (LagBelow < 1) yield return "goLive.lagBelow is at least 1.";
        if (LagForSeconds is < 0 or > MostSeconds) yield return $"goLive.lagForSeconds is 0 to {MostSeconds} (30 days).";
        if (LagForSeconds is not null && LagBelow is null) yield return "goLive.lagForSeconds says for how long the lag has to be low, and needs goLive.lagBelow.";
        if (WithinMinutes is < 1 or > MostSeconds / 60) yield return $"goLive.withinMinutes is 1 to {MostSeconds / 60} (30 days).";
        if (RunsForSeconds is { } runs && runs >= Within.TotalSeconds) yield return "goLive.runsForSeconds is longer than goLive.withinMinutes: the wait would give up first.";
        if (SourceFinished is { Length: > 200 }) yield return "goLive.sourceFinished is longer than 200 characters. A part of the source's name is enough.";
    }

    internal static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A time as it stands in a sentence.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalHours: >= 48 } => $"{Rounded(time.TotalDays)} days",
        { TotalMinutes: >= 120 } => $"{Rounded(time.TotalHours)} hours",
        { TotalSeconds: >= 120 } => $"{Rounded(time.TotalMinutes)} minutes",
        _ => $"{Rounded(time.TotalSeconds)} s",
    };

    private static string Rounded(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);
}

/// <summary>What an operation waits for before it changes anything.</summary>
/// <param name="For">The condition, as it follows "until".</param>
/// <param name="Now">What is known of it now; empty where a person says when.</param>
/// <param name="Within">After this time a person is asked.</param>
public sealed record WaitPlan(string For, string Now, TimeSpan Within);
