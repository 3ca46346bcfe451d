using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Tests.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

public sealed class WaitingPodReaderTests : IAsyncLifetime
{
    private readonly FakeClusters _clusters = new();
    private readonly WaitingNodes _nodes = new();
    private readonly FakeFleet _fleet = new();
    private readonly List<string> _failures = [];
    private readonly List<string> _asked = [];
    private readonly CancellationTokenSource _stop = new();
    private FakeApiServer _server = null!;
    private KubernetesApi _api = null!;
    private Task _run = Task.CompletedTask;
    private readonly JsonObject _answer = new() { ["kind"] = "PodList", ["apiVersion"] = "v1", ["metadata"] = new JsonObject { ["resourceVersion"] = "7" }, ["items"] = new JsonArray() };

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _server.Override = async context =>
        {
            if (context.Request.Path != "/api/v1/pods") return false;
            lock (_asked) _asked.Add(context.Request.QueryString.Value!);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(_answer.ToJsonString());
            return true;
        };
        _api = _server.Connect();
        _clusters.Add("east");
        _clusters.Apis["east"] = _api;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _api.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
        _failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_RowsWhoseImageCannotBePulled_LearnsTheNodesOfTheirPods()
    {
        _fleet.Set(Row("broken", "Image cannot be pulled"), Row("quiet", null));
        _answer["items"] = new JsonArray(Pod("broken", "node-3"), Pod("broken", "node-3"), Pod("broken", "node-4"), Pod("other", null), new JsonObject { ["metadata"] = null, ["spec"] = "?" });

        Start();
        await Until.TrueAsync(() => _nodes.Find(Key("broken")) is not null, "the node of the waiting pods");

        _nodes.Find(Key("broken")).ShouldBe("node-3");
        _nodes.Find(Key("other")).ShouldBeNull();
        var asked = Uri.UnescapeDataString(_asked[0]);
        asked.ShouldContain("fieldSelector=status.phase=Pending");
        asked.ShouldContain("labelSelector=type=flink-native-kubernetes");
    }

    [Fact]
    public async Task Run_NoSuchTrouble_AsksNothing()
    {
        _fleet.Set(Row("a", "Job restarts"), Row("b", null));
        Start();
        await Until.TrueAsync(() => _fleet.Reads > 0, "a look at the fleet");

        _asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_ClusterThatRefuses_IsNoFailureAndKnowsNoNodes()
    {
        _nodes.Set("east", new Dictionary<PipelineKey, string> { [Key("broken")] = "node-1" });
        _fleet.Set(Row("broken", "Image cannot be pulled"));
        _server.Override = async context =>
        {
            context.Response.StatusCode = 403;
            await context.Response.WriteAsync("""{"kind":"Status","status":"Failure","reason":"Forbidden","message":"pods is forbidden","code":403}""");
            return true;
        };

        Start();

        await Until.TrueAsync(() => _nodes.Find(Key("broken")) is null, "the node to be forgotten");
    }

    private void Start() => _run = new WaitingPodReader(_fleet, _clusters, _nodes, TimeProvider.System, (e, what) => _failures.Add($"{what}: {e}")).RunAsync(_stop.Token);

    private static PipelineKey Key(string name) => new("east", "shop", name);

    private static PipelineRow Row(string name, string? cause) => new()
    {
        Key = Key(name),
        State = new PipelineState(SyncState.InSync, cause is null ? HealthState.Healthy : HealthState.Failed, PipelinePhase.None, cause),
        Resource = new FlinkResourceRecord { ObjectKey = new ObjectKey("shop", name), Uid = name, ResourceVersion = "1", Resource = FlinkResource.Deployment },
        Kind = PipelineKind.FlinkJar,
    };

    private static JsonObject Pod(string app, string? node) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = app + "-x", ["namespace"] = "shop", ["labels"] = new JsonObject { ["app"] = app, ["type"] = "flink-native-kubernetes" } },
        ["spec"] = node is null ? [] : new JsonObject { ["nodeName"] = node },
    };
}
