using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Sluice.Testing;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rig;

/// <summary>What the runtime of a measured program says of its memory.</summary>
/// <param name="Heap">Bytes on the managed heap.</param>
/// <param name="Committed">Bytes that the garbage collector holds.</param>
/// <param name="Allocated">Bytes allocated since the start.</param>
/// <param name="PauseMilliseconds">How long collections stopped it since the start.</param>
internal sealed record MemoryReading(double Heap, double Committed, double Allocated, double PauseMilliseconds);

/// <summary>Asks the startup hook in a measured program.</summary>
internal sealed class Probe : IDisposable
{
    private const int Readings = 3;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"sluice-probe-{Environment.ProcessId}-{Guid.NewGuid():N}.sock");

    /// <summary>The settings that put the hook into a program.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["DOTNET_STARTUP_HOOKS"] = Path.Combine(Repository.Root, "bench", "Probe", "bin", Build.Configuration, "net10.0", "Sluice.Bench.Probe.dll"),
        ["SLUICE_BENCH_PROBE"] = _path,
    };

    /// <summary>The memory after full collections: the least of some readings, since what is under way at one of them is not what stays.</summary>
    public async Task<MemoryReading> CollectAsync()
    {
        var readings = new List<MemoryReading>();
        for (var i = 0; i < Readings; i++)
        {
            await Task.Delay(Between);
            readings.Add(await AskAsync("collect"));
        }

        return readings.MinBy(r => r.Heap)!;
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(_path);

    private async Task<MemoryReading> AskAsync(string what)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path));
        await socket.SendAsync(Encoding.ASCII.GetBytes(what));
        var buffer = new byte[256];
        var numbers = Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer)).Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return new(numbers[0], numbers[1], numbers[2], numbers[3]);
    }
}
