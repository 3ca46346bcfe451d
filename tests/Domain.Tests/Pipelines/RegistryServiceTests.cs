using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Access;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Specs;
using Xunit;

namespace Sluice.Domain.Tests.Pipelines;

public sealed class RegistryServiceTests
{
    private const string Resource = """
        { "apiVersion": "flink.apache.org/v1beta1", "kind": "FlinkDeployment",
          "metadata": { "name": "orders", "namespace": "team-a", "uid": "u", "resourceVersion": "9", "generation": 2, "managedFields": [ { "manager": "kubectl" } ],
            "labels": { "app": "orders" }, "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}", "note": "keep: me" } },
          "spec": { "image": "flink:1.20", "flinkConfiguration": { "state": { "savepoints.dir": "s3://x" }, "taskmanager.numberOfTaskSlots": "2", "restart-strategy.max": 3 },
            "job": { "jarURI": "local:///a.jar", "args": [ "--on", "yes", "007", "" ], "parallelism": 2, "state": "running" }, "jobManager": { "resource": { "cpu": 0.5, "memory": "1g" } } },
          "status": { "lifecycleState": "STABLE" } }
        """;

    private static readonly PipelineKey Key = new("east", "team-a", "orders");
    private static readonly Actor Me = new("demo");
    private readonly FakeStore _store = new();
    private readonly FakeClusters _clusters = new();
    private readonly ReadOnlyApi _api = new(Resource);
    private readonly RegistryService _registry;

    public RegistryServiceTests()
    {
        _clusters.Apis["east"] = _api;
        _registry = new RegistryService(_store, _clusters, TimeProvider.System, () => new Guid(7, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));
    }

    [Fact]
    public async Task AdoptAsync_OwnedNamespace_RecordsManifestAsItIsAndWritesNothing()
    {
        await OwnAsync();

        var pipeline = await _registry.AdoptAsync(Key, Me, default);

        (pipeline.Team, pipeline.Kind, pipeline.Adopted, pipeline.CreatedBy).ShouldBe(("orders", PipelineKind.FlinkJar, true, "demo"));
        var revision = (await _registry.RevisionsAsync(Key, default)).ShouldHaveSingleItem();
        var root = ManifestYaml.Parse(revision.Manifest).Root;
        JsonNode.DeepEquals(root["spec"], JsonNode.Parse(Resource)!["spec"]).ShouldBeTrue(revision.Manifest);
        root.Select(p => p.Key).ShouldBe(["apiVersion", "kind", "metadata", "spec"]);
        root["metadata"]!.ToJsonString().ShouldBe("""{"name":"orders","namespace":"team-a","labels":{"app":"orders"},"annotations":{"note":"keep: me"}}""");
        _api.Reads.ShouldBe(1, "every other call throws");
    }

    [Fact]
    public async Task DriftAsync_RightAfterAdoption_IsEmpty()
    {
        await OwnAsync();
        await _registry.AdoptAsync(Key, Me, default);

        (await _registry.DriftAsync(Key, default)).ShouldNotBeNull().Differences.ShouldBeEmpty();
    }

    [Fact]
    public async Task DriftAsync_ForeignEdit_NamesTheValues()
    {
        await OwnAsync();
        await _registry.AdoptAsync(Key, Me, default);
        _api.Object = JsonNode.Parse(Resource.Replace("\"parallelism\": 2", "\"parallelism\": 8", StringComparison.Ordinal).Replace("flink:1.20", "flink:1.21", StringComparison.Ordinal))!.AsObject();

        (await _registry.DriftAsync(Key, default))!.Differences.ShouldBe([new SpecDifference("image", "flink:1.20", "flink:1.21"), new SpecDifference("job.parallelism", "2", "8")]);
    }

    [Fact]
    public async Task DriftAsync_NotRegistered_IsNull() => (await _registry.DriftAsync(Key, default)).ShouldBeNull();

    [Fact]
    public async Task AdoptAsync_Twice_IsRefused()
    {
        await OwnAsync();
        await _registry.AdoptAsync(Key, Me, default);

        await Should.ThrowAsync<AlreadyRegisteredException>(() => _registry.AdoptAsync(Key, Me, default));
    }

    [Fact]
    public async Task AdoptAsync_NamespaceOfNobody_SaysWhatToDo() =>
        (await Should.ThrowAsync<RegistryException>(() => _registry.AdoptAsync(Key, Me, default))).Message.ShouldContain("No team owns the namespace team-a on east");

    [Fact]
    public async Task AdoptAsync_NamespaceOfAnotherTeam_IsRefused()
    {
        await OwnAsync();
        await _store.SaveTeamAsync(new Team("other", "Other", []), default);

        (await Should.ThrowAsync<RegistryException>(() => _registry.AdoptAsync(Key, "other", PipelineKind.Unknown, Me, "", default))).Message.ShouldContain("belongs to team orders");
    }

    [Fact]
    public async Task AdoptAsync_BeingDeleted_IsRefused()
    {
        await OwnAsync();
        _api.Object["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";

        await Should.ThrowAsync<RegistryException>(() => _registry.AdoptAsync(Key, Me, default));
        (await _store.AllAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task AdoptAsync_UnknownCluster_IsRefused()
    {
        await OwnAsync();
        _clusters.Apis.Clear();

        (await Should.ThrowAsync<RegistryException>(() => _registry.AdoptAsync(Key, Me, default))).Message.ShouldContain("No cluster named east");
    }

    [Fact]
    public void Diff_OneLineChanged_ShowsItWithItsSurroundings()
    {
        var first = new Revision(Guid.Empty, 1, "a: 1\nb: 2\nc: 3\n", "x", "", DateTimeOffset.UnixEpoch, null);

        RegistryService.Diff(first, first with { Manifest = "a: 1\nb: 5\nc: 3\n" }).ShouldBe(" a: 1\n-b: 2\n+b: 5\n c: 3\n");
        RegistryService.Diff(first, first).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"flinkConfiguration":{"a":{"b":1}}}""", """{"flinkConfiguration":{"a.b":"1"}}""", "")]
    [InlineData("""{"taskManager":{"resource":{"cpu":1}}}""", """{"taskManager":{"resource":{"cpu":1.0}}}""", "")]
    [InlineData("""{"job":{"args":[]},"ingress":null}""", """{"job":{}}""", "")]
    [InlineData("""{"job":{}}""", """{"job":{"state":"suspended","savepointTriggerNonce":5}}""", "")]
    [InlineData("""{"podTemplate":{"spec":{}}}""", """{"podTemplate":{"apiVersion":"v1","kind":"Pod","spec":{}},"jobManager":{"replicas":1}}""", "")]
    [InlineData("""{"job":{"args":["a","b"]}}""", """{"job":{"args":["a"]}}""", "job.args[1]")]
    [InlineData("""{}""", """{"image":"x"}""", "image")]
    [InlineData("""{"image":"x"}""", """{"image":""}""", "image")]
    public void Compare_Specs_GivesThePathsThatMeanSomethingElse(string desired, string actual, string paths) =>
        string.Join(' ', SpecComparison.Compare(JsonNode.Parse(desired)!.AsObject(), JsonNode.Parse(actual)!.AsObject()).Select(d => d.Path)).ShouldBe(paths);

    private Task OwnAsync() => _store.SaveTeamAsync(new Team("orders", "Orders", [new TeamNamespace("east", "team-a")]), default);

    /// <summary>An API server that has one object and refuses to be written to.</summary>
    private sealed class ReadOnlyApi(string json) : IKubernetesApi
    {
        public JsonObject Object { get; set; } = JsonNode.Parse(json)!.AsObject();

        public int Reads { get; private set; }

        public string Cluster => "east";

        public Task<JsonObject> GetAsync(KubernetesResource resource, string? ns, string name, CancellationToken cancellationToken)
        {
            Reads++;
            return Task.FromResult((JsonObject)Object.DeepClone());
        }

        public Task<KubernetesList> ListAsync(KubernetesResource resource, string? ns, KubernetesListQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<JsonObject> CreateAsync(KubernetesResource resource, string? ns, JsonObject body, KubernetesWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<JsonObject> PatchAsync(KubernetesResource resource, string? ns, string name, KubernetesPatch patch, KubernetesWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(KubernetesResource resource, string? ns, string name, string? uid, KubernetesWrite write, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<KubernetesLogLine> ReadLogAsync(string ns, string pod, KubernetesLogQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<HttpResponseMessage> ProxyServiceAsync(HttpMethod method, string ns, string service, int port, string pathAndQuery, HttpContent? content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ClusterCapabilities> DiscoverAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
