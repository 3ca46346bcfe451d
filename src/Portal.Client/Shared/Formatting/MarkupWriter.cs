using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;

namespace Sluice.Portal.Client.Shared.Formatting;

/// <summary>
/// Writes markup as one piece, for what a page has many of: the renderer keeps, compares and sends each element and attribute on its own, which for a table of sixty rows is a megabyte for each
/// open page. Every text and every value of an attribute is encoded here; the names of elements and attributes are the program's own.
/// </summary>
public sealed class MarkupWriter
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly StringBuilder _text = new(2048);
    private readonly Stack<string> _elements = [];
    private bool _inTag;

    /// <summary>Begins an element; attributes may follow.</summary>
    public MarkupWriter Open(string element, string? style = null)
    {
        EndTag();
        _text.Append('<').Append(element);
        _elements.Push(element);
        _inTag = true;
        return With("class", style);
    }

    /// <summary>An attribute of the element that was just begun; none where there is no value.</summary>
    public MarkupWriter With(string name, string? value)
    {
        if (!_inTag) throw new InvalidOperationException($"The attribute {name} comes after the content.");
        if (!string.IsNullOrEmpty(value)) _text.Append(' ').Append(name).Append("=\"").Append(Encoder.Encode(value)).Append('"');
        return this;
    }

    /// <summary>Text, whoever wrote it.</summary>
    public MarkupWriter Text(string? text)
    {
        EndTag();
        if (!string.IsNullOrEmpty(text)) _text.Append(Encoder.Encode(text));
        return this;
    }

    /// <summary>Markup that was made here.</summary>
    public MarkupWriter Piece(MarkupString piece)
    {
        EndTag();
        _text.Append(piece.Value);
        return this;
    }

    /// <summary>Ends the innermost element.</summary>
    public MarkupWriter Close()
    {
        EndTag();
        _text.Append("</").Append(_elements.Pop()).Append('>');
        return this;
    }

    /// <summary>What was written since the last time.</summary>
    public MarkupString Take()
    {
        if (_elements.Count > 0) throw new InvalidOperationException($"The element {_elements.Peek()} was not ended.");
        var piece = new MarkupString(_text.ToString());
        _text.Clear();
        return piece;
    }

    private void EndTag()
    {
        if (_inTag) _text.Append('>');
        _inTag = false;
    }
}
