using System.Net.Sockets;
using System.Security.Authentication;

namespace Sluice.Domain.Kubernetes;

/// <summary>Turns what the framework throws for a failed connection into words that say where to look.</summary>
internal static class ConnectionFailure
{
    public static bool Is(Exception e) => e is HttpRequestException or IOException or SocketException or AuthenticationException;

    public static KubernetesException Describe(Exception e, string cluster, KubernetesTarget target) => new(
        KubernetesError.Unreachable,
        $"Cluster {cluster} cannot be reached at {target.Server.Authority}: {Why(e, target)}",
        inner: e);

    private static string Why(Exception e, KubernetesTarget target)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException) return Tls(inner.Message, target);
            if (inner is SocketException socket) return Socket(socket);
        }

        return e is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }
            ? "the proxy refused to connect. Check proxy-url in the kubeconfig."
            : "the connection broke before an answer came. The server may be restarting.";
    }

    private static string Socket(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "nothing listens there. The server may be down, or the address in the kubeconfig may be wrong.",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its name is not known to DNS. Check the address in the kubeconfig.",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.TimedOut => "there is no way to it on the network. Check routes and firewalls.",
        _ => $"the connection broke ({e.SocketErrorCode}). The server may be restarting.",
    };

    private static string Tls(string message, KubernetesTarget target)
    {
        if (message.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal)) return $"its certificate is for another name than {target.TlsServerName ?? target.Server.Host}. Set tls-server-name in the kubeconfig if that name is right.";
        if (message.Contains("NotTimeValid", StringComparison.Ordinal)) return "its certificate has expired or is not valid yet. Renew it, and check both clocks.";
        // A rebuilt cluster's new authority often has the old one's name: then the chain is found, and the signature is wrong.
        if (message.Contains("PartialChain", StringComparison.Ordinal) || message.Contains("NotSignatureValid", StringComparison.Ordinal) || message.Contains("UntrustedRoot", StringComparison.Ordinal)) return "its certificate is not signed by the certificate authority in the kubeconfig. Fetch the kubeconfig again if the cluster was rebuilt.";
        return "no trusted connection could be made (TLS). Does it speak https, and does it accept the client certificate?";
    }
}
