using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// The two connection pools of one API server: requests over HTTP/2, and streams (watches, logs) over HTTP/1.1, where each has a connection that TCP
/// keep-alive watches; with HTTP/2 the framework stops its pings once a server has announced that it goes away, which API servers do by design.
/// </summary>
internal sealed class KubernetesHandlers : IDisposable
{
    private readonly KubernetesTarget _target;

    private KubernetesHandlers(KubernetesTarget target, SslStreamCertificateContext? certificate, byte[]? authority)
    {
        _target = target;
        (Certificate, Authority) = (certificate, authority);
        var roots = Roots(authority);
        Requests = new HttpMessageInvoker(Create(certificate, roots, streams: false));
        Streams = new HttpMessageInvoker(Create(certificate, roots, streams: true));
    }

    public SslStreamCertificateContext? Certificate { get; }

    public byte[]? Authority { get; }

    public HttpMessageInvoker Requests { get; }

    public HttpMessageInvoker Streams { get; }

    public static KubernetesHandlers Create(KubernetesTarget target, SslStreamCertificateContext? certificate, byte[]? authority) => new(target, certificate, authority);

    /// <summary>Refuses a certificate authority that is none.</summary>
    public static void Check(KubernetesTarget target) => Roots(target.CertificateAuthority?.Read("certificate authority"));

    public void Dispose()
    {
        Requests.Dispose();
        Streams.Dispose();
    }

    private static X509Certificate2Collection? Roots(byte[]? authority)
    {
        if (authority is null) return null;
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(Encoding.UTF8.GetString(authority));
        }
        catch (CryptographicException e)
        {
            throw new KubernetesException(KubernetesError.Configuration, "The certificate authority in the kubeconfig is not a valid PEM certificate.", inner: e);
        }

        if (roots.Count == 0) throw new KubernetesException(KubernetesError.Configuration, "The certificate authority in the kubeconfig holds no certificate.");
        return roots;
    }

    private SocketsHttpHandler Create(SslStreamCertificateContext? certificate, X509Certificate2Collection? roots, bool streams)
    {
        var handler = new SocketsHttpHandler
        {
            // An aggregated API could redirect a request, and with it the credential, to anywhere.
            AllowAutoRedirect = false,
            UseCookies = false,
            // The framework does not honour address ranges in NO_PROXY, so the environment's proxy could catch traffic inside a cluster.
            UseProxy = _target.Proxy is not null,
            Proxy = _target.Proxy is { } proxy ? Proxy(proxy) : null,
            AutomaticDecompression = streams || _target.DisableCompression ? DecompressionMethods.None : DecompressionMethods.GZip,
            ConnectTimeout = TimeSpan.FromSeconds(streams ? 3 : 10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = 64,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
        };
        if (!streams)
        {
            handler.EnableMultipleHttp2Connections = true;
            handler.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(15);
        }

        if (roots is not null)
            handler.SslOptions.CertificateChainPolicy = ChainPolicy(roots);
        // Only where an administrator's kubeconfig says so; never as a fallback.
#pragma warning disable CA5359
        if (_target.Insecure) handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        if (certificate is not null) handler.SslOptions.ClientCertificateContext = certificate;
        return handler;
    }

    private static X509ChainPolicy ChainPolicy(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static WebProxy Proxy(Uri proxy)
    {
        var bare = new UriBuilder(proxy) { UserName = "", Password = "" }.Uri;
        if (proxy.UserInfo.Length == 0) return new WebProxy(bare);
        var parts = proxy.UserInfo.Split(':', 2);
        return new WebProxy(bare) { Credentials = new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "") };
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A partition drops packets without a word: without these probes a watch would wait for hours.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 2);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
