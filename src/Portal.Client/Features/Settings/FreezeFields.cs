using System.Globalization;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Settings;

/// <summary>A freeze window as a person types it, valid or not.</summary>
public sealed class FreezeFields
{
    private static readonly string[] Times = ["yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd"];

    /// <summary>The one that is edited; null for a new one.</summary>
    public Guid? Id { get; init; }

    /// <summary>The name of the one that is edited.</summary>
    public string Was { get; init; } = "";

    public int? Version { get; init; }

    public string Name { get; set; } = "";

    public string Reason { get; set; } = "";

    public bool Weekly { get; set; }

    public string From { get; set; } = "";

    public string Until { get; set; } = "";

    public string FromDay { get; set; } = nameof(DayOfWeek.Friday);

    public string FromTime { get; set; } = "16:00";

    public string UntilDay { get; set; } = nameof(DayOfWeek.Monday);

    public string UntilTime { get; set; } = "08:00";

    public string Zone { get; set; } = "UTC";

    public string Cluster { get; set; } = "";

    public string Team { get; set; } = "";

    public string Tier { get; set; } = "";

    public string MayLift { get; set; } = "";

    public bool MayPass { get; set; }

    public static FreezeFields Of(FreezeWindow window)
    {
        ArgumentNullException.ThrowIfNull(window);
        var times = window.Times;
        return new FreezeFields
        {
            Id = window.Id,
            Was = window.Name,
            Version = window.Version,
            Name = window.Name,
            Reason = window.Reason,
            Weekly = times.IsWeekly,
            From = times.From?.ToString(Times[0], CultureInfo.InvariantCulture) ?? "",
            Until = times.Until?.ToString(Times[0], CultureInfo.InvariantCulture) ?? "",
            FromDay = (times.FromDay ?? DayOfWeek.Friday).ToString(),
            FromTime = (times.FromTime ?? new TimeOnly(16, 0)).ToString("HH:mm", CultureInfo.InvariantCulture),
            UntilDay = (times.UntilDay ?? DayOfWeek.Monday).ToString(),
            UntilTime = (times.UntilTime ?? new TimeOnly(8, 0)).ToString("HH:mm", CultureInfo.InvariantCulture),
            Zone = times.Zone,
            Cluster = window.Cluster ?? "",
            Team = window.Team ?? "",
            Tier = window.Tier is { } tier ? Shared.Formatting.Words.Of(tier) : "",
            MayLift = window.MayLift,
            MayPass = window.MayPass,
        };
    }

    /// <summary>What is wanted, and what of it cannot be read; the service says the rest.</summary>
    public (FreezeDraft Draft, IReadOnlyList<(string Field, string Message)> Problems) Read()
    {
        var problems = new List<(string, string)>();
        var times = Weekly
            ? new FreezeTimes { Zone = Zone, FromDay = Enum.Parse<DayOfWeek>(FromDay), UntilDay = Enum.Parse<DayOfWeek>(UntilDay), FromTime = Clock("times.fromTime", FromTime), UntilTime = Clock("times.untilTime", UntilTime) }
            : new FreezeTimes { Zone = Zone, From = Day("times.from", From), Until = Day("times.until", Until) };
        return (new FreezeDraft(Name, times, Reason, Empty(Cluster), Empty(Team), Enum.TryParse<PipelineTier>(Tier, ignoreCase: true, out var tier) ? tier : null, MayLift, MayPass), problems);

        TimeOnly? Clock(string field, string text)
        {
            if (TimeOnly.TryParseExact(text.Trim(), ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return time;
            problems.Add((field, $"“{text}” is no time. Write it as 16:00."));
            return null;
        }

        DateTime? Day(string field, string text)
        {
            if (DateTime.TryParseExact(text.Trim(), Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return time;
            problems.Add((field, $"“{text}” is no date and time. Write it as 2026-12-20 18:00."));
            return null;
        }
    }

    private static string? Empty(string text) => text.Length == 0 ? null : text;
}
