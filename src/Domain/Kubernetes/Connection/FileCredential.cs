using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// A token and/or a client certificate, from the kubeconfig itself or from files. Files are read again every minute, because kubelet and
/// credential helpers replace them; a file that is empty or unreadable for a moment does not take the last good value away.
/// </summary>
internal sealed class FileCredential(FileOrData? token, FileOrData? certificate, FileOrData? key, TimeProvider time) : ICredentialSource
{
    private static readonly TimeSpan ReadAgain = TimeSpan.FromSeconds(60);
    private readonly Lock _lock = new();
    private Credential? _current;
    private string? _token;
    private byte[]? _certificateBytes;
    private byte[]? _keyBytes;
    private SslStreamCertificateContext? _context;
    private long _readAt;

    public bool HasCredentials => token is not null || certificate is not null;

    private bool Renewable => token?.File is not null || certificate?.File is not null;

    public ValueTask<Credential> GetAsync(CancellationToken cancellationToken) => new(Read());

    /// <summary>The credential, from its files where it is time to read them again.</summary>
    public Credential Read()
    {
        lock (_lock)
        {
            if (_current is not null && (!Renewable || time.GetElapsedTime(_readAt) < ReadAgain)) return _current;
            var before = (_token, _context);
            ReadToken();
            ReadCertificate();
            _readAt = time.GetTimestamp();
            if (_current is null || before != (_token, _context)) _current = new Credential(_token, _context);
            return _current;
        }
    }

    public bool Rejected(Credential credential)
    {
        lock (_lock)
        {
            if (!Renewable) return false;
            if (!ReferenceEquals(_current, credential)) return true;
            // Read the files at the next request, even within the minute; where they still hold the same, the second 401 counts.
            _readAt = time.GetTimestamp() - (long)(ReadAgain.TotalSeconds * time.TimestampFrequency) - 1;
            return true;
        }
    }

    private void ReadToken()
    {
        if (token is null) return;
        try
        {
            var text = Encoding.UTF8.GetString(token.Read("token")).Trim();
            if (text.Length > 0) _token = Checked(text);
            else if (_token is null) throw new KubernetesException(KubernetesError.Configuration, $"The token file {token} is empty.");
        }
        catch (KubernetesException) when (_token is not null)
        {
            // The last good token stays until the file can be read again; the server says when it has expired.
        }
    }

    private void ReadCertificate()
    {
        if (certificate is null) return;
        try
        {
            var certificateBytes = certificate.Read("client certificate");
            var keyBytes = key!.Read("client key");
            if (_context is not null && certificateBytes.AsSpan().SequenceEqual(_certificateBytes) && keyBytes.AsSpan().SequenceEqual(_keyBytes)) return;
            _context = ClientCertificate(Encoding.UTF8.GetString(certificateBytes), Encoding.UTF8.GetString(keyBytes), time);
            (_certificateBytes, _keyBytes) = (certificateBytes, keyBytes);
        }
        catch (KubernetesException) when (_context is not null)
        {
            // Certificate and key are two files: between the two writes they do not fit. The next reading finds both.
        }
    }

    /// <summary>A header value may hold visible ASCII only: anything else could begin another header.</summary>
    internal static string Checked(string token) => token.All(static c => c is > ' ' and <= '~')
        ? token
        : throw new KubernetesException(KubernetesError.Configuration, "The token holds characters that no token has (blanks, line ends or letters beyond ASCII). Is it the right file?");

    internal static SslStreamCertificateContext ClientCertificate(string certificatePem, string keyPem, TimeProvider time)
    {
        try
        {
            var leaf = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            if (leaf.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime)
                throw new KubernetesException(KubernetesError.Configuration, $"The client certificate expired on {leaf.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC. Renew it and replace it in the kubeconfig.");
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificatePem);
            return SslStreamCertificateContext.Create(leaf, chain, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new KubernetesException(KubernetesError.Configuration, "The client certificate and its key cannot be used: " + e.Message, inner: e);
        }
    }
}
