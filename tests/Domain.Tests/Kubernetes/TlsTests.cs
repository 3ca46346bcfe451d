using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>Real handshakes with a private certificate authority: who is trusted, and what is said where nobody is.</summary>
public sealed class TlsTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-tls-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public TlsTests()
    {
        var request = new CertificateRequest("CN=test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Connect_CertificateOfTheAuthorityForTheAddress_IsTrusted()
    {
        await using var server = await ServeAsync(Issue(Now.AddDays(1), names => names.AddIpAddress(IPAddress.Loopback)));
        using var api = Connect(server);
        (await api.PulseAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task Connect_ExpiredCertificate_SaysSo()
    {
        await using var server = await ServeAsync(Issue(Now.AddDays(-1), names => names.AddIpAddress(IPAddress.Loopback)));
        (await RefusedAsync(server)).ShouldContain("expired");
    }

    [Fact]
    public async Task Connect_CertificateForAnotherName_NamesWhatWasAskedForAndTheWayOut()
    {
        await using var server = await ServeAsync(Issue(Now.AddDays(1), names => names.AddDnsName("kubernetes.example")));
        var said = await RefusedAsync(server);
        said.ShouldContain("another name than 127.0.0.1");
        said.ShouldContain("tls-server-name");
    }

    [Fact]
    public async Task Connect_TlsServerName_IsAskedForAndCheckedInsteadOfTheAddress()
    {
        await using var server = await ServeAsync(Issue(Now.AddDays(1), names => names.AddDnsName("kubernetes.example")));
        using var api = Connect(server, ", tls-server-name: kubernetes.example");
        (await api.PulseAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).ShouldBeGreaterThan(TimeSpan.Zero);
        (await RefusedAsync(server, ", tls-server-name: other.example")).ShouldContain("another name than other.example");
    }

    [Fact]
    public async Task Connect_CertificateOfAnotherAuthority_SaysSo()
    {
        using var other = new TlsTests();
        await using var server = await ServeAsync(other.Issue(Now.AddDays(1), names => names.AddIpAddress(IPAddress.Loopback)));
        (await RefusedAsync(server)).ShouldContain("not signed by the certificate authority");
    }

    private async Task<string> RefusedAsync(WebApplication server, string more = "")
    {
        using var api = Connect(server, more);
        var refused = await Should.ThrowAsync<KubernetesException>(() => api.PulseAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        refused.Error.ShouldBe(KubernetesError.Unreachable);
        return refused.Message;
    }

    private KubernetesApi Connect(WebApplication server, string more = "")
    {
        var file = Path.Combine(_folder, "config");
        var authority = Convert.ToBase64String(Encoding.UTF8.GetBytes(_authority.ExportCertificatePem()));
        File.WriteAllText(file, $"clusters: [{{name: x, cluster: {{server: '{server.Urls.First()}', certificate-authority-data: {authority}{more}}}}}]\ncontexts: [{{name: x, context: {{cluster: x}}}}]\ncurrent-context: x\n");
        return new KubernetesApi("tls", Kubeconfig.Load(file, null, new KubeconfigOptions()), TimeProvider.System);
    }

    private X509Certificate2 Issue(DateTimeOffset until, Action<SubjectAlternativeNameBuilder> name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        name(names);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(_authority, Now.AddDays(-30), until, RandomNumberGenerator.GetBytes(8));
        using var both = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(both.Export(X509ContentType.Pkcs12), null);
    }

    private static async Task<WebApplication> ServeAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0").ConfigureKestrel(k => k.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate));
        var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync("ok"));
        await app.StartAsync();
        return app;
    }
}
