using System.Diagnostics;
using Xunit;

namespace Sluice.Testing.Processes;

/// <summary>
/// A real Kubernetes with the operator, Flink, Beam and Kafka: the one that <c>SLUICE_REAL_KUBECONFIG</c> names, or the one that <c>../shared/cluster/up flink</c> starts.
/// It is left running: starting it takes minutes, and <c>.ci/run</c> stops it at the end.
/// </summary>
public static class RealCluster
{
    private static readonly Lazy<Task<string>> Started = new(StartAsync);

    /// <summary>Its kubeconfig; skips the running test where there is no such cluster.</summary>
    public static async Task<string> KubeconfigAsync()
    {
        if (Environment.GetEnvironmentVariable("SLUICE_REAL_KUBECONFIG") is { Length: > 0 } named) return named;
        Assert.SkipWhen(SharedFolder.Path is null, "needs a real cluster: set SLUICE_REAL_KUBECONFIG, or have the folder ../shared beside the repository");
        return await Started.Value;
    }

    /// <summary>Runs kubectl against it and returns what it printed; fails with its words when it fails.</summary>
    public static async Task<string> KubectlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--kubeconfig");
        start.ArgumentList.Add(await KubeconfigAsync());
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)}: {await error}");
        return await output;
    }

    /// <summary>Deletes a FlinkDeployment and waits until it is gone.</summary>
    public static async Task GoneAsync(string ns, string name)
    {
        var clock = Stopwatch.StartNew();
        await KubectlAsync("delete", "flinkdeployment", name, "-n", ns, "--ignore-not-found", "--wait=false");
        while ((await KubectlAsync("get", "flinkdeployment", name, "-n", ns, "--ignore-not-found", "-o", "name")).Length > 0)
        {
            // Operator 1.7 never lets go of a resource whose main() threw while its JobManager answers. Taking the finalizer off would leave its status to the next of that name.
            // In the foreground: its end wakes the operator, which has to find nobody who answers then; its own next try may be minutes away.
            if (clock.Elapsed > TimeSpan.FromSeconds(20)) await KubectlAsync("delete", "deployment", name, "-n", ns, "--ignore-not-found", "--cascade=foreground");
            if (clock.Elapsed > TimeSpan.FromMinutes(2)) throw new TimeoutException($"{ns}/{name} cannot be deleted");
            await Task.Delay(500);
        }
    }

    private static async Task<string> StartAsync()
    {
        // Into a file, not a pipe: the servers that it starts inherit it, and would keep a pipe open for ever.
        var log = Path.GetTempFileName();
        var start = new ProcessStartInfo("/bin/bash", ["-c", "exec \"$0\" flink >\"$1\" 2>&1 </dev/null", Path.Combine(SharedFolder.Path!, "cluster", "up"), log]);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        var said = await File.ReadAllTextAsync(log);
        if (process.ExitCode != 0) throw new InvalidOperationException($"the real cluster did not start: {said}");
        return said.Split("KUBECONFIG=")[^1].Trim();
    }
}
