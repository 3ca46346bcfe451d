using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>How single values are written in YAML.</summary>
internal static class YamlText
{
    private static readonly SearchValues<char> FlowIndicators = SearchValues.Create(",[]{}?");

    // The reader's library takes a star behind a blank in a key for an alias, which YAML does not.
    public static string Key(string key) => key.Contains(" *", StringComparison.Ordinal) ? Quoted(key) : String(key, true);

    /// <summary>A value on one line: scalar, or a map or list in flow style.</summary>
    public static string Scalar(JsonNode? value, bool flow) => value switch
    {
        null => "null",
        JsonObject map => "{" + string.Join(", ", map.Select(e => Key(e.Key) + ": " + Scalar(e.Value, true))) + "}",
        JsonArray list => "[" + string.Join(", ", list.Select(e => Scalar(e, true))) + "]",
        JsonValue leaf when leaf.GetValueKind() == JsonValueKind.String => String(leaf.GetValue<string>(), flow),
        _ => value.ToJsonString(),
    };

    /// <summary>A string on one line, in quotes where it would otherwise be something else or not readable.</summary>
    public static string String(string text, bool flow)
    {
        if (IsPlain(text, flow)) return text;
        if (text.AsSpan().IndexOfAny('"', '\\') >= 0 && text.All(IsOrdinary)) return "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
        return Quoted(text);
    }

    /// <summary>A text of several lines as a literal block behind “key: ”, or null where it has to be quoted.</summary>
    public static string? Literal(string text, int indent)
    {
        if (!text.Contains('\n', StringComparison.Ordinal) || text[0] is ' ' or '\t' or '\n') return null;
        var body = text.TrimEnd('\n');
        var lines = body.Split('\n');
        if (lines.Any(l => (l.Length > 0 && string.IsNullOrWhiteSpace(l)) || !l.All(c => IsOrdinary(c) || c == '\t'))) return null;
        var breaks = text.Length - body.Length;
        var block = new StringBuilder(breaks switch { 0 => "|-", 1 => "|", _ => "|+" }).Append('\n');
        foreach (var line in lines)
        {
            if (line.Length > 0) block.Append(' ', indent).Append(line);
            block.Append('\n');
        }
        return block.Append('\n', Math.Max(0, breaks - 1)).ToString();
    }

    private static bool IsPlain(string text, bool flow)
    {
        if (!YamlScalars.IsPlainString(text) || text[0] == ' ' || text[^1] is ' ' or ':' || !text.All(IsOrdinary)) return false;
        if (text is "---" or "..." || text.StartsWith("--- ", StringComparison.Ordinal)) return false;
        if (",[]{}#&*!|>'\"%@`".Contains(text[0], StringComparison.Ordinal)) return false;
        if (text[0] is '-' or '?' or ':' && (text.Length == 1 || text[1] == ' ' || flow)) return text[0] == '-' && text.Length > 1 && text[1] is not (' ' or ',' or '[' or ']' or '{' or '}') && !HasFlowIndicator(text);
        if (text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal)) return false;
        return !flow || !HasFlowIndicator(text);
    }

    private static bool HasFlowIndicator(string text) => text.AsSpan().IndexOfAny(FlowIndicators) >= 0 || text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal);

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 8);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) quoted.Append(c).Append(text[++i]);
            else if (c == '"' || c == '\\') quoted.Append('\\').Append(c);
            else if (c == '\n') quoted.Append("\\n");
            else if (c == '\t') quoted.Append("\\t");
            else if (c == '\r') quoted.Append("\\r");
            else if (char.IsSurrogate(c)) quoted.Append('\uFFFD'); // half a character: no encoding of text can hold it
            else if (IsOrdinary(c)) quoted.Append(c);
            else quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
        }
        return quoted.Append('"').ToString();
    }

    private static bool IsOrdinary(char c) => c is >= ' ' and not ('\u007F' or (>= '\u0080' and <= '\u00A0') or '\u2028' or '\u2029' or '\uFEFF' or (>= '\uD800' and <= '\uDFFF') or '\uFFFE' or '\uFFFF');
}
