using System.Text.RegularExpressions;

namespace Sluice.Domain.Flink;

/// <summary>A Java exception, read from its stack trace. Long traces wrap the cause many times: the root is what a person needs.</summary>
/// <param name="ClassName">The outermost exception's class with its package.</param>
/// <param name="Message">Its message; empty where it has none.</param>
/// <param name="RootClass">The innermost cause's class with its package; the outermost's where there is no cause.</param>
/// <param name="RootMessage">Its message.</param>
/// <param name="StackTrace">The whole text, with secrets masked.</param>
public sealed partial record JavaThrowable(string ClassName, string Message, string RootClass, string RootMessage, string StackTrace)
{
    /// <summary>The root in one line, for example <c>NumberFormatException: For input string: "many"</c>.</summary>
    public string Root => RootMessage.Length == 0 ? ShortName(RootClass) : $"{ShortName(RootClass)}: {RootMessage}";

    /// <summary>The first frame of the root cause, for example <c>samples.OrderTotals.main(OrderTotals.java:37)</c>; null where there is none.</summary>
    public string? RootFrame
    {
        get
        {
            var start = StackTrace.LastIndexOf("\nCaused by: ", StringComparison.Ordinal);
            var match = Frame().Match(StackTrace, Math.Max(0, start));
            return match.Success ? match.Groups[1].Value : null;
        }
    }

    /// <summary>Reads a stack trace as <c>printStackTrace</c> writes it; also a single line.</summary>
    public static JavaThrowable Parse(string? text)
    {
        text = Access.Redactor.Redact(text);
        var heads = Heads(text);
        if (heads.Count == 0) return new JavaThrowable("", "", "", text.Trim(), text);
        var (outer, root) = (heads[0], heads[^1]);
        while (Wrapper().Match(root.Message) is { Success: true } inner && IsWrapper(root.Class))
            root = (inner.Groups["class"].Value, inner.Groups["message"].Value);
        return new JavaThrowable(outer.Class, outer.Message, root.Class, root.Message, text);
    }

    /// <summary>The class name without its package and without an enclosing class.</summary>
    public static string ShortName(string className) => className[(className.LastIndexOfAny(['.', '$']) + 1)..];

    // Only lines at the left edge count: causes inside "Suppressed:" are indented and are not what happened.
    private static List<(string Class, string Message)> Heads(string text)
    {
        var heads = new List<(string Class, string Message)>();
        var open = false;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            var isCause = line.StartsWith("Caused by: ", StringComparison.Ordinal);
            if (heads.Count == 0 || isCause)
            {
                var match = Head().Match(isCause ? line[11..] : line);
                if (match.Success) heads.Add((match.Groups["class"].Value, match.Groups["message"].Value.Trim()));
                open = match.Success;
            }
            else if (line.Length > 0 && (line[0] == '\t' || line.StartsWith("    at ", StringComparison.Ordinal)))
            {
                open = false;
            }
            else if (open && line.Length > 0)
            {
                heads[^1] = (heads[^1].Class, $"{heads[^1].Message}\n{line}".Trim());
            }
        }
        return heads;
    }

    private static bool IsWrapper(string className) => ShortName(className) is
        "CompletionException" or "ExecutionException" or "SerializedThrowable" or "RemoteTransportException" or "RuntimeException"
        or "FlinkException" or "FlinkRuntimeException" or "UndeclaredThrowableException" or "InvocationTargetException" or "WrappedException";

    [GeneratedRegex(@"^(?<class>[A-Za-z_][\w$]*(?:\.[\w$]+)+|[A-Z][\w$]*(?:Exception|Error|Throwable))(?:: (?<message>.*))?$", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Head();

    [GeneratedRegex(@"^(?<class>(?:[a-z_]\w*\.)+[\w$]*(?:Exception|Error|Throwable|Failure))(?:: (?<message>.*))?$", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Wrapper();

    [GeneratedRegex(@"\n\s+at (\S[^\n]*?)\r?(?:\n|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Frame();
}
