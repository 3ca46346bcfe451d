using Sluice.Domain.Kubernetes;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>The newest lines of a followed log, bounded: a chatty container must not fill the memory of the portal.</summary>
public sealed class LogBuffer(int capacity = 5000)
{
    private readonly Queue<LogLine> _lines = new();
    private long _next;

    /// <summary>How many lines came in all, the dropped ones included.</summary>
    public long Total => _next;

    /// <summary>How many lines were dropped to keep the bound.</summary>
    public long Dropped => _next - _lines.Count;

    /// <summary>Adds a line and drops the oldest one where there are too many.</summary>
    public void Add(KubernetesLogLine line)
    {
        _lines.Enqueue(new LogLine(_next++, line.At, line.Text, LevelOf(line.Text)));
        if (_lines.Count > capacity) _lines.Dequeue();
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _lines.Clear();
        _next = 0;
    }

    /// <summary>The newest lines that contain the text (any case), oldest first, and how many contain it in all.</summary>
    public (IReadOnlyList<LogLine> Shown, int Matching) Find(string text, int limit)
    {
        var matching = text.Length == 0 ? [.. _lines] : _lines.Where(l => l.Text.Contains(text, StringComparison.OrdinalIgnoreCase)).ToArray();
        return (matching.Length <= limit ? matching : matching[^limit..], matching.Length);
    }

    private static LogLevelMark LevelOf(string text)
    {
        // Flink's and Log4j's layouts put the level among the first words; further in it is part of a message.
        var head = text.AsSpan(0, Math.Min(text.Length, 60));
        if (head.Contains("ERROR", StringComparison.Ordinal) || head.Contains("FATAL", StringComparison.Ordinal)) return LogLevelMark.Error;
        return head.Contains("WARN", StringComparison.Ordinal) ? LogLevelMark.Warning : LogLevelMark.None;
    }
}

/// <summary>One line on screen.</summary>
/// <param name="Number">Its number since the log was opened; the key of its row.</param>
/// <param name="At">When the kubelet received it.</param>
/// <param name="Text">The line.</param>
/// <param name="Level">How it is marked.</param>
public readonly record struct LogLine(long Number, DateTimeOffset? At, string Text, LogLevelMark Level);

/// <summary>How a log line is marked.</summary>
public enum LogLevelMark
{
    None,
    Warning,
    Error,
}
