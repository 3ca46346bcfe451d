using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Sluice.Simulator.ApiServer;
using Sluice.Simulator.Churn;
using Sluice.Simulator.Control;
using Sluice.Simulator.Core;
using Sluice.Simulator.Fleet;
using Sluice.Simulator.Fleet.Large;

namespace Sluice.Simulator;

/// <summary>The whole simulator: all clusters, and what is written for those who wait for it.</summary>
internal sealed class SimulatorHost : IAsyncDisposable
{
    private readonly SimulatorOptions _options;
    private readonly X509Certificate2? _certificate;

    public SimulatorHost(SimulatorOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        Clock = new SimClock(time, options.Speed);
        var seeds = new Seeds(options.Seed);
        var logger = loggers.CreateLogger("Simulator");
        var large = options.Fleet == "scale";
        var plan = large ? new FleetPlan(LargeFleet.Clusters(options.Clusters), []) : FleetPlan.Load(options.Fleet);
        if (options.Tls) _certificate = ServerCertificate.Create(time.GetUtcNow());
        // Each its own clock: one of them may be wrong.
        Clusters = [.. plan.Clusters.Select(c => new SimulatedCluster(Options(c), new SimClock(time, options.Speed), seeds, _certificate, logger))];
        if (large) Churn = new LargeFleetBuilder(Clusters, plan.Clusters, seeds).Build(options);
        else new FleetBuilder(Clusters).Build(plan);
        Control = new ControlServer(this, options.ControlPort, logger);
    }

    public SimClock Clock { get; }
    public IReadOnlyList<SimulatedCluster> Clusters { get; }
    public ControlServer Control { get; }

    /// <summary>What happens in a large fleet all day; the others are quiet.</summary>
    public FleetChurn? Churn { get; }

    public void SetSpeed(double factor)
    {
        foreach (var clock in Clusters.Select(c => c.Clock).Append(Clock)) clock.SetSpeed(factor);
    }

    public void Skip(TimeSpan by)
    {
        foreach (var clock in Clusters.Select(c => c.Clock).Append(Clock)) clock.Skip(by);
    }

    private static ClusterOptions Options(FleetCluster cluster) => new(cluster.Name, OperatorVersion.Parse(cluster.Operator))
    {
        KubernetesVersion = cluster.Kubernetes,
        Webhook = cluster.Webhook,
        ReconcileInterval = TimeSpan.FromSeconds(cluster.ReconcileSeconds),
        ProgressInterval = TimeSpan.FromSeconds(cluster.ProgressSeconds),
    };

    public async Task<string> StartAsync()
    {
        foreach (var cluster in Clusters) await cluster.StartAsync();
        Churn?.Begin();
        await Control.StartAsync();
        if (_options.Kubeconfig is { } path) Kubeconfig.Write(path, Clusters, _certificate);
        var ready = JsonSerializer.Serialize(new
        {
            kubeconfig = _options.Kubeconfig is { } file ? Path.GetFullPath(file) : null,
            control = Control.Url.ToString(),
            clusters = Clusters.Select(c => new { name = c.Options.Name, server = c.Url.ToString(), @operator = c.Options.Operator.Tag, token = c.Tokens.Admin, viewerToken = c.Tokens.Viewer }),
        });
        if (_options.ReadyFile is { } readyFile)
        {
            File.WriteAllText(readyFile + ".new", ready + "\n");
            File.Move(readyFile + ".new", readyFile, overwrite: true);
        }
        return ready;
    }

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync();
        foreach (var cluster in Clusters) await cluster.DisposeAsync();
        _certificate?.Dispose();
    }
}
