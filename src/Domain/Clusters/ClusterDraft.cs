using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>Where a cluster's address and credentials come from.</summary>
public enum ClusterSource
{
    /// <summary>The cluster that Sluice runs in, as its own service account.</summary>
    InCluster,

    /// <summary>A kubeconfig file on Sluice's machine.</summary>
    File,

    /// <summary>The text of a kubeconfig; kept sealed.</summary>
    Kubeconfig,

    /// <summary>An address and a token; kept sealed.</summary>
    Token,

    /// <summary>What is kept sealed already.</summary>
    Kept,
}

/// <summary>One thing that is wrong with a cluster's settings.</summary>
/// <param name="Field">The field, for example <c>context</c>.</param>
/// <param name="Message">What is wrong, and which values are allowed.</param>
public sealed record ClusterProblem(string Field, string Message);

/// <summary>A cluster's settings as somebody enters them. Not a record: its text must never show a credential.</summary>
public sealed class ClusterDraft
{
    /// <summary>The cluster's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where address and credentials come from.</summary>
    public ClusterSource Source { get; init; }

    /// <summary>The context of the kubeconfig; required where it holds several.</summary>
    public string? Context { get; init; }

    /// <summary>For <see cref="ClusterSource.File"/>.</summary>
    public string? KubeconfigPath { get; init; }

    /// <summary>For <see cref="ClusterSource.Kubeconfig"/>: the text.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>For <see cref="ClusterSource.Token"/>.</summary>
    public string? Server { get; init; }

    /// <summary>For <see cref="ClusterSource.Token"/>.</summary>
    public string? Token { get; init; }

    /// <summary>For <see cref="ClusterSource.Token"/>: PEM; without it the machine's own authorities count.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>How JobManagers are reached; null for what suits the source.</summary>
    public JobManagerAccess? Access { get; init; }

    /// <summary>For <see cref="JobManagerAccess.Ingress"/>.</summary>
    public string? IngressTemplate { get; init; }

    /// <summary>The namespaces to watch; empty for all.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>False: known, not connected.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Checks everything that can be checked without the cluster; gives the settings where nothing is wrong.</summary>
    /// <param name="kept">The settings as they are, for <see cref="ClusterSource.Kept"/>.</param>
    /// <param name="options">How kubeconfigs are read.</param>
    public (ClusterSettings? Settings, IReadOnlyList<ClusterProblem> Problems) Check(ClusterSettings? kept, KubeconfigOptions options)
    {
        var problems = new List<ClusterProblem>();
        if (!KubernetesPath.IsLabel(Name))
            problems.Add(new("name", $"\"{KubernetesText.Clean(Name, 80)}\" is not a name: it stands in addresses. Allowed are 1 to 63 lower-case letters, digits and dashes, with a letter or digit at both ends."));
        foreach (var ns in Namespaces.Where(static n => !KubernetesPath.IsLabel(n)))
            problems.Add(new("namespaces", $"\"{KubernetesText.Clean(ns, 80)}\" is not a namespace. Allowed are 1 to 63 lower-case letters, digits and dashes; leave the list empty for all namespaces."));
        var access = Access ?? (Source == ClusterSource.InCluster ? JobManagerAccess.Service : JobManagerAccess.ApiServerProxy);
        if (access == JobManagerAccess.Ingress && !IsTemplate(IngressTemplate))
            problems.Add(new("ingressTemplate", "Access by ingress needs an http or https URL with {name} in it, for example https://{name}.{namespace}.example.org."));
        var settings = new ClusterSettings(Name, Source is ClusterSource.Token or ClusterSource.InCluster ? null : Empty(Context), Source == ClusterSource.File ? Empty(KubeconfigPath) : null, access, Empty(IngressTemplate), [.. Namespaces], Enabled)
        {
            Credentials = Credentials(kept, problems),
        };
        if (problems.Count == 0) CheckConnection(settings, options, problems);
        return (problems.Count == 0 ? settings : null, problems);
    }

    private ClusterCredentials? Credentials(ClusterSettings? kept, List<ClusterProblem> problems)
    {
        switch (Source)
        {
            case ClusterSource.File when Empty(KubeconfigPath) is null:
                problems.Add(new("kubeconfig", "Name the kubeconfig file: its path on Sluice's machine, or several separated by colons."));
                return null;
            case ClusterSource.Kubeconfig when Empty(Kubeconfig) is null:
                problems.Add(new("kubeconfigText", "Paste the text of a kubeconfig, as kubectl config view --raw --flatten --minify prints it."));
                return null;
            case ClusterSource.Kubeconfig:
                return ClusterCredentials.FromKubeconfig(Kubeconfig!);
            case ClusterSource.Token:
                return FromToken(problems);
            case ClusterSource.Kept when kept?.Credentials is { } credentials:
                return credentials;
            case ClusterSource.Kept:
                problems.Add(new("source", "No credentials are kept for this cluster. Allowed are inCluster, file, kubeconfig and token."));
                return null;
            default:
                return null;
        }
    }

    private ClusterCredentials? FromToken(List<ClusterProblem> problems)
    {
        var before = problems.Count;
        if (!Uri.TryCreate(Server, UriKind.Absolute, out var server) || (server.Scheme != Uri.UriSchemeHttps && server.Scheme != Uri.UriSchemeHttp))
            problems.Add(new("server", "Give the API server's address as an https URL, for example https://10.0.0.1:6443."));
        else if (server.Scheme == Uri.UriSchemeHttp && !server.IsLoopback)
            problems.Add(new("server", "Over plain http everyone on the way could read the token. Use https; http is allowed for this machine (127.0.0.1) only."));
        if (Empty(Token) is null) problems.Add(new("token", "Give the token of a service account on the cluster. Without one it would be nobody there."));
        else if (Token!.Trim().Any(static c => c is <= ' ' or > '~')) problems.Add(new("token", "A token has no blanks, line ends or letters beyond ASCII. Was something else copied with it?"));
        if (Empty(CertificateAuthority) is { } authority && !authority.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            problems.Add(new("certificateAuthority", "This is not a certificate in PEM form. It begins with -----BEGIN CERTIFICATE-----; kubectl config view --raw shows it in base64, which has to be decoded."));
        return problems.Count == before ? ClusterCredentials.FromToken(server!.ToString(), Token!, CertificateAuthority) : null;
    }

    private void CheckConnection(ClusterSettings settings, KubeconfigOptions options, List<ClusterProblem> problems)
    {
        var field = Source switch { ClusterSource.File => "kubeconfig", ClusterSource.Kubeconfig => "kubeconfigText", ClusterSource.Token => "token", _ => "source" };
        try
        {
            // A file that is not there yet may be mounted later, and on other replicas; the state of the cluster says so until then.
            if (settings.KubeconfigPath is { } path && !path.Split(Path.PathSeparator).Any(File.Exists)) return;
            var contexts = settings.Credentials?.Contexts() ?? (settings.KubeconfigPath is null ? [] : Kubernetes.Kubeconfig.Contexts(settings.KubeconfigPath));
            var choice = string.Join(", ", contexts.Take(20).Select(static c => KubernetesText.Clean(c, 100)));
            if (settings.Context is null && contexts.Count > 1) problems.Add(new("context", $"The kubeconfig holds several contexts. Choose one of: {choice}."));
            else if (settings.Context is { } chosen && !contexts.Contains(chosen)) problems.Add(new("context", $"The kubeconfig has no context \"{KubernetesText.Clean(chosen, 100)}\". Allowed are: {choice}."));
            else ClusterConnection.Check(settings, options);
        }
        catch (KubernetesException e)
        {
            problems.Add(new(field, e.Message));
        }
    }

    private static bool IsTemplate(string? template) => template?.Contains("{name}", StringComparison.Ordinal) == true
        && Uri.TryCreate(template.Replace("{name}", "n", StringComparison.Ordinal).Replace("{namespace}", "n", StringComparison.Ordinal), UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);

    private static string? Empty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
