using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>JSON to readable YAML in block style. Own code, because every value's place is needed and quotes only where a reader needs them.</summary>
internal sealed class ManifestYamlWriter
{
    private readonly StringBuilder _out = new();
    private readonly Dictionary<string, ManifestSpan> _spans = [];
    private int _line = 1;
    private int _lineStart;

    public static ManifestDocument Render(JsonObject manifest)
    {
        var writer = new ManifestYamlWriter();
        if (manifest.Count == 0) writer._out.Append("{}\n");
        else writer.Map(SpecPath.Root, manifest, 0, false);
        writer._spans[SpecPath.Root] = new ManifestSpan(1, 0, 0, 0, writer._out.Length, manifest.Count == 0);
        return new ManifestDocument(manifest, writer._out.ToString(), new ManifestLines(writer._spans), []);
    }

    /// <summary>The value in block style, as it stands behind “key:” at a column: begins with a space or a line break, ends without one.</summary>
    public static string Value(JsonNode? value, int indent)
    {
        var writer = new ManifestYamlWriter();
        writer.Node("$", value, indent, false);
        return writer._out.ToString().TrimEnd('\n');
    }

    private void Map(string path, JsonObject map, int indent, bool inList)
    {
        var first = inList;
        foreach (var (key, value) in ManifestOrder.Sort(path, map))
        {
            if (!first) _out.Append(' ', indent);
            first = false;
            var start = _out.Length;
            _out.Append(YamlText.Key(key)).Append(':');
            Node(SpecPath.Key(path, key), value, indent, false, start);
        }
    }

    private void List(string path, JsonArray list, int indent)
    {
        for (var i = 0; i < list.Count; i++)
        {
            _out.Append(' ', indent);
            var start = _out.Length;
            _out.Append('-');
            Node(SpecPath.Index(path, i), list[i], indent, true, start);
        }
    }

    private void Node(string path, JsonNode? value, int indent, bool inList, int start = 0)
    {
        var line = _line;
        var column = start - _lineStart;
        int begin;
        switch (value)
        {
            case JsonObject { Count: > 0 } map:
                if (inList) _out.Append(' ');
                else Break();
                begin = _out.Length;
                Map(path, map, indent + 2, inList);
                break;
            case JsonArray { Count: > 0 } list:
                Break();
                begin = _out.Length;
                List(path, list, indent + 2);
                break;
            default:
                _out.Append(' ');
                begin = _out.Length;
                Scalar(value, indent + 2);
                break;
        }
        _spans[path] = new ManifestSpan(line, start, column, begin, _out.Length - 1, value is JsonObject { Count: 0 } or JsonArray { Count: 0 });
    }

    private void Scalar(JsonNode? value, int indent)
    {
        if (value is JsonValue leaf && leaf.GetValueKind() == JsonValueKind.String && YamlText.Literal(leaf.GetValue<string>(), indent) is { } block)
        {
            _out.Append(block);
            _line += block.AsSpan().Count('\n');
            _lineStart = _out.Length;
            return;
        }
        _out.Append(YamlText.Scalar(value, false));
        Break();
    }

    private void Break()
    {
        _out.Append('\n');
        _line++;
        _lineStart = _out.Length;
    }
}
