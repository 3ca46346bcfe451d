using System.Text;

namespace Sluice.Domain.Kubernetes;

/// <summary>The connection that every pod gets: the service account's token, which kubelet rotates, and the cluster's own authority.</summary>
internal static class InClusterConfig
{
    private const string Directory = "/var/run/secrets/kubernetes.io/serviceaccount";

    public static KubernetesTarget Load(KubeconfigOptions options, string directory = Directory)
    {
        var host = options.Environment("KUBERNETES_SERVICE_HOST");
        var port = options.Environment("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
            throw new KubernetesException(KubernetesError.Configuration, "Sluice does not run inside a cluster (KUBERNETES_SERVICE_HOST is not set) and no kubeconfig is given. Name a kubeconfig file for this cluster.");
        if (host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[')) host = $"[{host}]";
        if (!Uri.TryCreate($"https://{host}:{port}", UriKind.Absolute, out var server))
            throw new KubernetesException(KubernetesError.Configuration, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not make an address.");
        var token = Path.Combine(directory, "token");
        if (!File.Exists(token))
            throw new KubernetesException(KubernetesError.Configuration, $"There is no service account token at {token}: the pod was started with automountServiceAccountToken=false. Mount the token.");
        return new KubernetesTarget(server, new FileCredential(new FileOrData(token, null), null, null, options.Time))
        {
            Namespace = ReadNamespace(Path.Combine(directory, "namespace")),
            CertificateAuthority = new FileOrData(Path.Combine(directory, "ca.crt"), null),
        };
    }

    private static string ReadNamespace(string file)
    {
        if (!File.Exists(file)) return "default";
        var text = Encoding.UTF8.GetString(new FileOrData(file, null).Read("namespace")).Trim();
        return KubernetesPath.IsLabel(text) ? text : "default";
    }
}
