using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// Reads a list item by item as it arrives, so that memory holds one item and not the page. Custom resources come before the list's metadata and
/// typed ones after it: both orders are read.
/// </summary>
internal sealed class KubernetesListReader(Action<JsonElement> onItem)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 128 };
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = 128 };
    private JsonReaderState _state = new(Options);
    private Part _part = Part.Start;

    private enum Part { Start, Top, Items, Metadata, Kind, Other, Done }

    public string? ResourceVersion { get; private set; }

    public string? Continue { get; private set; }

    public string? Kind { get; private set; }

    /// <exception cref="JsonException">The stream is not one whole JSON object.</exception>
    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, minimumReadSize: 16 * 1024));
        try
        {
            while (true)
            {
                var result = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
                var consumed = Read(result.Buffer, result.IsCompleted);
                pipe.AdvanceTo(consumed, result.Buffer.End);
                if (!result.IsCompleted) continue;
                if (_part != Part.Done) throw new JsonException("The list ends early.");
                return;
            }
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    private SequencePosition Read(in ReadOnlySequence<byte> buffer, bool final)
    {
        var reader = new Utf8JsonReader(buffer, final, _state);
        while (true)
        {
            var before = reader;
            if (Step(ref reader, buffer)) continue;
            // Not all of the next value is here: begin with it again when more has come.
            _state = before.CurrentState;
            return before.Position;
        }
    }

    private bool Step(ref Utf8JsonReader reader, in ReadOnlySequence<byte> buffer)
    {
        if (!reader.Read()) return false;
        switch (_part)
        {
            case Part.Start:
                if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("The list is not an object.");
                _part = Part.Top;
                return true;
            case Part.Top when reader.TokenType == JsonTokenType.PropertyName:
                _part = reader.ValueTextEquals("items"u8) ? Part.Items : reader.ValueTextEquals("metadata"u8) ? Part.Metadata : reader.ValueTextEquals("kind"u8) ? Part.Kind : Part.Other;
                return true;
            case Part.Top:
                _part = Part.Done;
                return true;
            case Part.Items when reader.TokenType is JsonTokenType.StartArray:
                return true;
            case Part.Items when reader.TokenType is JsonTokenType.EndArray or JsonTokenType.Null:
                _part = Part.Top;
                return true;
            case Part.Done:
                throw new JsonException("Something follows the list.");
        }

        var start = reader.TokenStartIndex;
        if (!reader.TrySkip()) return false;
        Take(buffer.Slice(start, reader.BytesConsumed - start));
        return true;
    }

    private void Take(in ReadOnlySequence<byte> json)
    {
        if (_part is Part.Metadata or Part.Items or Part.Kind)
        {
            using var document = JsonDocument.Parse(json, DocumentOptions);
            if (_part == Part.Items)
            {
                onItem(document.RootElement);
                return;
            }

            if (_part == Part.Kind) Kind = document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString() : null;
            else (ResourceVersion, Continue) = (JsonText.Text(document.RootElement, "resourceVersion"), JsonText.Text(document.RootElement, "continue"));
        }

        _part = Part.Top;
    }
}
