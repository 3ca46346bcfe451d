using System.Text;
using System.Text.RegularExpressions;
using Sluice.Domain.Access;

namespace Sluice.Domain.Flink;

/// <summary>Reads a stream to its end and keeps the last part: Flink's log endpoints send whole files and know no ranges.</summary>
internal static partial class LogTail
{
    private const long LongestRead = 256L * 1024 * 1024;

    public static async Task<(string Text, bool Cut)> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        var ring = new byte[Math.Max(1, maxBytes)];
        var chunk = new byte[32 * 1024];
        long total = 0;
        int read;
        while (total < LongestRead && (read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            for (var from = Math.Max(0, read - ring.Length); from < read;)
            {
                var at = (int)((total + from) % ring.Length);
                var count = Math.Min(read - from, ring.Length - at);
                chunk.AsSpan(from, count).CopyTo(ring.AsSpan(at));
                from += count;
            }
            total += read;
        }
        if (total <= ring.Length) return (Clean(Encoding.UTF8.GetString(ring, 0, (int)total)), false);
        var start = (int)(total % ring.Length);
        var bytes = new byte[ring.Length];
        ring.AsSpan(start).CopyTo(bytes);
        ring.AsSpan(0, start).CopyTo(bytes.AsSpan(ring.Length - start));
        var text = Encoding.UTF8.GetString(bytes);
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        return (Clean(line >= 0 ? text[(line + 1)..] : text), true);
    }

    private static string Clean(string text) => Redactor.Redact(Control().Replace(text, ""));

    [GeneratedRegex(@"\x1B\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]", RegexOptions.CultureInvariant)]
    private static partial Regex Control();
}
