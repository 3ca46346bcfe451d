using System.Text;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>
/// Brings YAML text in step with a changed manifest and touches only what differs: comments, order, quotes and blank lines of everything else stay.
/// The result is read back; where it would not say the same as the manifest, the manifest is rendered anew instead.
/// </summary>
public static class ManifestEditor
{
    /// <summary>The text that says what <paramref name="target"/> says, with as little changed as possible.</summary>
    public static string Apply(string text, JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(target);
        if (!ManifestYaml.TryParse(text, out var document, out _)) return ManifestYaml.ToText(target);
        if (JsonNode.DeepEquals(document.Root, target)) return text;
        var edited = new Edit(document).Run(target);
        return edited is not null && ManifestYaml.TryParse(edited, out var result, out _) && JsonNode.DeepEquals(result.Root, target) ? edited : ManifestYaml.ToText(target);
    }

    private sealed class Edit(ManifestDocument document)
    {
        private readonly List<(int Start, int End, string Text)> _changes = [];

        public string? Run(JsonObject target)
        {
            if (!Map(SpecPath.Root, document.Root, target)) return null;
            var text = new StringBuilder(document.Text);
            foreach (var (start, end, replacement) in _changes.Select((c, i) => (c, i)).OrderByDescending(e => e.c.Start).ThenByDescending(e => e.i).Select(e => e.c))
                text.Remove(start, end - start).Insert(start, replacement);
            return text.ToString();
        }

        private bool Map(string path, JsonObject old, JsonObject now)
        {
            if (document.Lines.Span(path) is not { } span) return false;
            var structural = old.Any(e => !now.ContainsKey(e.Key)) || now.Any(e => !old.ContainsKey(e.Key));
            if (structural && (span.Flow || old.Count == 0 || now.Count == 0)) return Replace(path, span, now);
            foreach (var (key, value) in old)
            {
                var child = SpecPath.Key(path, key);
                if (!now.ContainsKey(key))
                {
                    if (!Delete(child)) return false;
                }
                else if (!JsonNode.DeepEquals(value, now[key]) && !Node(child, value, now[key])) return false;
            }
            return Add(path, old, now);
        }

        private bool Node(string path, JsonNode? old, JsonNode? now)
        {
            if (old is JsonObject a && now is JsonObject b) return Map(path, a, b);
            if (document.Lines.Span(path) is not { } span) return false;
            if (old is JsonArray x && now is JsonArray y && x.Count == y.Count)
                return x.Select((item, i) => (item, i)).All(e => JsonNode.DeepEquals(e.item, y[e.i]) || Node(SpecPath.Index(path, e.i), e.item, y[e.i]));
            return Replace(path, span, now);
        }

        private bool Replace(string path, ManifestSpan span, JsonNode? value)
        {
            var text = document.Text;
            var oneLine = InFlow(path) || !text.AsSpan(span.Start, Math.Max(0, span.End - span.Start)).Contains('\n') && (value is not (JsonObject or JsonArray) || span.Flow);
            var isElement = path.EndsWith(']') && document.Root is not null && SpecPath.Split(path)[^1] is int;
            if (oneLine && !(value is JsonValue && value.Text()?.Contains('\n', StringComparison.Ordinal) == true && !InFlow(path)))
            {
                var scalar = YamlText.Scalar(value, InFlow(path) || span.Flow);
                _changes.Add((span.Start, span.End, span.Start == span.End && (span.Start == 0 || text[span.Start - 1] != ' ') ? " " + scalar : scalar));
                return true;
            }
            if (isElement) return false;
            // Block style: everything behind the key's colon goes, up to the end of the old value; a comment behind a replaced one-line value goes with it.
            var colon = text.IndexOf(':', KeyEnd(span));
            if (colon < 0) return false;
            var end = text[span.Start..span.End].Contains('\n', StringComparison.Ordinal) ? TrimEnd(span.End) : LineEnd(span.End);
            _changes.Add((colon + 1, end, ManifestYamlWriter.Value(value, span.KeyColumn)));
            return true;
        }

        private int KeyEnd(ManifestSpan span)
        {
            var text = document.Text;
            if (text[span.KeyStart] is not ('"' or '\'')) return span.KeyStart;
            var close = text.IndexOf(text[span.KeyStart], span.KeyStart + 1);
            return close < 0 ? span.KeyStart : close;
        }

        private bool Delete(string path)
        {
            if (document.Lines.Span(path) is not { } span || InFlow(path)) return false;
            var text = document.Text;
            var start = text.LastIndexOf('\n', Math.Max(0, span.KeyStart - 1)) + 1;
            if (span.KeyStart == 0) start = 0;
            if (text.AsSpan(start, span.KeyStart - start).IndexOfAnyExcept(' ') >= 0) return false; // “- key:”: the dash belongs to the element
            var end = LineEnd(TrimEnd(span.End));
            _changes.Add((start, Math.Min(text.Length, end + 1), ""));
            return true;
        }

        private bool Add(string path, JsonObject old, JsonObject now)
        {
            var added = now.Where(e => !old.ContainsKey(e.Key)).ToList();
            if (added.Count == 0) return true;
            var kept = old.Where(e => now.ContainsKey(e.Key)).ToList();
            var last = (kept.Count > 0 ? kept : old.ToList()).MaxBy(e => document.Lines.Span(SpecPath.Key(path, e.Key))?.End ?? 0).Key;
            if (document.Lines.Span(SpecPath.Key(path, last)) is not { } span) return false;
            var column = span.KeyColumn;
            var at = LineEnd(TrimEnd(span.End));
            var lines = new StringBuilder();
            foreach (var (key, value) in added) lines.Append('\n').Append(' ', column).Append(YamlText.Key(key)).Append(':').Append(ManifestYamlWriter.Value(value, column));
            _changes.Add((at, at, lines.ToString()));
            return true;
        }

        // A block collection ends where the next token begins; what is between (blank lines, comments) belongs to nobody.
        private int TrimEnd(int end)
        {
            var text = document.Text;
            while (end > 0 && (end > text.Length || text[end - 1] is '\n' or '\r' or ' ')) end--;
            return Math.Max(end, 0);
        }

        private int LineEnd(int from)
        {
            var end = document.Text.IndexOf('\n', Math.Min(from, document.Text.Length));
            return end < 0 ? document.Text.Length : end;
        }

        private bool InFlow(string path)
        {
            for (var parent = path; parent.Length > 0;)
            {
                parent = SpecPath.Parent(parent);
                if (document.Lines.Span(parent) is { Flow: true }) return true;
            }
            return false;
        }
    }
}
