using System.Globalization;
using Sluice.Domain.Operations.Guards;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Settings;

/// <summary>A freeze window in words.</summary>
public static class FreezeWords
{
    public static bool AppliesNow(FreezeWindow window, DateTimeOffset now) => window.NoticeAt(now) is not null;

    public static string State(FreezeWindow window, DateTimeOffset now)
    {
        if (window.EndedAt is not null) return "ended";
        if (window.Times.At(now) is { } span) return $"now, until {Format.Exact(span.Until)}";
        return window.Times.Next(now) is { } next ? $"from {Format.Exact(next.From)}" : "over";
    }

    public static string Scope(FreezeWindow window)
    {
        var parts = new List<string>();
        if (window.Tier is { } tier) parts.Add($"{Words.Of(tier)} pipelines");
        if (window.Team is { } team) parts.Add($"team {team}");
        if (window.Cluster is { } cluster) parts.Add($"cluster {cluster}");
        return parts.Count == 0 ? "All pipelines" : $"Only {string.Join(", ", parts)}";
    }

    public static string When(FreezeTimes times) => times.IsWeekly
        ? $"Every week from {times.FromDay} {Time(times.FromTime)} to {times.UntilDay} {Time(times.UntilTime)}, {times.Zone}"
        : $"From {Day(times.From)} to {Day(times.Until)}, {times.Zone}";

    private static string Time(TimeOnly? time) => time?.ToString("HH:mm", CultureInfo.InvariantCulture) ?? Format.Missing;

    private static string Day(DateTime? time) => time?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? Format.Missing;
}
