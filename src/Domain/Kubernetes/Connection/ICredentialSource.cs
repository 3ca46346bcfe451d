using System.Net.Security;

namespace Sluice.Domain.Kubernetes;

/// <summary>Gives the credential for the next request, renewed when it has expired or was refused.</summary>
internal interface ICredentialSource
{
    /// <summary>False where the source never gives anything: then nothing can leak over a plain connection.</summary>
    bool HasCredentials { get; }

    ValueTask<Credential> GetAsync(CancellationToken cancellationToken);

    /// <summary>The server refused this credential. The next <see cref="GetAsync"/> renews it, unless another caller did so already; false where it cannot be renewed.</summary>
    bool Rejected(Credential credential);
}

/// <summary>Who Sluice is on an API server. A new instance for every renewal; never printed.</summary>
internal sealed class Credential(string? token, SslStreamCertificateContext? certificate)
{
    public static readonly Credential None = new(null, null);

    public string? Token { get; } = token;

    public SslStreamCertificateContext? Certificate { get; } = certificate;

    public override string ToString() => "(credential)";
}

/// <summary>No credential: a server that asks for none, as the simulator.</summary>
internal sealed class NoCredential : ICredentialSource
{
    public bool HasCredentials => false;

    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken) => new(Credential.None);

    public bool Rejected(Credential credential) => false;
}
