using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Xunit;

namespace Sluice.Contract.Tests.Kubernetes;

/// <summary>What Sluice expects of every API server that it may meet. The same cases run against a real one and against the simulator.</summary>
public abstract class KubernetesCases
{
    private static readonly KubernetesResource Deployments = KubernetesResource.FlinkDeployments;
    private static int _names;

    /// <summary>The server's kubeconfig; skips the test where there is no server.</summary>
    protected abstract string Kubeconfig { get; }

    /// <summary>A namespace that exists and that the cases may fill.</summary>
    protected virtual string Namespace => "default";

    protected static CancellationToken Soon { get; } = CancellationToken.None;

    protected static string NewName() => $"case-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}";

    protected KubernetesApi Connect() => new("contract", Domain.Kubernetes.Kubeconfig.Load(Kubeconfig, null, new KubeconfigOptions()), TimeProvider.System);

    protected static JsonObject Deployment(string name, int parallelism = 1) => new()
    {
        ["apiVersion"] = "flink.apache.org/v1beta1",
        ["kind"] = "FlinkDeployment",
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["case"] = name } },
        ["spec"] = new JsonObject
        {
            ["image"] = "flink:1.19",
            ["flinkVersion"] = "v1_19",
            ["serviceAccount"] = "flink",
            ["jobManager"] = new JsonObject { ["resource"] = new JsonObject { ["cpu"] = 1, ["memory"] = "1024m" } },
            ["taskManager"] = new JsonObject { ["resource"] = new JsonObject { ["cpu"] = 1, ["memory"] = "1024m" } },
            ["job"] = new JsonObject { ["jarURI"] = "local:///opt/job.jar", ["parallelism"] = parallelism, ["upgradeMode"] = "savepoint", ["state"] = "running" },
        },
    };

    private static JsonObject Parallelism(int value, string? version = null)
    {
        var patch = new JsonObject { ["spec"] = new JsonObject { ["job"] = new JsonObject { ["parallelism"] = value } } };
        if (version is not null) patch["metadata"] = new JsonObject { ["resourceVersion"] = version };
        return patch;
    }

    private static string Version(JsonObject item) => item["metadata"]!["resourceVersion"]!.GetValue<string>();

    [Fact]
    public async Task Discover_TellsVersionKindsAndSchemas()
    {
        using var api = Connect();
        var found = await api.DiscoverAsync(Soon);
        found.KubernetesVersion.ShouldStartWith("v1.");
        found.FlinkKinds.ShouldContain("FlinkDeployment");
        found.FlinkKinds.ShouldContain("FlinkSessionJob");
        found.Schemas["FlinkDeployment"]["properties"]!["spec"]!["properties"]!["job"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Create_Get_Patch_Delete_RoundTrips()
    {
        using var api = Connect();
        var name = NewName();
        var created = await api.CreateAsync(Deployments, Namespace, Deployment(name), new KubernetesWrite(), Soon);
        created["metadata"]!["uid"]!.GetValue<string>().ShouldNotBeEmpty();
        var patched = await api.PatchAsync(Deployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Merge, Parallelism(3, Version(created))), new KubernetesWrite(), Soon);
        patched["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(3);
        patched["metadata"]!["generation"]!.GetValue<long>().ShouldBe(created["metadata"]!["generation"]!.GetValue<long>() + 1);
        (await api.GetAsync(Deployments, Namespace, name, Soon))["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(3);
        await api.DeleteAsync(Deployments, Namespace, name, created["metadata"]!["uid"]!.GetValue<string>(), new KubernetesWrite(), Soon);
        await GoneAsync(api, name);
    }

    [Fact]
    public async Task Create_DryRun_ValidatesAndStoresNothing()
    {
        using var api = Connect();
        var name = NewName();
        var answer = await api.CreateAsync(Deployments, Namespace, Deployment(name), new KubernetesWrite(DryRun: true), Soon);
        answer["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(1);
        (await Should.ThrowAsync<KubernetesException>(() => api.GetAsync(Deployments, Namespace, name, Soon))).Error.ShouldBe(KubernetesError.NotFound);
    }

    [Fact]
    public async Task Patch_DryRun_AnswersTheResultAndStoresNothing()
    {
        using var api = Connect();
        var name = await CreatedAsync(api);
        var answer = await api.PatchAsync(Deployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Merge, Parallelism(9)), new KubernetesWrite(DryRun: true), Soon);
        answer["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(9);
        (await api.GetAsync(Deployments, Namespace, name, Soon))["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task Patch_StaleVersion_IsAConflict()
    {
        using var api = Connect();
        var name = await CreatedAsync(api);
        var stale = Version(await api.GetAsync(Deployments, Namespace, name, Soon));
        await api.PatchAsync(Deployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Merge, Parallelism(2)), new KubernetesWrite(), Soon);
        var refused = await Should.ThrowAsync<KubernetesException>(() => api.PatchAsync(Deployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Merge, Parallelism(5, stale)), new KubernetesWrite(), Soon));
        refused.Error.ShouldBe(KubernetesError.Conflict);
        (await api.GetAsync(Deployments, Namespace, name, Soon))["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task Patch_NullInMerge_RemovesTheField()
    {
        using var api = Connect();
        var name = await CreatedAsync(api);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["case"] = null } } };
        var patched = await api.PatchAsync(Deployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Merge, patch), new KubernetesWrite(), Soon);
        (patched["metadata"]!["labels"] as JsonObject)?.ContainsKey("case").ShouldBeFalse();
    }

    [Fact]
    public async Task Patch_Json_TestsAndReplaces()
    {
        using var api = Connect();
        var name = await CreatedAsync(api);
        JsonArray Change(int expected) => new(
            new JsonObject { ["op"] = "test", ["path"] = "/spec/job/parallelism", ["value"] = expected },
            new JsonObject { ["op"] = "replace", ["path"] = "/spec/job/parallelism", ["value"] = 4 });
        (await Should.ThrowAsync<KubernetesException>(() => api.PatchAsync(Deployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Json, Change(77)), new KubernetesWrite(), Soon))).Error.ShouldBe(KubernetesError.Invalid);
        (await api.PatchAsync(Deployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Json, Change(1)), new KubernetesWrite(), Soon))["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(4);
    }

    [Fact]
    public async Task Create_Twice_AlreadyExists()
    {
        using var api = Connect();
        var name = await CreatedAsync(api);
        (await Should.ThrowAsync<KubernetesException>(() => api.CreateAsync(Deployments, Namespace, Deployment(name), new KubernetesWrite(), Soon))).Error.ShouldBe(KubernetesError.AlreadyExists);
    }

    [Fact]
    public async Task Get_AbsentObjectAndAbsentKind_AreToldApart()
    {
        using var api = Connect();
        (await Should.ThrowAsync<KubernetesException>(() => api.GetAsync(Deployments, Namespace, "no-such", Soon))).Error.ShouldBe(KubernetesError.NotFound);
        var kind = new KubernetesResource("nothing.example.org", "v1", "things", "Thing");
        (await Should.ThrowAsync<KubernetesException>(() => api.ListAsync(kind, Namespace, new KubernetesListQuery(), Soon))).Error.ShouldBe(KubernetesError.NotServed);
    }

    [Fact]
    public async Task Create_AgainstTheSchema_IsInvalidAndNamesTheField()
    {
        using var api = Connect();
        var body = Deployment(NewName());
        body["spec"]!["job"]!["parallelism"] = "many";
        var refused = await Should.ThrowAsync<KubernetesException>(() => api.CreateAsync(Deployments, Namespace, body, new KubernetesWrite(DryRun: true), Soon));
        refused.Error.ShouldBe(KubernetesError.Invalid);
        (refused.Message + string.Concat(refused.Causes)).ShouldContain("parallelism");
    }

    [Fact]
    public async Task Delete_OtherUid_IsAConflictAndKeepsTheObject()
    {
        using var api = Connect();
        var name = await CreatedAsync(api);
        (await Should.ThrowAsync<KubernetesException>(() => api.DeleteAsync(Deployments, Namespace, name, "00000000-0000-0000-0000-000000000000", new KubernetesWrite(), Soon))).Error.ShouldBe(KubernetesError.Conflict);
        (await api.GetAsync(Deployments, Namespace, name, Soon)).ShouldNotBeNull();
    }

    [Fact]
    public async Task List_LabelSelector_FindsOnlyItsObjects()
    {
        using var api = Connect();
        var name = await CreatedAsync(api);
        await CreatedAsync(api);
        var list = await api.ListAsync(Deployments, Namespace, new KubernetesListQuery($"case={name}"), Soon);
        list.Items.ShouldHaveSingleItem()["metadata"]!["name"]!.GetValue<string>().ShouldBe(name);
        list.ResourceVersion.ShouldNotBeEmpty();
        (await api.ListAsync(Deployments, null, new KubernetesListQuery($"case={name}"), Soon)).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Reflector_FollowsCreateChangeAndDelete()
    {
        using var api = Connect();
        await using var reflector = Watch(api);
        await Until.TrueAsync(() => reflector.Current.State.Phase == ReflectorPhase.Synced, () => $"the first list; the state is {reflector.Current.State}");
        var name = await CreatedAsync(api);
        var key = new ObjectKey(Namespace, name);
        await Until.TrueAsync(() => reflector.Current.Items.ContainsKey(key), "the new object");
        await api.PatchAsync(Deployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Merge, Parallelism(6)), new KubernetesWrite(), Soon);
        await Until.TrueAsync(() => reflector.Current.Items.TryGetValue(key, out var record) && record.Parallelism == 6, "the change");
        await api.DeleteAsync(Deployments, Namespace, name, null, new KubernetesWrite(), Soon);
        await Until.TrueAsync(() => !reflector.Current.Items.ContainsKey(key), "the removal");
        reflector.Counters.Lists.ShouldBe(1);
    }

    [Fact]
    public async Task Directory_ConnectsByKubeconfigAndTellsPermissions()
    {
        await using var directory = new ClusterDirectory(new ClusterDirectoryOptions());
        var settings = new ClusterSettings("contract", null, Kubeconfig);
        var test = await directory.TestAsync(settings, Soon);
        test.Problem.ShouldBeNull();
        test.Ok.ShouldBeTrue();
        test.Permissions.ShouldContain(p => p.Verb == "watch" && p.Resource == "flinkdeployments.flink.apache.org" && p.Allowed);
        await directory.SetAsync(settings, Soon);
        await Until.TrueAsync(() => directory.All[0] is { Watch.Phase: ReflectorPhase.Synced, Capabilities: not null }, "the cluster's state");
        directory.Deployments("contract")!.Current.State.AsOf.ShouldNotBeNull();
    }

    protected static Reflector<FlinkResourceRecord> Watch(KubernetesApi api)
    {
        var reflector = new Reflector<FlinkResourceRecord>(api, Deployments, null, FlinkResourceReader.ReadDeployment);
        reflector.Start();
        return reflector;
    }

    protected async Task<string> CreatedAsync(KubernetesApi api)
    {
        var name = NewName();
        await api.CreateAsync(Deployments, Namespace, Deployment(name), new KubernetesWrite(), Soon);
        return name;
    }

    private Task GoneAsync(KubernetesApi api, string name) => Until.TrueAsync(async () =>
    {
        try
        {
            await api.GetAsync(Deployments, Namespace, name, Soon);
            return false;
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            return true;
        }
    }, $"{name} to be gone");
}
