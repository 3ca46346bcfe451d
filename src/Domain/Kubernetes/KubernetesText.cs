using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Kubernetes;

/// <summary>Makes texts that come from a server or a pod safe to show and to log.</summary>
internal static partial class KubernetesText
{
    /// <summary>Without control characters and escape sequences, on one line, cut at a length.</summary>
    public static string Clean(string text, int limit)
    {
        var clean = Line(text.Length > limit * 2 ? text[..(limit * 2)] : text).Trim();
        if (clean.Length <= limit) return clean;
        var end = char.IsHighSurrogate(clean[limit - 1]) ? limit - 1 : limit;
        return string.Concat(clean.AsSpan(0, end), "…");
    }

    /// <summary>A line without terminal sequences and control characters; tabs stay.</summary>
    public static string Line(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var c in TerminalSequence().Replace(text, ""))
            if (c is '\t') clean.Append(c);
            else if (c is '\n' or '\r') clean.Append(' ');
            else if (!char.IsControl(c)) clean.Append(c);
        return clean.ToString();
    }

    [GeneratedRegex("\u001b\\[[0-?]*[ -/]*[@-~]|\u001b\\][^\u0007\u001b]*(\u0007|\u001b\\\\)?|\u001b[@-Z\\\\-_]|\u009b[0-?]*[ -/]*[@-~]", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalSequence();
}
