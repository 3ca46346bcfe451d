namespace Sluice.Domain.Pipelines;

/// <summary>How long things may take before a person should hear of them.</summary>
public static class PipelineTimings
{
    /// <summary>Errors younger than this do not alarm: the operator writes and removes them within a second while an old deployment goes away.</summary>
    public static readonly TimeSpan ErrorGrace = TimeSpan.FromSeconds(15);

    /// <summary>The operator takes up a change within a reconcile interval (15 s to 60 s); from here on it is silent.</summary>
    public static readonly TimeSpan OperatorSilence = TimeSpan.FromMinutes(2);

    /// <summary>A deletion that takes longer is held by a finalizer.</summary>
    public static readonly TimeSpan DeletionBlocked = TimeSpan.FromMinutes(2);

    /// <summary>Pulling a large image and restoring much state included, a start is done by then.</summary>
    public static readonly TimeSpan SlowStart = TimeSpan.FromMinutes(5);

    /// <summary>Restarts that follow each other within this time are one trouble: the job does not work although it runs in between.</summary>
    public static readonly TimeSpan RestartStreak = TimeSpan.FromMinutes(2);

    /// <summary>A duration in a few words, coarse on purpose: it changes seldom.</summary>
    internal static string Words(TimeSpan duration) =>
        duration.TotalMinutes < 60 ? $"{Math.Max(1, (int)duration.TotalMinutes)} min"
        : duration.TotalHours < 48 ? $"{(int)duration.TotalHours} h"
        : $"{(int)duration.TotalDays} days";

    /// <summary>When <see cref="Words"/> will next say something else.</summary>
    internal static TimeSpan NextWord(TimeSpan duration) =>
        duration.TotalMinutes < 60 ? TimeSpan.FromMinutes(Math.Floor(duration.TotalMinutes) + 1)
        : duration.TotalHours < 48 ? TimeSpan.FromHours(Math.Floor(duration.TotalHours) + 1)
        : TimeSpan.FromDays(Math.Floor(duration.TotalDays) + 1);
}
