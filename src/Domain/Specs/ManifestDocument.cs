using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>One manifest read from, or rendered to, YAML text.</summary>
/// <param name="Root">The manifest.</param>
/// <param name="Text">The YAML text that holds it (and, with several documents in one text, the others too).</param>
/// <param name="Lines">Where each value stands in <paramref name="Text"/>.</param>
/// <param name="Ambiguous">Values without quotes that are strings here while other readers of YAML (kubectl among them) take them for something else.</param>
public sealed record ManifestDocument(JsonObject Root, string Text, ManifestLines Lines, IReadOnlyList<AmbiguousScalar> Ambiguous);

/// <summary>A value without quotes that readers of YAML take differently.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Text">What is written.</param>
/// <param name="Line">The line, from 1.</param>
public sealed record AmbiguousScalar(string Path, string Text, int Line);

/// <summary>Where each value of a manifest stands in its text.</summary>
public sealed class ManifestLines
{
    private readonly Dictionary<string, ManifestSpan> _spans;

    internal ManifestLines(Dictionary<string, ManifestSpan> spans) => _spans = spans;

    /// <summary>The line of the value at a path, from 1; where the path is not in the text, the line of its nearest parent that is.</summary>
    public int LineOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        for (; ; path = SpecPath.Parent(path))
        {
            if (_spans.TryGetValue(path, out var span)) return span.Line;
            if (path.Length == 0) return 1;
        }
    }

    /// <summary>True where the text has a value at this very path.</summary>
    public bool Contains(string path) => _spans.ContainsKey(path);

    /// <summary>The deepest path that begins on a line, or null; for going from the text to the form.</summary>
    public string? PathAt(int line)
    {
        string? best = null;
        foreach (var (path, span) in _spans)
            if (span.Line == line && path.Length > 0 && (best is null || path.StartsWith(best, StringComparison.Ordinal))) best = path;
        return best;
    }

    internal ManifestSpan? Span(string path) => _spans.TryGetValue(path, out var span) ? span : null;
}

/// <summary>The place of one value: key and value as offsets into the text.</summary>
/// <param name="Line">Line of the key (of the value, for list elements and the root), from 1.</param>
/// <param name="KeyStart">Offset of the key; of the value where there is no key.</param>
/// <param name="KeyColumn">Column of the key, from 0.</param>
/// <param name="Start">Offset of the value.</param>
/// <param name="End">Offset behind the value's last character.</param>
/// <param name="Flow">True inside or at a <c>{…}</c> or <c>[…]</c>.</param>
internal readonly record struct ManifestSpan(int Line, int KeyStart, int KeyColumn, int Start, int End, bool Flow);
