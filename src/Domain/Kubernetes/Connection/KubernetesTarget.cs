namespace Sluice.Domain.Kubernetes;

/// <summary>
/// Where an API server is, how it is trusted and who Sluice is there. Not a record: its text must never show a credential.
/// </summary>
public sealed class KubernetesTarget
{
    private readonly string _base;

    internal KubernetesTarget(Uri server, ICredentialSource credentials)
    {
        Server = server;
        Credentials = credentials;
        _base = server.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }

    /// <summary>The server's URL; it may have a path, as behind Rancher.</summary>
    public Uri Server { get; }

    /// <summary>The context's default namespace.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>True where the server's certificate is not checked, because the kubeconfig says so. To be shown.</summary>
    public bool Insecure { get; init; }

    internal ICredentialSource Credentials { get; }

    internal FileOrData? CertificateAuthority { get; init; }

    internal string? TlsServerName { get; init; }

    internal Uri? Proxy { get; init; }

    internal bool DisableCompression { get; init; }

    internal Uri Url(string pathAndQuery) => new(_base + pathAndQuery, UriKind.Absolute);

    /// <inheritdoc/>
    public override string ToString() => Server.GetLeftPart(UriPartial.Path);
}

/// <summary>A value that a kubeconfig holds itself or in a file that may be replaced while Sluice runs.</summary>
internal sealed record FileOrData(string? File, byte[]? Data)
{
    public byte[] Read(string what)
    {
        if (Data is not null) return Data;
        try
        {
            return System.IO.File.ReadAllBytes(File!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new KubernetesException(KubernetesError.Configuration, $"The {what} cannot be read from {File}: {e.Message}", inner: e);
        }
    }

    // The default text of a record would print the bytes' type only, but the file's name helps and the data must never appear.
    public override string ToString() => File ?? "(data)";
}
