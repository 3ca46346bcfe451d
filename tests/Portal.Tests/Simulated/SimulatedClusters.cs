using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.Portal.Tests.Simulated;

/// <summary>The tests that share one host on one simulator.</summary>
[CollectionDefinition(nameof(SimulatedClusters))]
public sealed class SimulatedCollection : ICollectionFixture<SimulatedClusters>;

/// <summary>The host on the simulator's demo fleet, read whole; operators and jobs are twenty times as quick as real ones.</summary>
public sealed class SimulatedClusters(PostgresServer server) : IAsyncLifetime
{
    public const string AdasToken = "adas-token";
    private readonly PostgresFixture _database = new(server);
    private SimulatorProcess? _simulator;
    private PortalHost? _host;

    public PortalHost Host => _host ?? throw new InvalidOperationException("The fixture is not initialised.");

    /// <summary>Starts one more replica as a process of its own.</summary>
    public Task<PortalProcess> StartReplicaAsync() =>
        PortalProcess.StartAsync(_simulator!.Kubeconfig, Path.GetTempPath(), new Dictionary<string, string?> { ["ConnectionStrings__Sluice"] = _database.ConnectionString });

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        _simulator = await SimulatorProcess.StartAsync("demo", speed: 20);
        _host = new(_database.ConnectionString, settings: new Dictionary<string, string?>
        {
            ["KUBECONFIG"] = _simulator.Kubeconfig,
            ["Sluice:Defaults:0:Path"] = "spec.serviceAccount",
            ["Sluice:Defaults:0:Value"] = "flink",
            ["Sluice:Demo:Accounts:0:Name"] = "ada",
            ["Sluice:Demo:Accounts:0:Password"] = "adas-password",
            ["Sluice:Demo:Accounts:0:Token"] = AdasToken,
        });
        using var client = _host.WithToken();
        await Until.TrueAsync(async () => (await client.GetStringAsync("/api/v1/pipelines?q=iban-checks")).Contains("\"iban-checks\"", StringComparison.Ordinal), "the fleet to be read", TimeSpan.FromSeconds(40));
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
        if (_simulator is not null) await _simulator.DisposeAsync();
        await _database.DisposeAsync();
    }
}
