namespace Sluice.Simulator.ApiServer;

/// <summary>What containers print. Lines are made when somebody reads them, so that logs cost nothing otherwise.</summary>
internal interface IPodLogs
{
    /// <summary>The log of one run of a container, or null where there is none yet.</summary>
    PodLog? Find(string ns, string pod, string container, bool previous);
}

/// <summary>The lines of a container between two moments, oldest first, and when it stopped.</summary>
internal sealed record PodLog(Func<DateTimeOffset, DateTimeOffset, IEnumerable<LogLine>> Between, DateTimeOffset Started, Func<DateTimeOffset?> Ended);

internal readonly record struct LogLine(DateTimeOffset At, string Text);
