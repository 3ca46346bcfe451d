using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.Contract.Tests.Operations;

/// <summary>The cases on simulated clusters, one with each generation of the operator.</summary>
public sealed class SimulatedOperationCases(SimulatedOperationCases.Simulation simulation) : OperationCases, IClassFixture<SimulatedOperationCases.Simulation>
{
    private static readonly OperationTiming Timing = new()
    {
        Poll = TimeSpan.FromMilliseconds(100),
        Start = TimeSpan.FromMinutes(1),
        Savepoint = TimeSpan.FromMinutes(1),
        ErrorPatience = TimeSpan.FromSeconds(5),
        OperatorSilence = TimeSpan.FromSeconds(5),
    };

    private protected override TimeSpan Watched => TimeSpan.FromSeconds(3);

    private protected override Task OnEachAsync(string pipeline, Func<OperationBed, Task> work) => Task.WhenAll(simulation.Clusters.Select(async cluster =>
    {
        using var bed = new OperationBed(simulation.Directory, new PipelineKey(cluster, Simulation.Namespace, pipeline), Timing, () => simulation.OutputAsync(cluster, pipeline));
        await work(bed);
    }));

    /// <summary>The simulator, with a namespace on each cluster.</summary>
    public sealed class Simulation : IAsyncLifetime
    {
        internal const string Namespace = "team-orders";
        private readonly HttpClient _control = new();
        private SimulatorProcess _simulator = null!;

        internal ClusterDirectory Directory { get; } = new(new ClusterDirectoryOptions());

        internal IReadOnlyList<string> Clusters { get; private set; } = [];

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            _simulator = await SimulatorProcess.StartAsync(speed: 20);
            Clusters = [.. _simulator.Ready["clusters"]!.AsArray().Select(c => (string)c!["name"]!)];
            foreach (var cluster in Clusters) await Directory.SetAsync(new ClusterSettings(cluster, cluster, _simulator.Kubeconfig), default);
            await Until.TrueAsync(() => Directory.All.All(c => c.Capabilities is not null), "both clusters");
            Directory.All.Select(c => c.Capabilities!.HasSnapshots).Distinct().Count().ShouldBe(2, "one cluster of each generation");
            foreach (var cluster in Clusters)
                await Directory.Api(cluster)!.CreateAsync(KubernetesResource.Namespaces, null, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Namespace } }, new KubernetesWrite(), default);
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            _control.Dispose();
            await Directory.DisposeAsync();
            await _simulator.DisposeAsync();
        }

        internal async Task<JobOutput> OutputAsync(string cluster, string pipeline)
        {
            // One that was started beside it writes to the same place.
            List<JsonNode?> runs = [.. await RunsAsync(cluster, pipeline), .. await RunsAsync(cluster, pipeline + "-g2")];
            return JobOutput.Of(runs.Select(r => new NumberRange((long)r!["from"]!, (long)r["to"]! - 1)), (long?)runs.LastOrDefault(r => r!["windows"] is not null)?["windows"]);
        }

        private async Task<JsonArray> RunsAsync(string cluster, string pipeline) =>
            JsonNode.Parse(await _control.GetStringAsync($"{(string)_simulator.Ready["control"]!}/output/{cluster}/{Namespace}/{pipeline}"))!["runs"]!.AsArray();
    }
}
