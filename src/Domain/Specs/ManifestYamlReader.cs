using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sluice.Domain.Specs;

/// <summary>YAML events to JSON. Reads the stream once, keeps where every value stands, and stops at the first thing that a manifest cannot hold.</summary>
internal sealed class ManifestYamlReader
{
    private readonly Parser _parser;
    private readonly string _text;
    private Dictionary<string, ManifestSpan> _spans = [];
    private List<AmbiguousScalar> _ambiguous = [];

    private ManifestYamlReader(string text)
    {
        _text = text;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    public static List<ManifestDocument> Read(string text)
    {
        if (text.Length > ManifestYaml.MaxBytes || Encoding.UTF8.GetByteCount(text) > ManifestYaml.MaxBytes)
            throw new ManifestYamlException("The text is larger than 3 MiB; an API server takes no object of that size.", 1, 1);
        var odd = text.AsSpan().IndexOfAny('\0', '\u0085');
        if (odd >= 0) throw At(text, odd, "A character stands here that YAML does not allow. Delete it.");
        try
        {
            return new ManifestYamlReader(text).Documents();
        }
        catch (ManifestYamlException)
        {
            throw;
        }
        catch (YamlException e)
        {
            throw YamlMessages.Translate(e, text);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IndexOutOfRangeException or OverflowException)
        {
            // The parser of the library gives such errors for some texts that are no YAML.
            throw new ManifestYamlException("This is no YAML that can be read: " + e.Message, 1, 1, e);
        }
    }

    private List<ManifestDocument> Documents()
    {
        var documents = new List<ManifestDocument>();
        _parser.Consume<StreamStart>();
        while (_parser.TryConsume<DocumentStart>(out _))
        {
            (_spans, _ambiguous) = ([], []);
            var start = _parser.Current!.Start;
            var root = Node(SpecPath.Root, start, 1, out _);
            _parser.Consume<DocumentEnd>();
            if (root is JsonObject map) documents.Add(new ManifestDocument(map, _text, new ManifestLines(_spans), _ambiguous));
            else if (root is not null) throw Error(start, "A manifest is a map that begins with apiVersion: and kind:. Here is " + (root is JsonArray ? "a list." : "a single value."));
        }
        return documents;
    }

    private JsonNode? Node(string path, Mark key, int depth, out int end)
    {
        if (depth > ManifestYaml.MaxDepth) throw Error(_parser.Current!.Start, $"Maps and lists are nested deeper than {ManifestYaml.MaxDepth} levels.");
        switch (_parser.Current)
        {
            case Scalar scalar:
                _parser.MoveNext();
                end = (int)scalar.End.Index;
                Span(path, key, scalar.Start, end, false);
                return Value(path, scalar);
            case MappingStart map:
                Check(map);
                return Map(path, key, map, depth, out end);
            case SequenceStart list:
                Check(list);
                return List(path, key, list, depth, out end);
            case AnchorAlias alias:
                throw Error(alias.Start, $"*{alias.Value} is an alias; anchors and aliases are not read here. Write the value out.");
            default:
                throw Error(_parser.Current!.Start, "A value is missing here.");
        }
    }

    private JsonObject Map(string path, Mark key, MappingStart start, int depth, out int end)
    {
        var flow = start.Style == MappingStyle.Flow;
        var map = new JsonObject();
        end = (int)start.End.Index;
        _parser.MoveNext();
        MappingEnd? stop;
        while (!_parser.TryConsume<MappingEnd>(out stop))
        {
            if (_parser.Current is not Scalar name)
            {
                var what = _parser.Current is AnchorAlias ? "An alias" : "A map or a list";
                throw Error(_parser.Current!.Start, what + " cannot be a key here. If this is a placeholder such as {{name}}, put it in quotes.");
            }
            Check(name);
            _parser.MoveNext();
            if (name is { Value: "<<", Style: ScalarStyle.Plain }) throw Error(name.Start, "Merge keys (<<) are not read here. Write the values out.");
            var child = SpecPath.Key(path, name.Value);
            if (map.ContainsKey(name.Value))
                throw Error(name.Start, $"“{name.Value}” stands here for the second time; the first is on line {_spans[child].Line}. Delete one of them.");
            map.Add(name.Value, Node(child, name.Start, depth + 1, out end));
        }
        if (flow) end = FlowEnd(stop!);
        Span(path, key, start.Start, end, flow);
        return map;
    }

    private JsonArray List(string path, Mark key, SequenceStart start, int depth, out int end)
    {
        var flow = start.Style == SequenceStyle.Flow;
        var list = new JsonArray();
        end = (int)start.End.Index;
        _parser.MoveNext();
        SequenceEnd? stop;
        while (!_parser.TryConsume<SequenceEnd>(out stop))
            list.Add(Node(SpecPath.Index(path, list.Count), _parser.Current!.Start, depth + 1, out end));
        if (flow) end = FlowEnd(stop!);
        Span(path, key, start.Start, end, flow);
        return list;
    }

    // The parser's end mark of a flow list stands before the bracket, that of a flow map behind the brace.
    private int FlowEnd(ParsingEvent stop) => _text[(int)stop.Start.Index] is ']' or '}' ? (int)stop.Start.Index + 1 : (int)stop.End.Index;

    private JsonNode? Value(string path, Scalar scalar)
    {
        Check(scalar);
        var tag = scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific ? "" : scalar.Tag.Value;
        if (tag == "tag:yaml.org,2002:str" || (tag.Length == 0 && scalar.Style != ScalarStyle.Plain) || scalar.Tag.IsNonSpecific && !scalar.Tag.IsEmpty)
            return JsonValue.Create(scalar.Value);
        if (tag.Length > 0 && tag is not ("tag:yaml.org,2002:int" or "tag:yaml.org,2002:float" or "tag:yaml.org,2002:bool" or "tag:yaml.org,2002:null"))
            throw Error(scalar.Start, $"The tag {tag} is not read here. Write the plain value.");
        try
        {
            if (YamlScalars.IsAmbiguous(scalar.Value)) _ambiguous.Add(new AmbiguousScalar(path, scalar.Value, (int)scalar.Start.Line));
            return YamlScalars.Resolve(scalar.Value);
        }
        catch (FormatException e)
        {
            throw new ManifestYamlException(e.Message, (int)scalar.Start.Line, (int)scalar.Start.Column, e);
        }
    }

    private static void Check(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty) throw Error(node.Start, $"&{node.Anchor.Value} is an anchor; anchors and aliases are not read here. Write the value out where it is used.");
        if (node is not Scalar && !node.Tag.IsEmpty && node.Tag.Value is not ("tag:yaml.org,2002:map" or "tag:yaml.org,2002:seq" or "!"))
            throw Error(node.Start, $"The tag {node.Tag.Value} is not read here. Write a plain map or list.");
    }

    private void Span(string path, Mark key, Mark start, int end, bool flow) =>
        _spans[path] = new ManifestSpan((int)key.Line, (int)key.Index, (int)key.Column - 1, (int)start.Index, end, flow);

    private static ManifestYamlException Error(Mark at, string problem) => new(problem, (int)at.Line, (int)at.Column);

    private static ManifestYamlException At(string text, int offset, string problem)
    {
        var before = text.AsSpan(0, offset);
        return new ManifestYamlException(problem + string.Create(CultureInfo.InvariantCulture, $" (character U+{(int)text[offset]:X4})"), before.Count('\n') + 1, offset - before.LastIndexOf('\n'));
    }
}
