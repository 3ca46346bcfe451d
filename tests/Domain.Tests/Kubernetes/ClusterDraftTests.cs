using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shouldly;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>What is entered for a cluster: each mistake names its field and what is allowed there, and none shows a secret.</summary>
public sealed class ClusterDraftTests
{
    private const string Secret = "s3cr3t-t0ken-value";

    [Theory]
    [InlineData("", "name", "1 to 63 lower-case letters")]
    [InlineData("Not_a_label", "name", "Not_a_label")]
    [InlineData("ends-", "name", "letter or digit at both ends")]
    public void Check_Name_SaysWhatIsAllowed(string name, string field, string words) => Refused(Text(Config()), field, words, name);

    [Theory]
    [InlineData("just some words", "not a kubeconfig")]
    [InlineData("token: s3cr3t-t0ken-value\n  bad: [", "not valid YAML near line")]
    [InlineData("{}", "holds no contexts")]
    [InlineData("\u0000\u0001", "not a kubeconfig")]
    [InlineData("   ", "Paste the text")]
    public void Check_Garbage_IsRefusedAtTheText(string text, string words) => Refused(Text(text), "kubeconfigText", words);

    [Fact]
    public void Check_TwoMegabytes_AreRefusedUnread() => Refused(Text(Config() + "# " + new string('x', 2_000_000)), "kubeconfigText", "larger than 1 MiB");

    [Theory]
    [InlineData("{exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/true, interactiveMode: Never}}", "running a program (exec)")]
    [InlineData("{tokenFile: /etc/shadow}", "names a file (tokenFile)")]
    [InlineData("{client-certificate: /a, client-key: /b}", "names a file (client-certificate)")]
    [InlineData("{username: u, password: s3cr3t-t0ken-value}", "no longer accept")]
    public void Check_TextThatNamesFilesOrPrograms_IsRefused(string user, string words) => Refused(Text(Config(user)), "kubeconfigText", words);

    [Fact]
    public void Check_SeveralContexts_AsksForOneAndListsThem()
    {
        const string Several = "clusters: [{name: c, cluster: {server: 'https://a'}}]\ncontexts: [{name: east, context: {cluster: c}}, {name: west, context: {cluster: c}}]\ncurrent-context: east\n";
        Refused(Text(Several), "context", "Choose one of: east, west");
        Refused(Text(Several, "north"), "context", "Allowed are: east, west");
        Text(Several, "west").Check(null, new KubeconfigOptions()).Settings!.Context.ShouldBe("west");
    }

    [Fact]
    public void Check_ExpiredClientCertificate_SaysSince()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var old = new CertificateRequest("CN=sluice", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(-1));
        Refused(Text(Config($"{{client-certificate-data: {Base64(old.ExportCertificatePem())}, client-key-data: {Base64(key.ExportPkcs8PrivateKeyPem())}}}")), "kubeconfigText", "expired on");
    }

    [Fact]
    public void Check_AuthorityThatIsNone_SaysSo() => Refused(Text(Config(cluster: $", certificate-authority-data: {Base64("no certificate")}")), "kubeconfigText", "certificate authority");

    [Fact]
    public void Check_PlainHttpWithACredential_IsRefused()
    {
        Refused(Text(Config($"{{token: {Secret}}}", server: "http://example.org")), "kubeconfigText", "plain http");
        Refused(Token("http://example.org:6443", Secret), "server", "Use https");
    }

    [Theory]
    [InlineData("not a url", Secret, null, "server", "https URL")]
    [InlineData("https://a:6443", "", null, "token", "token of a service account")]
    [InlineData("https://a:6443", "two words", null, "token", "no blanks")]
    [InlineData("https://a:6443", Secret, "QUJD", "certificateAuthority", "-----BEGIN CERTIFICATE-----")]
    public void Check_Token_NamesTheField(string server, string token, string? authority, string field, string words) => Refused(Token(server, token, authority), field, words);

    [Fact]
    public void Check_OtherFields_NameThemselves()
    {
        Refused(new ClusterDraft { Name = "west", Source = ClusterSource.Kubeconfig, Kubeconfig = Config(), Namespaces = ["ok", "Not ok"] }, "namespaces", "Not ok");
        Refused(new ClusterDraft { Name = "west", Source = ClusterSource.Kubeconfig, Kubeconfig = Config(), Access = JobManagerAccess.Ingress, IngressTemplate = "ftp://{name}" }, "ingressTemplate", "{name}");
        Refused(new ClusterDraft { Name = "west", Source = ClusterSource.Kept }, "source", "Allowed are inCluster, file, kubeconfig and token");
        Refused(new ClusterDraft { Name = "west", Source = ClusterSource.File }, "kubeconfig", "Name the kubeconfig file");
        var (_, problems) = new ClusterDraft { Name = "west", Source = ClusterSource.InCluster }.Check(null, new KubeconfigOptions { Environment = static _ => null });
        problems.Single().ShouldSatisfyAllConditions(p => p.Field.ShouldBe("source"), p => p.Message.ShouldContain("does not run inside a cluster"));
    }

    [Fact]
    public void Check_Kept_TakesTheOldCredentialsAndNothingPrintsThem()
    {
        var (first, _) = Token("https://a:6443", Secret).Check(null, new KubeconfigOptions());
        var (second, problems) = new ClusterDraft { Name = "west", Source = ClusterSource.Kept, Namespaces = ["team"] }.Check(first, new KubeconfigOptions());
        problems.ShouldBeEmpty();
        second!.Credentials.ShouldBe(first!.Credentials);
        second.ToString().ShouldNotContain(Secret);
        System.Text.Json.JsonSerializer.Serialize(second).ShouldNotContain(Secret);
        ClusterConnection.Target(second, new ClusterDirectoryOptions()).Server.ShouldBe(new Uri("https://a:6443"));
    }

    private static void Refused(ClusterDraft draft, string field, string words, string? name = null)
    {
        if (name is not null) draft = new ClusterDraft { Name = name, Source = draft.Source, Kubeconfig = draft.Kubeconfig };
        var (settings, problems) = draft.Check(null, new KubeconfigOptions());
        settings.ShouldBeNull();
        var problem = problems.First(p => p.Field == field);
        problem.Message.ShouldContain(words);
        problem.Message.ShouldNotContain(Secret);
    }

    private static ClusterDraft Text(string text, string? context = null) => new() { Name = "west", Source = ClusterSource.Kubeconfig, Kubeconfig = text, Context = context };

    private static ClusterDraft Token(string server, string token, string? authority = null) => new() { Name = "west", Source = ClusterSource.Token, Server = server, Token = token, CertificateAuthority = authority };

    private static string Config(string user = "{}", string cluster = "", string server = "https://a:6443") =>
        $"clusters: [{{name: x, cluster: {{server: '{server}'{cluster}}}}}]\nusers: [{{name: x, user: {user}}}]\ncontexts: [{{name: x, context: {{cluster: x, user: x}}}}]\ncurrent-context: x\n";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
