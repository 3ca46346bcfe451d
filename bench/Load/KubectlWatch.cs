using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Bench.Rig;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Load;

/// <summary><c>kubectl get -w</c> on one cluster: when each mark comes out of it.</summary>
internal sealed partial class KubectlWatch : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentDictionary<int, double> _seen = new();
    private readonly Task _reading;

    public KubectlWatch(SimulatorProcess simulator, string cluster)
    {
        Cluster = cluster;
        _process = Kubectl.Start(simulator, cluster, "get", "flinkdeployments", "-A", "--watch-only", "-o", "custom-columns=NAME:.metadata.name,ERROR:.status.error");
        _reading = ReadAsync();
    }

    public string Cluster { get; }

    public Dictionary<int, double> Seen => new(_seen);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
            if (Mark().Match(line) is { Success: true } found) _seen.TryAdd(int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture), Marks.Now);
    }

    [GeneratedRegex(@"mark-(\d+)-", RegexOptions.None, 1000)]
    private static partial Regex Mark();
}
