using System.Globalization;
using System.Text.Json.Nodes;

namespace Sluice.Testing.Processes;

/// <summary>Simulated clusters in a process of their own.</summary>
public sealed class SimulatorProcess : ChildProcess
{
    private readonly DirectoryInfo _directory;

    private SimulatorProcess(DirectoryInfo directory, IEnumerable<string> arguments)
        : base("simulator", "dotnet", arguments) => _directory = directory;

    /// <summary>A kubeconfig with a context for each simulated cluster.</summary>
    public string Kubeconfig => Path.Combine(_directory.FullName, "kubeconfig");

    /// <summary>What the simulator said when it was ready: clusters with their URLs, and the control endpoint.</summary>
    public JsonObject Ready { get; private set; } = [];

    /// <summary>Starts it and waits until its API servers answer.</summary>
    /// <param name="fleet"><c>demo</c>, <c>empty</c> or a file.</param>
    /// <param name="speed">How much faster than the clock its world runs.</param>
    /// <param name="seed">The same seed makes the same fleet.</param>
    /// <param name="more">Further options, for example <c>--pipelines 20000</c>.</param>
    public static async Task<SimulatorProcess> StartAsync(string fleet = "empty", double speed = 10, long seed = 1, params string[] more)
    {
        var directory = Directory.CreateTempSubdirectory("sluice-simulator-");
        var ready = Path.Combine(directory.FullName, "ready.json");
        var program = Path.Combine(Repository.Root, "infra", "simulator", "bin", Build.Configuration, "net10.0", "Sluice.Simulator.dll");
        var simulator = new SimulatorProcess(directory,
        [
            program, "--kubeconfig", Path.Combine(directory.FullName, "kubeconfig"), "--fleet", fleet, "--ready-file", ready,
            "--speed", speed.ToString(CultureInfo.InvariantCulture), "--seed", seed.ToString(CultureInfo.InvariantCulture), .. more,
        ]);
        try
        {
            // Twenty thousand pipelines take a while to come to life.
            await simulator.WaitAsync("ready", TimeSpan.FromMinutes(3), () => Task.FromResult(File.Exists(ready) && new FileInfo(ready).Length > 0));
        }
        catch
        {
            await simulator.DisposeAsync();
            throw;
        }

        simulator.Ready = JsonNode.Parse(await File.ReadAllTextAsync(ready))!.AsObject();
        return simulator;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete(true);
    }
}
