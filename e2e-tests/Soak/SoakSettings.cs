using System.Globalization;

namespace Sluice.E2E.Tests.Soak;

/// <summary>How long and how hard. Set by environment variables; <c>make soak</c> says which.</summary>
internal sealed record SoakSettings(TimeSpan Length, int Pages, int Pipelines, int Clusters, int ChangesPerSecond)
{
    /// <summary>Pages live in this many Chromium processes, so that no single one of them is the bottleneck.</summary>
    public const int Browsers = 5;

    /// <summary>What the environment asks for.</summary>
    public static SoakSettings Read() => new(
        TimeSpan.FromSeconds(Number("SOAK_SECONDS", 600)), Number("SOAK_PAGES", 50), Number("SOAK_PIPELINES", 20_000), Number("SOAK_CLUSTERS", 10), Number("SOAK_RATE", 200));

    /// <summary>What comes before memory has to be flat, after a start: a minute, less in a short run.</summary>
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Math.Min(60, Length.TotalSeconds / 6));

    /// <summary>How long a cluster is away: long enough that a busy machine notices it, too.</summary>
    public TimeSpan Outage => TimeSpan.FromSeconds(Math.Max(20, Length.TotalSeconds / 20));

    private static int Number(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
