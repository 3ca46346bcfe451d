using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace Sluice.Domain.Kubernetes;

public sealed partial class KubernetesApi
{
    private const int MaxLogLine = 64 * 1024;
    private static readonly TimeSpan LogIdle = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public async IAsyncEnumerable<KubernetesLogLine> ReadLogAsync(string ns, string pod, KubernetesLogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = KubernetesPath.Of(KubernetesResource.Pods, ns, pod, "log");
        var container = query.Container is null ? null : KubernetesPath.Label(query.Container, "container");
        var seen = new LogPosition();
        for (var ended = false; !ended;)
        {
            var since = seen.Resume();
            var request = new KubernetesRequest(HttpMethod.Get, KubernetesPath.Query(
                path,
                ("container", container),
                ("timestamps", "true"),
                ("follow", query.Follow ? "true" : null),
                ("previous", query.Previous ? "true" : null),
                ("sinceTime", since),
                ("tailLines", since is null ? query.TailLines?.ToString(CultureInfo.InvariantCulture) : null)))
            { Stream = true, Accept = "*/*" };
            using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
            using var stopping = stop.Token.Register(static s => ((CancellationTokenSource)s!).Cancel(), idle);
            stop.CancelAfter(LogIdle);
            var lines = LogLinesAsync(request, What("read the log of", KubernetesResource.Pods, ns, pod), idle.Token).GetAsyncEnumerator(idle.Token);
            await using var _ = lines.ConfigureAwait(false);
            while (true)
            {
                try
                {
                    if (!await lines.MoveNextAsync().ConfigureAwait(false))
                    {
                        ended = true;
                        break;
                    }
                }
                catch (OperationCanceledException) when (query.Follow && stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                {
                    // Some kubelets stop sending after they rotated the file: ask again from the last line on.
                    break;
                }
                catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
                {
                    throw new KubernetesException(KubernetesError.Timeout, $"The log of pod {ns}/{pod} on cluster {Cluster} stopped coming for {LogIdle.TotalSeconds:0} s.", inner: e);
                }

                stop.CancelAfter(LogIdle);
                if (seen.IsNew(lines.Current)) yield return lines.Current;
            }
        }
    }

    private async IAsyncEnumerable<KubernetesLogLine> LogLinesAsync(KubernetesRequest request, string what, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode) throw await FailureAsync(response, what, cancellationToken).ConfigureAwait(false);
        var pipe = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), new StreamPipeReaderOptions(bufferSize: 16 * 1024));
        var skipping = false;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (ConnectionFailure.Is(e))
            {
                throw new KubernetesException(KubernetesError.Unreachable, $"Could not {what} to its end: the connection broke.", inner: e);
            }

            var buffer = result.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                if (!skipping) yield return LogLine(buffer.Slice(0, end));
                skipping = false;
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (buffer.Length > MaxLogLine || (result.IsCompleted && buffer.Length > 0))
            {
                // A line without end is shown as far as the cap, and the rest of it is passed over.
                if (!skipping) yield return LogLine(buffer);
                skipping = true;
                buffer = buffer.Slice(buffer.End);
            }

            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (!result.IsCompleted) continue;
            await pipe.CompleteAsync().ConfigureAwait(false);
            yield break;
        }
    }

    private static KubernetesLogLine LogLine(ReadOnlySequence<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.Slice(0, Math.Min(bytes.Length, MaxLogLine + 64))).TrimEnd('\r');
        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        DateTimeOffset? at = null;
        // The kubelet puts an RFC 3339 time with nanoseconds before each line; .NET reads seven of the nine digits.
        if (blank is >= 20 and <= 40 && DateTimeOffset.TryParse(text.AsSpan(0, blank), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            at = time;
            text = text[(blank + 1)..];
        }

        text = KubernetesText.Line(text);
        return new KubernetesLogLine(at, text.Length > MaxLogLine ? text[..MaxLogLine] : text);
    }

    /// <summary>Where a log was read up to. A later reading begins at a whole second, so it repeats lines, which are passed over once each.</summary>
    private sealed class LogPosition
    {
        private readonly Dictionary<KubernetesLogLine, int> _inSecond = [];
        private Dictionary<KubernetesLogLine, int> _repeated = [];
        private DateTimeOffset? _second;

        public string? Resume()
        {
            if (_second is null) return null;
            _repeated = new Dictionary<KubernetesLogLine, int>(_inSecond);
            return _second.Value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }

        public bool IsNew(KubernetesLogLine line)
        {
            if (_repeated.TryGetValue(line, out var left) && left > 0)
            {
                _repeated[line] = left - 1;
                return false;
            }

            if (line.At is { } at)
            {
                var second = new DateTimeOffset(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
                if (second > _second || _second is null)
                {
                    _second = second;
                    _inSecond.Clear();
                }

                _inSecond[line] = _inSecond.GetValueOrDefault(line) + 1;
            }

            return true;
        }
    }
}
