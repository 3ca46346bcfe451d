using System.Text.Json.Nodes;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>20,000 simulated pipelines on ten clusters, with the usual share of incidents.</summary>
public sealed class ScaledFleetScene : FleetScene
{
    private SimulatedFleet? _fleet;

    /// <inheritdoc/>
    public override int Pipelines => 20_000;

    /// <inheritdoc/>
    public override string Name => "20000";

    /// <inheritdoc/>
    public override string ErrorWord => "transaction";

    /// <inheritdoc/>
    protected override bool Available => true;

    /// <inheritdoc/>
    public override void Require()
    {
    }

    /// <inheritdoc/>
    public override Task BreakAsync(string cluster, string ns, string name) => _fleet!.WriteAsync(cluster, ns, name, new JsonObject
    {
        ["status"] = new JsonObject
        {
            ["jobManagerDeploymentStatus"] = "ERROR",
            ["error"] = """{"type":"org.apache.flink.kubernetes.operator.exception.DeploymentFailedException","message":"[flink-main-container] Back-off pulling image","additionalMetadata":{"reason":"ErrImagePull"},"throwableList":[]}""",
        },
    });

    /// <inheritdoc/>
    protected override async Task<string> StartClustersAsync()
    {
        // Incidents come and go, pipelines do not: journeys compare how many there are. The soak has a fleet that changes in every way.
        _fleet = await SimulatedFleet.StartAsync(Pipelines, 10, rate: 0);
        return _fleet.Process.Kubeconfig;
    }

    /// <inheritdoc/>
    protected override async ValueTask StopClustersAsync()
    {
        if (_fleet is not null) await _fleet.DisposeAsync();
    }
}

/// <summary>The journeys on the 20,000 simulated pipelines.</summary>
[CollectionDefinition(nameof(ScaledFleetCollection))]
public sealed class ScaledFleetCollection : ICollectionFixture<ScaledFleetScene>;
