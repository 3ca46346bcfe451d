using Shouldly;
using Sluice.Domain.Kubernetes;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

public sealed class KubeconfigTests : IDisposable
{
    private const string Secret = "s3cr3t-t0ken-value";
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    private static string Config(string server, string user = "{}", string cluster = "", string name = "x") =>
        $"clusters: [{{name: {name}, cluster: {{server: '{server}'{cluster}}}}}]\nusers: [{{name: {name}, user: {user}}}]\ncontexts: [{{name: {name}, context: {{cluster: {name}, user: {name}}}}}]\ncurrent-context: {name}\n";

    private static KubernetesException Refused(string paths, string? context = null, KubeconfigOptions? options = null) =>
        Should.Throw<KubernetesException>(() => Kubeconfig.Load(paths, context, options ?? new KubeconfigOptions()));

    [Fact]
    public void Load_SeveralFiles_FirstEntryWinsWholeAndAbsentFilesAreSkipped()
    {
        var first = Write("a", Config("https://one:6443"));
        var second = Write("b", Config("https://two", name: "x") + "---\n");
        var third = Write("c", Config("https://three", name: "y"));
        var paths = string.Join(Path.PathSeparator, Path.Combine(_folder, "absent"), first, second, third);
        Kubeconfig.Load(paths, null, new KubeconfigOptions()).Server.ShouldBe(new Uri("https://one:6443"));
        Kubeconfig.Load(paths, "y", new KubeconfigOptions()).Server.ShouldBe(new Uri("https://three"));
        Kubeconfig.Contexts(paths).ShouldBe(["x", "y"]);
    }

    [Fact]
    public void Load_ServerWithAPath_KeepsIt()
    {
        var target = Kubeconfig.Load(Write("a", Config("https://rancher/k8s/clusters/c-1/")), null, new KubeconfigOptions());
        target.Url("/version").ShouldBe(new Uri("https://rancher/k8s/clusters/c-1/version"));
    }

    [Fact]
    public async Task Load_RelativePaths_BeginAtTheFolderOfTheirOwnFile()
    {
        Write("two/token", Secret);
        var first = Write("one/config", "current-context: x\n");
        var second = Write("two/config", Config("http://127.0.0.1:1", "{tokenFile: token}"));
        var target = Kubeconfig.Load($"{first}{Path.PathSeparator}{second}", null, new KubeconfigOptions());
        (await target.Credentials.GetAsync(CancellationToken.None)).Token.ShouldBe(Secret);
    }

    [Theory]
    [InlineData("clusters: []\ncontexts: []\n", "no clusters")]
    [InlineData("clusters: [{name: x, cluster: {server: 'https://a'}}]\ncontexts: [{name: x, context: {cluster: x}}]\n", "current-context")]
    [InlineData("clusters: [{name: y, cluster: {server: 'https://a'}}]\ncontexts: [{name: x, context: {cluster: x}}]\ncurrent-context: x\n", "names the cluster \"x\"")]
    [InlineData("clusters: [{name: x, cluster: {server: 'https://a'}}]\ncontexts: [{name: x, context: {cluster: x, user: gone}}]\ncurrent-context: x\n", "names the user \"gone\"")]
    [InlineData("a: &a [1]\nb: *a\n", "aliases")]
    [InlineData("token: s3cr3t-t0ken-value\n  bad: [", "not valid YAML")]
    [InlineData("- 1\n", "not a kubeconfig")]
    public void Load_BrokenFile_SaysWhatIsMissing(string text, string expected)
    {
        var refused = Refused(Write("a", text));
        refused.Error.ShouldBe(KubernetesError.Configuration);
        refused.Message.ShouldContain(expected);
        refused.ToString().ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData("https://a", "{username: u, password: s3cr3t-t0ken-value}", "", "no longer accept")]
    [InlineData("https://a", "{auth-provider: {name: gcp}}", "", "no longer accept")]
    [InlineData("https://a", "{as: root}", "", "acts as somebody else")]
    [InlineData("https://a", "{client-certificate-data: QQ==}", "", "no key")]
    [InlineData("https://a", "{}", ", certificate-authority-data: QQ==, insecure-skip-tls-verify: true", "insecure-skip-tls-verify")]
    [InlineData("https://a", "{}", ", certificate-authority-data: '%%'", "base64")]
    [InlineData("http://example.org", "{token: s3cr3t-t0ken-value}", "", "plain http")]
    [InlineData("https://u:s3cr3t-t0ken-value@a", "{}", "", "user name or password")]
    [InlineData("ftp://a", "{}", "", "not an http or https URL")]
    [InlineData("https://a", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/true, interactiveMode: Never}}", "", "not allowed")]
    [InlineData("https://a", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/true, interactiveMode: Always}}", "", "terminal")]
    [InlineData("https://a", "{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: /bin/true}}", "", "v1alpha1")]
    public void Load_WhatSluiceDoesNotDo_IsRefusedInWordsWithoutSecrets(string server, string user, string cluster, string expected)
    {
        var refused = Refused(Write("a", Config(server, user, cluster)));
        refused.Message.ShouldContain(expected);
        refused.ToString().ShouldNotContain(Secret);
    }

    [Fact]
    public void Load_NoFile_NamesTheWholePath() => Refused(Path.Combine(_folder, "none")).Message.ShouldContain(Path.Combine(_folder, "none"));

    [Fact]
    public async Task TokenFile_EmptyForAMoment_KeepsTheLastGoodToken()
    {
        var file = Write("token", "one");
        var credential = new FileCredential(new FileOrData(file, null), null, null, TimeProvider.System);
        var first = await credential.GetAsync(CancellationToken.None);
        await File.WriteAllTextAsync(file, "");
        credential.Rejected(first).ShouldBeTrue();
        (await credential.GetAsync(CancellationToken.None)).Token.ShouldBe("one");
        await File.WriteAllTextAsync(file, "two\n");
        credential.Rejected(await credential.GetAsync(CancellationToken.None)).ShouldBeTrue();
        (await credential.GetAsync(CancellationToken.None)).Token.ShouldBe("two");
    }

    [Fact]
    public async Task Token_Refused_IsRenewedOnceAndSentAgain()
    {
        await using var server = await FakeApiServer.StartAsync();
        var file = Write("token", "old");
        server.Override = async context =>
        {
            if (context.Request.Headers.Authorization == "Bearer new") return false;
            await File.WriteAllTextAsync(file, "new");
            await FakeApiServer.StatusAsync(context, 401, "Unauthorized");
            return true;
        };
        using var api = new KubernetesApi("fake", Kubeconfig.Load(Write("a", Config(server.Url, $"{{tokenFile: '{file}'}}")), null, new KubeconfigOptions()), TimeProvider.System);
        (await api.ListAsync(KubernetesResource.FlinkDeployments, null, new KubernetesListQuery(), CancellationToken.None)).Items.ShouldBeEmpty();
        server.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-plugin"}}'""", null)]
    [InlineData("exit 3", "exit code 3")]
    [InlineData("echo s3cr3t-t0ken-value", "not an ExecCredential")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"t"}}'""", "another version")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"clientKeyData":"k"}}'""", "half a client certificate")]
    [InlineData("exec sleep 30", "did not end within")]
    public async Task ExecPlugin_Answers_AreUsedOrRefusedInWords(string script, string? problem)
    {
        var command = Write("plugin", "#!/bin/sh\n" + script + "\n");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the plugin is a shell script");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var file = Write("a", Config("https://a", "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never}}"));
        var target = Kubeconfig.Load(file, null, new KubeconfigOptions { AllowedPlugins = [command], PluginTimeout = TimeSpan.FromMilliseconds(700) });
        if (problem is null)
        {
            var both = await Task.WhenAll(target.Credentials.GetAsync(CancellationToken.None).AsTask(), target.Credentials.GetAsync(CancellationToken.None).AsTask());
            both[0].Token.ShouldBe("from-plugin");
            both[1].ShouldBeSameAs(both[0]);
            return;
        }

        var refused = await Should.ThrowAsync<KubernetesException>(async () => await target.Credentials.GetAsync(CancellationToken.None));
        refused.Message.ShouldContain(problem);
        refused.ToString().ShouldNotContain(Secret);
    }
}
