namespace Sluice.Domain.Flink;

/// <summary>A JobManager's own summary.</summary>
/// <param name="TaskManagers">Registered TaskManagers; count.</param>
/// <param name="SlotsTotal">Slots of all TaskManagers; count.</param>
/// <param name="SlotsAvailable">Free slots; count.</param>
/// <param name="JobsRunning">Jobs that have not ended; count.</param>
/// <param name="JobsFinished">Jobs that ended by themselves or were stopped; count.</param>
/// <param name="JobsCancelled">Cancelled jobs; count.</param>
/// <param name="JobsFailed">Failed jobs; count.</param>
/// <param name="FlinkVersion">For example <c>1.20.4</c>.</param>
/// <param name="FlinkCommit">The commit it was built from.</param>
public sealed record JobManagerOverview(
    int? TaskManagers,
    int? SlotsTotal,
    int? SlotsAvailable,
    int? JobsRunning,
    int? JobsFinished,
    int? JobsCancelled,
    int? JobsFailed,
    string? FlinkVersion,
    string? FlinkCommit);

/// <summary>Version and features of a JobManager.</summary>
/// <param name="FlinkVersion">For example <c>2.0.2</c>.</param>
/// <param name="FlinkRevision">The commit it was built from, with its date.</param>
/// <param name="RefreshInterval">How often its own pages refresh; also the age of its execution graph cache.</param>
/// <param name="TimeZone">Its time zone's name.</param>
/// <param name="TimeZoneOffset">Its time zone's distance from UTC.</param>
/// <param name="CanSubmit">Jars can be run on it: a session cluster.</param>
/// <param name="CanCancel">Its own pages may cancel jobs.</param>
/// <param name="CanRescale">The adaptive scheduler runs: vertices can be rescaled in place.</param>
/// <param name="IsHistoryServer">It is a HistoryServer.</param>
public sealed record JobManagerInfo(
    string? FlinkVersion,
    string? FlinkRevision,
    TimeSpan? RefreshInterval,
    string? TimeZone,
    TimeSpan? TimeZoneOffset,
    bool CanSubmit,
    bool CanCancel,
    bool CanRescale,
    bool IsHistoryServer);

/// <summary>A log file that a JobManager or TaskManager offers.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedAt">When it was written last; null where Flink does not say.</param>
public sealed record LogFile(string Name, long? Size, DateTimeOffset? ModifiedAt);

/// <summary>The end of a log file.</summary>
/// <param name="Text">The text, with secrets masked.</param>
/// <param name="Cut">True where the file is longer and its beginning is left out.</param>
public sealed record LogText(string Text, bool Cut);
