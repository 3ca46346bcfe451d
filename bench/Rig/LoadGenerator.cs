using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Bench.Rig;

/// <summary>Asks for one address over and over on a few connections. It reads only as much of an answer as is needed to know that it is whole: on a machine of few cores, the asking must cost little.</summary>
internal static class LoadGenerator
{
    /// <summary>What came of it.</summary>
    /// <param name="PerSecond">Answers a second.</param>
    /// <param name="P50">Milliseconds of the median answer.</param>
    /// <param name="P99">Milliseconds below which 99 of 100 answers lie.</param>
    public sealed record Result(double PerSecond, double P50, double P99);

    public static async Task<Result> RunAsync(Uri address, string? token, int connections, TimeSpan time)
    {
        var request = Encoding.ASCII.GetBytes($"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\n{(token is null ? "" : $"Authorization: Bearer {token}\r\n")}\r\n");
        var clock = Stopwatch.StartNew();
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => AskAsync(address, request, time))));
        var seconds = clock.Elapsed.TotalSeconds;
        var times = all.SelectMany(t => t).ToList();
        return new(times.Count / seconds, Numbers.Median(times), Numbers.Percentile(times, 0.99));
    }

    private static async Task<List<double>> AskAsync(Uri address, byte[] request, TimeSpan time)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        var (times, buffer, clock) = (new List<double>(), new byte[64 * 1024], Stopwatch.StartNew());
        while (clock.Elapsed < time)
        {
            var begun = Stopwatch.GetTimestamp();
            await socket.SendAsync(request);
            var read = 0;
            do
            {
                var more = await socket.ReceiveAsync(buffer.AsMemory(read));
                if (more == 0) throw new InvalidOperationException("The server closed the connection.");
                read += more;
            }
            while (!IsWhole(buffer.AsSpan(0, read)));
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            if (!buffer.AsSpan(0, 12).SequenceEqual("HTTP/1.1 200"u8)) throw new InvalidOperationException(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return times;
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        var at = answer[..head].IndexOf("Content-Length: "u8);
        // Without a length the body comes in chunks, of which the last is empty.
        if (at < 0) return answer.EndsWith("0\r\n\r\n"u8);
        return System.Buffers.Text.Utf8Parser.TryParse(answer[(at + 16)..], out int length, out _) && answer.Length >= head + 4 + length;
    }
}
