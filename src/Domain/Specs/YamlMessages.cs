using YamlDotNet.Core;

namespace Sluice.Domain.Specs;

/// <summary>The parser's words for the mistakes that people make most, in words that say what to do.</summary>
internal static class YamlMessages
{
    private const string Tab = "A tab stands in the indentation. Indent with spaces.";
    private const string Misplaced = "A “key: value” cannot stand here. Usually a line above is indented wrongly, or a text with “: ” in it needs quotes.";

    private static readonly (string Part, string Plain)[] Known =
    [
        ("while scanning for the next token", "A character stands here with which no value may begin (a tab, @ or `). Indent with spaces; put text that begins so in quotes."),
        ("invalid tab as indentation", Tab),
        ("found a tab character", Tab),
        ("found invalid mapping", Misplaced),
        ("mapping values are not allowed", Misplaced),
        ("found unexpected", "A quote that is opened here is never closed."),
        ("could not find expected ':'", "A key without a colon. Write “key: value”, or quotes around a text that goes over several lines."),
        ("did not find expected key", "The indentation does not fit the lines above."),
        ("did not find expected '-' indicator", "The list ends here unexpectedly: its elements begin with “- ” in the same column."),
        ("did not find expected ',' or '}'", "A { that is not closed, or a comma that is missing."),
        ("did not find expected ',' or ']'", "A [ that is not closed, or a comma that is missing."),
        ("unexpected end of stream", "A quote that is opened here is never closed."),
        ("unknown escape character", "\\ begins an escape inside double quotes. Write \\\\ for a backslash, or use single quotes."),
        ("block sequence entries are not allowed", "A list element (“- ”) cannot stand here. Begin it on a line of its own."),
        ("duplicate anchor", "Anchors are not read here. Write the value out."),
    ];

    public static ManifestYamlException Translate(YamlException e, string text)
    {
        var lines = text.AsSpan().Count('\n') + (text.EndsWith('\n') ? 0 : 1);
        var line = Math.Clamp((int)e.Start.Line, 1, Math.Max(1, lines)); // the end of the text counts as a line of its own
        var column = Math.Max(1, (int)e.Start.Column);
        for (var near = line; near <= line + 1; near++)
            if (LineOf(text, near).TrimStart(' ').StartsWith('\t')) return new ManifestYamlException(Tab, near, 1, e);
        foreach (var (part, plain) in Known)
            if (e.Message.Contains(part, StringComparison.OrdinalIgnoreCase)) return new ManifestYamlException(plain, line, column, e);
        return new ManifestYamlException("This is no YAML that can be read: " + e.Message, line, column, e);
    }

    private static ReadOnlySpan<char> LineOf(string text, int line)
    {
        var n = 0;
        foreach (var part in text.AsSpan().EnumerateLines())
            if (++n == line) return part;
        return default;
    }
}
