using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.Contract.Tests.Operations;

/// <summary>The life of a pipeline by operations on simulated clusters, whose operators answer as recorded ones do: one of each generation.</summary>
public sealed class SimulatedOperationTests
{
    private const string Totals = "8eeed16b661251f13cfc6a3c5e75c420";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Life_OfAPipeline_ContinuesFromItsStateAtEachStep()
    {
        await using var simulator = await SimulatorProcess.StartAsync(speed: 20);
        await using var directory = new ClusterDirectory(new ClusterDirectoryOptions());
        var contexts = simulator.Ready["clusters"]!.AsArray().Select(c => (string)c!["name"]!).ToList();
        contexts.ShouldNotBeEmpty(simulator.Ready.ToJsonString());
        foreach (var context in contexts) await directory.SetAsync(new ClusterSettings(context, context, simulator.Kubeconfig), Token);
        await Until.TrueAsync(() => directory.All.All(c => c.Capabilities is not null), "both clusters");
        directory.All.Select(c => c.Capabilities!.HasSnapshots).Distinct().Count().ShouldBe(2, "one cluster of each generation");

        await Task.WhenAll(contexts.Select(context => LiveAsync(directory, context)));
    }

    private static async Task LiveAsync(ClusterDirectory directory, string cluster)
    {
        var key = new PipelineKey(cluster, "team-orders", "contract-life");
        var timing = new OperationTiming { Poll = TimeSpan.FromMilliseconds(100), Start = TimeSpan.FromMinutes(1), Savepoint = TimeSpan.FromMinutes(1), ErrorPatience = TimeSpan.FromSeconds(5) };
        using var jobManagers = new JobManagers(directory);
        var store = new OperationsInMemory();
        var environment = new OperationEnvironment(directory, jobManagers, new PipelinesInMemory(), TimeProvider.System, timing);
        var kinds = OperationKinds.All(timing);
        using var service = new OperationService(store, kinds, environment, Guid.NewGuid);
        var runner = new OperationRunner(store, kinds, environment, TimeSpan.FromMinutes(1));

        Task<Operation> DoAsync(OperationKind kind, string? manifest = null) => AskAsync(Ask(kind, manifest));

        OperationRequest Ask(OperationKind kind, string? manifest = null) => new(kind, key, Manifest: manifest, Team: "orders", PipelineKind: PipelineKind.FlinkJar);

        async Task<Operation> AskAsync(OperationRequest request, OperationState expected = OperationState.Succeeded)
        {
            var kind = request.Kind;
            var operation = await service.StartAsync(request, new Actor("demo"), Token);
            await runner.RunAsync((await store.ClaimAsync("test", TimeSpan.FromMinutes(1), [], Token))!, Token);
            var ended = (await store.FindAsync(operation.Id, Token))!;
            ended.State.ShouldBe(expected, $"{cluster}, {kind}: {ended.Message}\n{string.Join('\n', ended.Steps.SelectMany(s => s.Evidence.Select(e => $"{s.Name} {e.Source}: {e.Text}")))}");
            if (expected == OperationState.Succeeded) PlanAgreement.ShouldHoldFor(ended, cluster);
            return ended;
        }

        await directory.Api(cluster)!.CreateAsync(KubernetesResource.Namespaces, null, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = key.Namespace },
        }, new KubernetesWrite(), Token);
        await DoAsync(OperationKind.Deploy, Manifest("500"));
        var savepoint = await DoAsync(OperationKind.Savepoint);
        savepoint.Message.ShouldContain("savepoint-");
        var suspended = await DoAsync(OperationKind.Suspend);
        var path = (string)JsonNode.Parse(suspended.Steps[^1].Data)!["path"]!;
        var resumed = await DoAsync(OperationKind.Resume);
        resumed.Steps.Single(s => s.Name == "verify").Message.ShouldContain(path[(path.LastIndexOf('/') + 1)..]);
        var upgraded = await DoAsync(OperationKind.Upgrade, Manifest("800"));
        upgraded.Steps.Single(s => s.Name == "verify").State.ShouldBe(StepState.Done);
        // Only noted by the operator, and refused by nobody: no restart.
        (await DoAsync(OperationKind.Upgrade, Manifest("800", "    kubernetes.operator.periodic.savepoint.interval: 6h"))).Plan!.Classification!.Class.ShouldBe(ChangeClass.Ignore);
        (await DoAsync(OperationKind.Restart)).Steps.Single(s => s.Name == "verify").Message.ShouldContain("savepoint-");
        var back = await AskAsync(Ask(OperationKind.Rollback) with { Revision = 1 });
        back.Steps.Single(s => s.Name == "verify").Message.ShouldContain("savepoint-");
        await DoAsync(OperationKind.Cancel);
        await DoAsync(OperationKind.Resume);
        await AskAsync(Ask(OperationKind.Redeploy) with { SnapshotPath = path });
        await AskAsync(Ask(OperationKind.Rollback) with { Revision = 2, SnapshotPath = path });
        var broken = await AskAsync(Ask(OperationKind.Upgrade, Manifest("800").Replace("flink:1.19.3", "flink:none", StringComparison.Ordinal)), OperationState.Failed);
        broken.Message.ShouldContain("Sluice went back: the version before runs again from ", customMessage: cluster + ": " + broken.Message + "\n" + string.Join("\n", broken.Steps.SelectMany(s => s.Evidence.Select(e => $"{s.Name} {e.Source}: {e.Text}"))));
        var larger = await AskAsync(Ask(OperationKind.Scale) with { Scale = new ScaleTarget { Parallelism = 3 } });
        larger.Steps.Single(s => s.Name == "verify").Message.ShouldContain("savepoint-");
        larger.Outcome!.Vertices!.ShouldAllBe(v => v.Predicted == 3 && v.Real == 3);
        var inPlace = await AskAsync(Ask(OperationKind.Scale) with { Scale = new ScaleTarget { Vertices = new Dictionary<string, int?> { [Totals] = 5 } } });
        (inPlace.Plan!.Scaling!.Way, inPlace.Plan.Scaling.Slots.Needed, inPlace.Plan.Scaling.Slots.TaskManagersAfter).ShouldBe((ScaleWay.InPlace, 5, 2));
        inPlace.Outcome!.Vertices!.Single(v => v.Id == Totals).Real.ShouldBe(5);
        var fork = key with { Name = "contract-fork" };
        var forked = await AskAsync(Ask(OperationKind.Fork) with { Pipeline = fork, Source = key });
        forked.Steps.Single(s => s.Name == "verify").Message.ShouldContain("savepoint-");
        (await directory.Api(cluster)!.GetAsync(key.KubernetesResource, key.Namespace, key.Name, Token))["status"]!["jobStatus"]!["state"]!.GetValue<string>().ShouldBe("RUNNING");
        await AskAsync(Ask(OperationKind.Delete) with { Pipeline = fork, SavepointBeforeDelete = false });
        await ReactiveAsync(key with { Name = "contract-reactive" });
        var drained = await DoAsync(OperationKind.Drain);
        drained.Message.ShouldContain("not for resuming");
        (await service.PlanAsync(Ask(OperationKind.Resume), Token)).Problems.ShouldContain(p => p.Contains("drained", StringComparison.Ordinal));
        SnapshotHistory.Of(await store.ListAsync(key, 100, Token)).ShouldContain(s => s.Drained);
        (await DoAsync(OperationKind.Delete)).Message.ShouldContain("savepoint-");

        async Task ReactiveAsync(PipelineKey reactive)
        {
            var manifest = Manifest("500", "    scheduler-mode: reactive").Replace("contract-life", reactive.Name, StringComparison.Ordinal)
                .Replace("  image:", "  mode: standalone\n  image:", StringComparison.Ordinal).Replace("cpu: 0.1}}\n  job:", "cpu: 0.1}, replicas: 1}\n  job:", StringComparison.Ordinal);
            await AskAsync(Ask(OperationKind.Deploy, manifest) with { Pipeline = reactive });
            var larger = Ask(OperationKind.Scale) with { Pipeline = reactive, Scale = new ScaleTarget { TaskManagers = 2 } };
            await Until.TrueAsync(async () => (await service.PlanAsync(larger, Token)).Problems.Count == 0, "the first checkpoint, without which nothing is scaled while it runs");
            var scaled = await AskAsync(larger);
            scaled.Plan!.Scaling!.Way.ShouldBe(ScaleWay.Reactive);
            scaled.Outcome!.Vertices!.ShouldAllBe(v => v.Predicted == 8 && v.Real == 8);
            await AskAsync(Ask(OperationKind.Delete) with { Pipeline = reactive, SavepointBeforeDelete = false });
        }
    }

    private static string Manifest(string rate, string option = "") => """
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkDeployment
        metadata:
          name: contract-life
          namespace: team-orders
        spec:
          image: localhost/flink:1.19.3
          flinkVersion: v1_19
          serviceAccount: flink
          flinkConfiguration:
            taskmanager.numberOfTaskSlots: "4"
            execution.checkpointing.interval: 5 s
            state.checkpoints.dir: file:///flink-data/checkpoints/contract-life
            state.savepoints.dir: file:///flink-data/savepoints/contract-life
            high-availability.type: kubernetes
            high-availability.storageDir: file:///flink-data/ha/contract-life
            jobmanager.scheduler: adaptive
        OPTION
          jobManager: {resource: {memory: 900m, cpu: 0.1}}
          taskManager: {resource: {memory: 1200m, cpu: 0.1}}
          job:
            jarURI: local:///opt/flink/jobs/sample-jobs.jar
            entryClass: samples.OrderTotals
            args: ["--rate", "RATE", "--keys", "50"]
            parallelism: 2
            upgradeMode: savepoint
            state: running
        """.Replace("RATE", rate, StringComparison.Ordinal).Replace("OPTION", option, StringComparison.Ordinal);
}
