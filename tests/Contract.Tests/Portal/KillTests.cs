using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.Contract.Tests.Portal;

/// <summary>
/// The portal is killed (SIGKILL, by itself, at a named boundary) at every step of a savepoint, suspension, resumption and upgrade, and started again on what it left behind:
/// its database, stopped as uncleanly. Each operation ends as asked, and its effect is there once. <c>SLUICE_KILLS=all</c> kills at all three boundaries of each step
/// instead of the worst one, when the work is done and not recorded.
/// </summary>
public sealed class KillTests : IAsyncLifetime
{
    private const string Namespace = "kills";
    private static readonly string[] Boundaries = Environment.GetEnvironmentVariable("SLUICE_KILLS") == "all" ? ["Before", "After", "Recorded"] : ["After"];

    private readonly DataDirectory _data = new();
    private SimulatorProcess _simulator = null!;
    private PortalProcess _portal = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await SimulatorProcess.StartAsync("empty", speed: 20);
        foreach (var cluster in (string[])["eu-west", "us-east"])
        {
            using var kubernetes = Connect(cluster);
            await kubernetes.CreateAsync(KubernetesResource.Namespaces, null, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Namespace } }, new KubernetesWrite(), default);
            await kubernetes.CreateAsync(KubernetesResource.ServiceAccounts, Namespace, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ServiceAccount", ["metadata"] = new JsonObject { ["name"] = "flink" } }, new KubernetesWrite(), default);
        }

        _portal = await PortalAsync(null);
    }

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _simulator.DisposeAsync();
        _data.Dispose();
    }

    [Theory]
    [InlineData("eu-west")]
    [InlineData("us-east")]
    public async Task EveryStep_PortalKilled_EndsAsAskedAndOnce(string cluster)
    {
        var pipeline = $"{cluster}/{Namespace}/survivor";
        using (var api = new PortalApi(_portal))
            await api.SucceededAsync(await api.StartAsync("deploy", pipeline, new { manifest = Manifest(100), team = "kills", pipelineKind = "flinkJar" }));
        var steps = await StepsAsync(pipeline);
        var kills = 0;

        foreach (var kill in Kills(steps["savepoint"]))
        {
            var before = await SavepointsAsync(cluster);
            await KilledAsync("Savepoint", kill, pipeline);
            (await SavepointsAsync(cluster)).Except(before).Count().ShouldBe(1, $"savepoints taken with a kill at {kill}");
            kills++;
        }

        var (suspends, resumes) = (Kills(steps["suspend"]).ToArray(), Kills(steps["resume"]).ToArray());
        for (var i = 0; i < Math.Max(suspends.Length, resumes.Length); i++)
        {
            await KilledAsync("Suspend", suspends[i % suspends.Length], pipeline);
            (await ResourceAsync(cluster))["status"]!["lifecycleState"]!.GetValue<string>().ShouldBe("SUSPENDED");
            await KilledAsync("Resume", resumes[i % resumes.Length], pipeline);
            await RunsAsync(cluster);
            kills += 2;
        }

        var rate = 101;
        foreach (var kill in Kills(steps["upgrade"]))
        {
            var revisions = await RevisionsAsync(pipeline);
            await KilledAsync("Upgrade", kill, pipeline, new { manifest = Manifest(rate) });
            (await RevisionsAsync(pipeline)).ShouldBe(revisions + 1, $"revisions after an upgrade with a kill at {kill}");
            await RunsAsync(cluster);
            (await ResourceAsync(cluster))["spec"]!["job"]!["args"]!.AsArray().Select(a => (string)a!).ShouldContain($"{rate}");
            rate++;
            kills++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, each operation ended as asked and once");
    }

    /// <summary>Runs each kind once, unharmed, for the names of its steps.</summary>
    private async Task<Dictionary<string, string[]>> StepsAsync(string pipeline)
    {
        using var api = new PortalApi(_portal);
        var steps = new Dictionary<string, string[]>();
        foreach (var kind in (string[])["savepoint", "suspend", "resume", "upgrade"])
        {
            var ended = await api.SucceededAsync(await api.StartAsync(kind, pipeline, kind == "upgrade" ? new { manifest = Manifest(99) } : new { }));
            steps[kind] = [.. ended["steps"]!.AsArray().Where(s => !"skipped".Equals((string)s!["state"]!, StringComparison.OrdinalIgnoreCase)).Select(s => (string)s!["name"]!)];
            steps[kind].Length.ShouldBeGreaterThan(1);
        }

        return steps;
    }

    private static IEnumerable<string> Kills(IEnumerable<string> steps) => steps.SelectMany(s => Boundaries.Select(b => $"{s}:{b}"));

    /// <summary>Starts the operation on a portal that kills itself at the boundary, starts the portal again, and waits for the end.</summary>
    private async Task KilledAsync(string kind, string at, string pipeline, object? more = null)
    {
        await _portal.DisposeAsync();
        _portal = await PortalAsync($"{kind}:{at}");
        string id;
        using (var api = new PortalApi(_portal))
        {
            id = await api.StartAsync(kind.ToLowerInvariant(), pipeline, more);
            (await _portal.WaitForExitAsync(TimeSpan.FromMinutes(2))).ShouldBe(128 + 9, $"the portal did not kill itself at {kind}:{at}: {_portal.Output}");
        }

        await _portal.DisposeAsync();
        _portal = await PortalAsync(null);
        using var again = new PortalApi(_portal);
        var ended = await again.SucceededAsync(id, TimeSpan.FromMinutes(3));
        ended["steps"]!.AsArray().Count(s => (int)s!["attempts"]! > 1).ShouldBeLessThanOrEqualTo(1, $"only the step that was interrupted is begun again: {ended.ToJsonString()}");
    }

    private Task<PortalProcess> PortalAsync(string? crashAt) => PortalProcess.StartAsync(_simulator.Kubeconfig, _data.Path, new Dictionary<string, string?>
    {
        ["Sluice__Teams__0__Name"] = "kills",
        ["Sluice__Teams__0__Namespaces__0"] = $"eu-west/{Namespace}",
        ["Sluice__Teams__0__Namespaces__1"] = $"us-east/{Namespace}",
        ["Sluice__Testing__CrashAt"] = crashAt,
    });

    private KubernetesApi Connect(string cluster) => new(cluster, Kubeconfig.Load(_simulator.Kubeconfig, cluster, new KubeconfigOptions()), TimeProvider.System);

    private async Task<JsonObject> ResourceAsync(string cluster)
    {
        using var kubernetes = Connect(cluster);
        return await kubernetes.GetAsync(KubernetesResource.FlinkDeployments, Namespace, "survivor", TestContext.Current.CancellationToken);
    }

    private Task RunsAsync(string cluster) => Until.TrueAsync(async () => (string?)(await ResourceAsync(cluster))["status"]?["jobStatus"]?["state"] == "RUNNING", "the job to run", TimeSpan.FromSeconds(60));

    /// <summary>The savepoints that the running job's JobManager knows, by number.</summary>
    private async Task<HashSet<long>> SavepointsAsync(string cluster)
    {
        using var kubernetes = Connect(cluster);
        var job = (string)(await ResourceAsync(cluster))["status"]!["jobStatus"]!["jobId"]!;
        using var answer = await kubernetes.ProxyServiceAsync(HttpMethod.Get, Namespace, "survivor-rest", 8081, $"/jobs/{job}/checkpoints", null, TestContext.Current.CancellationToken);
        var checkpoints = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return [.. checkpoints["history"]!.AsArray().Where(c => (bool)c!["is_savepoint"]! && (string)c["status"]! == "COMPLETED").Select(c => (long)c!["id"]!)];
    }

    private async Task<int> RevisionsAsync(string pipeline)
    {
        using var api = new PortalApi(_portal);
        return (await api.GetAsync($"/pipelines/{pipeline}/revisions")).AsArray().Count;
    }

    private static string Manifest(int rate) => $$$"""
        apiVersion: flink.apache.org/v1beta1
        kind: FlinkDeployment
        metadata:
          name: survivor
          namespace: {{{Namespace}}}
        spec:
          image: registry.example/kills/survivor:1.0
          flinkVersion: v1_19
          serviceAccount: flink
          flinkConfiguration:
            taskmanager.numberOfTaskSlots: "2"
            execution.checkpointing.interval: 30 s
            state.checkpoints.dir: s3://state/checkpoints/survivor
            state.savepoints.dir: s3://state/savepoints/survivor
            high-availability.type: kubernetes
            high-availability.storageDir: s3://state/ha/survivor
          jobManager: {resource: {memory: 1g, cpu: 1}}
          taskManager: {resource: {memory: 1g, cpu: 1}}
          job:
            jarURI: local:///opt/flink/usrlib/survivor.jar
            entryClass: example.Survivor
            args: ["--rate", "{{{rate}}}"]
            parallelism: 2
            upgradeMode: savepoint
            state: running
        """;
}
