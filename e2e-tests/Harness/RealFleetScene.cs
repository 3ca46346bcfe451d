using System.Diagnostics;
using Sluice.Testing;
using Sluice.Testing.Clusters;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>5,000 custom resources on a real API server of its own, without an operator: what the operator would say is written with them.</summary>
public sealed class RealFleetScene : FleetScene
{
    private readonly RealApiServer _server = new();
    private HttpClient? _client;
    private RealFleet? _fleet;

    /// <inheritdoc/>
    public override int Pipelines => 5_000;

    /// <inheritdoc/>
    public override string Name => "real-5000";

    /// <inheritdoc/>
    public override string ErrorWord => "restarting";

    /// <summary>How long it took to write them all.</summary>
    public TimeSpan Written { get; private set; }

    /// <inheritdoc/>
    protected override bool Available => SharedFolder.Path is not null;

    /// <inheritdoc/>
    public override void Require() => SharedFolder.Require("cluster");

    /// <inheritdoc/>
    public override Task BreakAsync(string cluster, string ns, string name) => _fleet!.WriteStatusAsync(RealFleet.NumberOf(name), RealFleet.Trouble.Image, TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    protected override async Task<string> StartClustersAsync()
    {
        await _server.InitializeAsync();
        _client = _server.Client();
        _fleet = new RealFleet(_client, Pipelines);
        var clock = Stopwatch.StartNew();
        await _fleet.CreateAsync(TestContext.Current.CancellationToken);
        Written = clock.Elapsed;
        return _server.Kubeconfig;
    }

    /// <inheritdoc/>
    protected override async ValueTask StopClustersAsync()
    {
        _client?.Dispose();
        await _server.DisposeAsync();
    }
}

/// <summary>The journeys on the 5,000 real custom resources.</summary>
[CollectionDefinition(nameof(RealFleetCollection))]
public sealed class RealFleetCollection : ICollectionFixture<RealFleetScene>;
