namespace Sluice.Domain.Flink;

/// <summary>Why a JobManager did not answer well.</summary>
public enum FlinkError
{
    /// <summary>No connection, no such service, or no answer in time.</summary>
    Unreachable,

    /// <summary>It answers, but is not ready (503, or no leader).</summary>
    NotReady,

    /// <summary>No such job, checkpoint, vertex or TaskManager (404, and the 500s that mean it).</summary>
    NotFound,

    /// <summary>It refused the request.</summary>
    Refused,

    /// <summary>An answer that is not Flink's: HTML, empty or cut.</summary>
    BadAnswer,

    /// <summary>An error inside the JobManager.</summary>
    Server,
}

/// <summary>A failed call to a JobManager. The message says what happened and what it means.</summary>
public sealed class FlinkException(FlinkError error, string message, int? statusCode = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public FlinkError Error { get; } = error;

    /// <summary>The HTTP status, where there was an answer.</summary>
    public int? StatusCode { get; } = statusCode;

    /// <summary>The server's whole error text with stack traces, for an expander; null where there was none.</summary>
    public string? Details { get; init; }
}
