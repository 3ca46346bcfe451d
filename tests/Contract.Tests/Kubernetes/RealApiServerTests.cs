using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Sluice.Testing.Clusters;
using Xunit;

namespace Sluice.Contract.Tests.Kubernetes;

public sealed class RealApiServerTests(RealApiServer server) : KubernetesCases, IClassFixture<RealApiServer>
{
    protected override string Kubeconfig
    {
        get
        {
            SharedFolder.Require("cluster");
            return server.Kubeconfig;
        }
    }

    [Fact]
    public async Task Patch_Apply_NamesTheOtherOwner()
    {
        using var api = Connect();
        var name = NewName();
        JsonObject Body(int parallelism)
        {
            var body = Deployment(name, parallelism);
            body["metadata"]!.AsObject().Remove("labels");
            return body;
        }

        await api.PatchAsync(KubernetesResource.FlinkDeployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Apply, Body(1)), new KubernetesWrite(FieldManager: "helm"), Soon);
        var refused = await Should.ThrowAsync<KubernetesException>(() => api.PatchAsync(KubernetesResource.FlinkDeployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Apply, Body(2)), new KubernetesWrite(), Soon));
        refused.Error.ShouldBe(KubernetesError.Conflict);
        refused.Causes.ShouldContain(c => c.Field == "spec.job.parallelism" && c.Message.Contains("helm"));
        (await api.PatchAsync(KubernetesResource.FlinkDeployments, Namespace, name, new KubernetesPatch(KubernetesPatchType.Apply, Body(2)), new KubernetesWrite(Force: true), Soon))["spec"]!["job"]!["parallelism"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task Connect_ByToken_WorksAndAWrongOneIsSaid()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("sluice-token-").FullName, "config");
        string Config(string token) => $"clusters: [{{name: c, cluster: {{server: '{server.Server}', certificate-authority: '{server.CertificateAuthority}'}}}}]\nusers: [{{name: u, user: {{token: {token}}}}}]\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\ncurrent-context: x\n";
        SharedFolder.Require("cluster");
        await File.WriteAllTextAsync(file, Config("portal-test-token"));
        using (var api = new KubernetesApi("token", Domain.Kubernetes.Kubeconfig.Load(file, null, new KubeconfigOptions()), TimeProvider.System))
            (await api.DiscoverAsync(Soon)).HasSnapshots.ShouldBeTrue();
        await File.WriteAllTextAsync(file, Config("wrong-test-token"));
        using var wrong = new KubernetesApi("token", Domain.Kubernetes.Kubeconfig.Load(file, null, new KubeconfigOptions()), TimeProvider.System);
        var refused = await Should.ThrowAsync<KubernetesException>(() => wrong.DiscoverAsync(Soon));
        refused.Error.ShouldBe(KubernetesError.Unauthorized);
        refused.ToString().ShouldNotContain("wrong-test-token");
    }

    [Fact]
    public async Task Reflector_KilledServer_IsStaleWithinFiveSecondsThenResumes()
    {
        SharedFolder.Require("cluster");
        using var api = Connect();
        await using var reflector = Watch(api);
        await Until.TrueAsync(() => reflector.Current.State.Phase == ReflectorPhase.Synced, "the first list");
        server.KillApiServer();
        await Until.TrueAsync(() => reflector.Current.State.Phase == ReflectorPhase.Stale, "the loss to be said", TimeSpan.FromSeconds(6));
        reflector.Current.State.AsOf.ShouldNotBeNull();
        await server.UpAsync();
        var name = await CreatedAsync(api);
        await Until.TrueAsync(() => reflector.Current is { State.Phase: ReflectorPhase.Synced } now && now.Items.ContainsKey(new ObjectKey(Namespace, name)), "the reconnect", TimeSpan.FromSeconds(60));
        // A server that comes back has no history in its watch cache and may answer 410 once: one list more, never a loop.
        reflector.Counters.Lists.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task Directory_FrozenServer_IsStaleWithinSecondsThenFreshWithoutAList()
    {
        SharedFolder.Require("cluster");
        await using var directory = new ClusterDirectory(new ClusterDirectoryOptions());
        await directory.SetAsync(new ClusterSettings("frozen", null, Kubeconfig), Soon);
        var feed = directory.Deployments("frozen")!;
        await Until.TrueAsync(() => feed.Current.State.Phase == ReflectorPhase.Synced && directory.All.Single().AnsweredAt is not null, "the first list and the first answer");
        using (server.FreezeApiServer())
        {
            await Until.TrueAsync(() => feed.Current.State.Phase == ReflectorPhase.Stale, "the silence to be noticed", TimeSpan.FromSeconds(8));
            directory.All.Single().Watch.Phase.ShouldBe(ReflectorPhase.Stale);
            feed.Current.State.AsOf.ShouldNotBeNull();
        }

        using var api = Connect();
        var name = await CreatedAsync(api);
        await Until.TrueAsync(() => feed.Current is { State.Phase: ReflectorPhase.Synced } now && now.Items.ContainsKey(new ObjectKey(Namespace, name)), () => $"the return; it is {feed.Current.State}", TimeSpan.FromSeconds(15));
        ((Reflector<Domain.Pipelines.FlinkResourceRecord>)feed).Counters.Lists.ShouldBe(1);
    }

    [Fact]
    public async Task Watch_CompactedVersion_IsExpired()
    {
        SharedFolder.Require("cluster");
        using var api = Connect();
        var old = (await api.ListAsync(KubernetesResource.FlinkDeployments, null, new KubernetesListQuery(), Soon)).ResourceVersion;
        for (var i = 0; i < 3; i++) await CreatedAsync(api);
        var now = (await api.ListAsync(KubernetesResource.FlinkDeployments, null, new KubernetesListQuery(), Soon)).ResourceVersion;
        await server.CompactAsync(now);
        // The watch cache may still hold that version: a new server process has none but etcd's.
        server.KillApiServer();
        await server.UpAsync();
        using var answer = await api.OpenWatchAsync(KubernetesResource.FlinkDeployments, null, old, TimeSpan.FromSeconds(10), Soon);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync())!.ShouldContain("\"code\":410");
    }

    [Fact]
    public async Task Test_WrongCertificateAuthority_IsSaid()
    {
        SharedFolder.Require("cluster");
        var folder = Directory.CreateTempSubdirectory("sluice-ca-").FullName;
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using var other = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=other", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(folder, "other.crt"), other.ExportCertificatePem());
        var file = Path.Combine(folder, "config");
        await File.WriteAllTextAsync(file, $"clusters: [{{name: c, cluster: {{server: '{server.Server}', certificate-authority: other.crt}}}}]\ncontexts: [{{name: x, context: {{cluster: c}}}}]\ncurrent-context: x\n");
        await using var directory = new ClusterDirectory(new ClusterDirectoryOptions());
        var test = await directory.TestAsync(new ClusterSettings("wrong-ca", null, file), Soon);
        test.Ok.ShouldBeFalse();
        test.Problem!.ShouldContain("certificate authority");
    }
}
