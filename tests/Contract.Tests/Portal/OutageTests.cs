using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Sluice.Testing.Clusters;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.Contract.Tests.Portal;

/// <summary>A real API server that is restarted, that is silent for a minute, and that has no operator behind it.</summary>
public sealed class OutageTests(RealApiServer server) : IClassFixture<RealApiServer>, IAsyncLifetime
{
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(10);
    private readonly DataDirectory _data = new();
    private PortalProcess? _portal;

    public async ValueTask InitializeAsync()
    {
        if (SharedFolder.Path is null) return;
        _portal = await PortalProcess.StartAsync(server.Kubeconfig, _data.Path, new Dictionary<string, string?>
        {
            ["Sluice__Teams__0__Name"] = "outage",
            ["Sluice__Teams__0__Namespaces__0"] = "portal-cluster/default",
            ["Sluice__Operations__OperatorSilence"] = "00:00:05",
            ["Sluice__Operations__Start"] = "00:00:15",
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_portal is not null) await _portal.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task ApiServer_Restarted_RowsAreStaleMeanwhileAndNoUpdateIsLost()
    {
        SharedFolder.Require("cluster");
        using var api = new PortalApi(_portal!);
        using var kubernetes = Connect();
        var name = await CreateAsync(kubernetes, api, "restarted");

        server.KillApiServer();
        await Until.TrueAsync(async () => (await api.FindAsync(name))?["staleSince"] is not null, "the row to be stale", Noticed);
        ((await api.GetAsync("/clusters/portal-cluster"))["watch"]!["phase"]!.GetValue<string>()).ToLowerInvariant().ShouldBe("stale");
        await server.UpAsync();
        await ScaleAsync(kubernetes, "restarted", 7);

        await Until.TrueAsync(async () => (int?)(await api.FindAsync(name))?["parallelism"] == 7, "the change after the restart to appear", TimeSpan.FromSeconds(60));
        (await api.FindAsync(name))!["staleSince"].ShouldBeNull();
    }

    [Fact]
    public async Task ApiServer_SilentForAMinute_RowsAreStaleMeanwhileAndTheChangeAfterwardsAppears()
    {
        SharedFolder.Require("cluster");
        using var api = new PortalApi(_portal!);
        using var kubernetes = Connect();
        var name = await CreateAsync(kubernetes, api, "silent");

        using (server.FreezeApiServer())
        {
            await Until.TrueAsync(async () => (await api.FindAsync(name))?["staleSince"] is not null, "the row to be stale", Noticed);
            var until = DateTime.UtcNow + TimeSpan.FromSeconds(60);
            while (DateTime.UtcNow < until)
            {
                (await api.FindAsync(name))!["staleSince"].ShouldNotBeNull("stale data was shown as fresh");
                await Task.Delay(500);
            }
        }

        await ScaleAsync(kubernetes, "silent", 9);
        await Until.TrueAsync(async () => (int?)(await api.FindAsync(name))?["parallelism"] == 9, "the change after the silence to appear", TimeSpan.FromSeconds(60));
        await Until.TrueAsync(async () => (await api.FindAsync(name))!["staleSince"] is null, "the row to be fresh again", TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Operator_NotRunning_TheOperationSaysSoAndWaitsForAPersonInsteadOfForEver()
    {
        SharedFolder.Require("cluster");
        using var api = new PortalApi(_portal!);
        var manifest = Deployment("nobody-answers").ToJsonString();
        var id = await api.StartAsync("deploy", "portal-cluster/default/nobody-answers", new { manifest, team = "outage", pipelineKind = "flinkJar" });

        JsonNode? operation = null;
        await Until.TrueAsync(async () => (operation = await api.GetAsync("/operations/" + id)).ToJsonString().Contains("operator", StringComparison.OrdinalIgnoreCase) && operation.ToJsonString().Contains("not answered", StringComparison.OrdinalIgnoreCase),
            () => $"the operation to say that the operator does not answer: {operation?.ToJsonString()}", TimeSpan.FromSeconds(60));
        operation = await api.EndedAsync(id, TimeSpan.FromMinutes(2));
        ((string)operation["state"]!).ToLowerInvariant().ShouldBe("waiting", operation.ToJsonString());
    }

    private KubernetesApi Connect() => new("portal-cluster", Kubeconfig.Load(server.Kubeconfig, null, new KubeconfigOptions()), TimeProvider.System);

    private static async Task<string> CreateAsync(KubernetesApi kubernetes, PortalApi api, string name)
    {
        await kubernetes.CreateAsync(KubernetesResource.FlinkDeployments, "default", Deployment(name), new KubernetesWrite(), TestContext.Current.CancellationToken);
        await Until.TrueAsync(async () => await api.FindAsync($"portal-cluster/default/{name}") is not null, $"{name} to appear", TimeSpan.FromSeconds(30));
        return $"portal-cluster/default/{name}";
    }

    private static async Task ScaleAsync(KubernetesApi kubernetes, string name, int parallelism) => await kubernetes.PatchAsync(KubernetesResource.FlinkDeployments, "default", name,
        new KubernetesPatch(KubernetesPatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["job"] = new JsonObject { ["parallelism"] = parallelism } } }), new KubernetesWrite(), TestContext.Current.CancellationToken);

    private static JsonObject Deployment(string name) => new()
    {
        ["apiVersion"] = "flink.apache.org/v1beta1",
        ["kind"] = "FlinkDeployment",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" },
        ["spec"] = new JsonObject
        {
            ["image"] = "flink:1.20",
            ["flinkVersion"] = "v1_20",
            ["serviceAccount"] = "flink",
            ["flinkConfiguration"] = new JsonObject { ["state.savepoints.dir"] = "file:///savepoints", ["state.checkpoints.dir"] = "file:///checkpoints" },
            ["jobManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = "1g", ["cpu"] = 1 } },
            ["taskManager"] = new JsonObject { ["resource"] = new JsonObject { ["memory"] = "1g", ["cpu"] = 1 } },
            ["job"] = new JsonObject { ["jarURI"] = "local:///opt/flink/job.jar", ["parallelism"] = 2, ["upgradeMode"] = "savepoint", ["state"] = "running" },
        },
    };
}
