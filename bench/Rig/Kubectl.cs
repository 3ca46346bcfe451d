using System.Diagnostics;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rig;

/// <summary>The peer that everybody has.</summary>
internal static class Kubectl
{
    /// <summary>How long <c>kubectl get flinkdeployments -A</c> takes, for all clusters at once: until the last one has printed its rows. In milliseconds; the median of three after one that fills kubectl's caches.</summary>
    public static async Task<double> GetAllAsync(SimulatorProcess simulator)
    {
        var contexts = simulator.Clusters().Select(c => (string)c!["name"]!).ToList();
        var times = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            var clock = Stopwatch.StartNew();
            var lines = await Task.WhenAll(contexts.Select(context => CountAsync(simulator, context)));
            if (i > 0) times.Add(clock.Elapsed.TotalMilliseconds);
            if (lines.Any(n => n == 0)) throw new InvalidOperationException("kubectl printed no rows.");
        }

        return Numbers.Median(times);
    }

    /// <summary>Starts kubectl with its output in a pipe.</summary>
    public static Process Start(SimulatorProcess simulator, string context, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl") { RedirectStandardOutput = true };
        foreach (var argument in (string[])["--kubeconfig", simulator.Kubeconfig, "--context", context, .. arguments]) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static async Task<int> CountAsync(SimulatorProcess simulator, string context)
    {
        using var process = Start(simulator, context, "get", "flinkdeployments", "-A", "--no-headers");
        var lines = 0;
        while (await process.StandardOutput.ReadLineAsync() is not null) lines++;
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? lines : throw new InvalidOperationException($"kubectl ended with code {process.ExitCode}.");
    }
}
