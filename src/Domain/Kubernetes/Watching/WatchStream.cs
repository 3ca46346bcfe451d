using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Sluice.Domain.Kubernetes;

internal enum WatchEnd
{
    Clean,
    Failed,
    Unreadable,
    Restart,
}

/// <summary>Thrown where the server is older than what is known: it was restored from a backup.</summary>
internal sealed class VersionsRanBackwardsException : Exception;

/// <summary>
/// One watch from its opening to its end. Reads a line at a time, parses each once, and hands over what one read brought as one batch.
/// </summary>
internal sealed class WatchStream<T>(KubernetesApi api, KubernetesResource resource, string? ns, Func<JsonElement, T?> decode, ReflectorCounters counters, ReflectorOptions options, string version)
    where T : class, IKubernetesRecord
{
    private const int MaxUnreadable = 3;
    private readonly List<(ObjectKey Key, T? Item)> _batch = [];
    private string _version = version;
    private int _unreadable;
    private bool _bookmarked;
    private bool _older;
    private bool _checked;
    private bool _skipping;
    private bool _advanced;

    public WatchEnd End { get; private set; }

    public KubernetesException? Failure { get; private set; }

    /// <summary>True where at least one event or bookmark came.</summary>
    public bool Received { get; private set; }

    public async Task ReadAsync(Action<IReadOnlyList<(ObjectKey Key, T? Item)>, string> apply, Connectedness<T> connected, Func<CancellationToken, Task> checkVersions, CancellationToken cancellationToken)
    {
        var duration = options.WatchFor.Least + ((options.WatchFor.Most - options.WatchFor.Least) * options.Jitter());
        var begun = api.Time.GetTimestamp();
        // The server may freeze, and the framework has no limit on a body: the deadline and the idle limit are ours.
        using var deadline = new CancellationTokenSource(duration + options.WatchSlack, api.Time);
        using var idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, api.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, idle.Token, cancellationToken);
        try
        {
            using var response = await api.OpenWatchAsync(resource, ns, _version, duration, stop.Token).ConfigureAwait(false);
            counters.Watch();
            connected.Opened();
            var pipe = PipeReader.Create(await response.Content.ReadAsStreamAsync(stop.Token).ConfigureAwait(false), new StreamPipeReaderOptions(bufferSize: 64 * 1024, minimumReadSize: 4096));
            while (End == WatchEnd.Clean)
            {
                var result = await pipe.ReadAsync(stop.Token).ConfigureAwait(false);
                var rest = Lines(result.Buffer);
                if (_bookmarked) idle.CancelAfter(options.IdleLimit);
                pipe.AdvanceTo(rest.Start, rest.End);
                if (_advanced) apply(_batch, _version);
                _batch.Clear();
                _advanced = false;
                if (_older && !_checked)
                {
                    _checked = true;
                    await checkVersions(stop.Token).ConfigureAwait(false);
                }

                if (!result.IsCompleted) continue;
                if (!rest.IsEmpty) Fail("ended in the middle of a change", null);
                break;
            }

            await pipe.CompleteAsync().ConfigureAwait(false);
            if (End == WatchEnd.Clean && !Received && api.Time.GetElapsedTime(begun) < options.ShortWatch) Fail("was ended by the server at once", null);
        }
        catch (VersionsRanBackwardsException)
        {
            End = WatchEnd.Restart;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            Fail(idle.IsCancellationRequested ? $"was silent for {options.IdleLimit.TotalSeconds:0} s" : "was not ended by the server in time", e);
        }
        catch (Exception e) when (ConnectionFailure.Is(e))
        {
            Fail("broke", e);
        }
        finally
        {
            connected.Closed();
        }
    }

    private void Fail(string how, Exception? inner)
    {
        End = WatchEnd.Failed;
        Failure = new KubernetesException(KubernetesError.Unreachable, $"The connection over which cluster {api.Cluster} tells changes of {resource.Kind} {how}.", inner: inner);
    }

    private ReadOnlySequence<byte> Lines(ReadOnlySequence<byte> buffer)
    {
        while (End == WatchEnd.Clean && buffer.PositionOf((byte)'\n') is { } end)
        {
            var line = buffer.Slice(0, end);
            if (!_skipping && !line.IsEmpty) Line(line);
            _skipping = false;
            buffer = buffer.Slice(buffer.GetPosition(1, end));
        }

        if (buffer.Length <= options.MaxLine) return buffer;
        if (!_skipping) counters.TooLong();
        _skipping = true;
        return buffer.Slice(buffer.End);
    }

    private void Line(in ReadOnlySequence<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Decoded.Options);
            if (Event(document.RootElement))
            {
                _unreadable = 0;
                return;
            }
        }
        catch (JsonException)
        {
            // Counted below, like an event that is none.
        }

        counters.Skip();
        if (++_unreadable >= MaxUnreadable) End = WatchEnd.Unreadable;
    }

    private bool Event(JsonElement root)
    {
        if (JsonText.Object(root, "object") is not { } item) return false;
        switch (JsonText.Text(root, "type"))
        {
            case "ERROR":
                End = WatchEnd.Failed;
                Failure = api.WatchFailure(item, resource, ns);
                return true;
            case "BOOKMARK":
                if (JsonText.Text(JsonText.Object(item, "metadata"), "resourceVersion") is not { } mark) return false;
                counters.Bookmark(api.Time.GetUtcNow());
                _bookmarked = true;
                if (ResourceVersions.Compare(mark, _version) < 0) _older = true;
                else Advance(mark);
                return true;
            case "ADDED" or "MODIFIED":
                return Change(item, deleted: false);
            case "DELETED":
                return Change(item, deleted: true);
            default:
                return false;
        }
    }

    private bool Change(JsonElement item, bool deleted)
    {
        var metadata = JsonText.Object(item, "metadata");
        if (JsonText.Text(item, "kind") != resource.Kind || JsonText.Text(metadata, "name") is not { } name || JsonText.Text(metadata, "resourceVersion") is not { } changed) return false;
        if (ResourceVersions.Compare(changed, _version) is { } order && order <= 0)
        {
            // A watch sends versions in order, so this one was applied before; or the server went back in time, which one question settles.
            _older |= order < 0;
            counters.Skip();
            return true;
        }

        var key = new ObjectKey(JsonText.Text(metadata, "namespace") ?? "", name);
        if (deleted) _batch.Add((key, null));
        else if (Decoded.Read(item, decode, counters) is { } record) _batch.Add((record.ObjectKey, record));
        counters.Event(api.Time.GetUtcNow());
        Advance(changed);
        return true;
    }

    private void Advance(string to)
    {
        _version = to;
        _advanced = true;
        Received = true;
    }
}

/// <summary>Calls a decoder so that one object it cannot read costs that object and not the watch.</summary>
internal static class Decoded
{
    public static readonly JsonDocumentOptions Options = new() { MaxDepth = 128 };

    public static T? Read<T>(JsonElement item, Func<JsonElement, T?> decode, ReflectorCounters counters)
        where T : class, IKubernetesRecord
    {
        try
        {
            if (decode(item) is { } record) return record;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // An operator of another version may write what the decoder does not expect.
        }

        counters.Skip();
        return null;
    }
}
