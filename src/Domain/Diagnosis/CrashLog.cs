using System.Text.RegularExpressions;
using Sluice.Domain.Flink;

namespace Sluice.Domain.Diagnosis;

/// <summary>Finds in the end of a log why the program ended.</summary>
internal static partial class CrashLog
{
    /// <summary>The last stack trace; null where there is none.</summary>
    public static JavaThrowable? LastThrowable(string? log)
    {
        if (string.IsNullOrWhiteSpace(log)) return null;
        var lines = log.Replace("\r", "", StringComparison.Ordinal).Split('\n');
        var last = Array.FindLastIndex(lines, static line => Head().IsMatch(line));
        return last < 0 ? null : JavaThrowable.Parse(string.Join('\n', lines[last..]));
    }

    /// <summary>The class that the jar does not hold; null where that is not the trouble.</summary>
    public static string? MissingMainClass(string? log)
    {
        if (log is null) return null;
        var match = EntryPoint().Match(log);
        if (match.Success) return match.Groups[1].Value;
        return log.Contains("Could not load the provided entrypoint class", StringComparison.Ordinal) && ClassNotFound().Match(log) is { Success: true } missing ? missing.Groups[1].Value : null;
    }

    [GeneratedRegex(@"^(?!Caused by)(?:Exception in thread ""[^""]*"" )?(?:[a-z_]\w*\.)+[\w$]*(?:Exception|Error|Throwable|Failure)(?::|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Head();

    [GeneratedRegex(@"entry point class '([^']+)' (?:was )?(?:not found|caused an exception during initialization)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex EntryPoint();

    [GeneratedRegex(@"ClassNotFoundException: ([\w.$]+)", RegexOptions.CultureInvariant)]
    private static partial Regex ClassNotFound();
}
