using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Sluice.Domain.Kubernetes;

/// <summary>One request, described so that it can be built again for a second try.</summary>
internal sealed record KubernetesRequest(HttpMethod Method, string Path)
{
    public byte[]? Body { get; init; }

    public string? ContentType { get; init; }

    public Func<HttpContent?>? Content { get; init; }

    public string Accept { get; init; } = "application/json";

    /// <summary>On the pool for watches and logs.</summary>
    public bool Stream { get; init; }

    /// <summary>Not held back by the limit on requests per second: watches, pulses, and what only passes through to a service.</summary>
    public bool Unpaced { get; init; }

    /// <summary>Passed on to a service: how long that takes says nothing about the API server.</summary>
    public bool PassedOn { get; init; }

    public bool IsRead => Method == HttpMethod.Get;
}

/// <summary>
/// Sends requests to one API server: adds the credential, renews it once on a 401 (a refused request was not carried out), follows replaced
/// certificates, and turns connection failures into words. It does not judge other answers.
/// </summary>
internal sealed class KubernetesTransport(string cluster, KubernetesTarget target, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ReadAuthorityAgain = TimeSpan.FromMinutes(5);
    private static readonly ProductInfoHeaderValue Agent = new("sluice", typeof(KubernetesTransport).Assembly.GetName().Version?.ToString(3) ?? "0");
    private readonly Lock _lock = new();
    private KubernetesHandlers? _handlers;
    private long _authorityReadAt;
    private readonly RequestPace _pace = new(time);
    private string? _lastToken;
    private bool _renew;
    private bool _disposed;

    public TimeProvider Time => time;

    /// <summary>How the server answers.</summary>
    public ApiMeter Meter { get; } = new(time);

    public async Task<HttpResponseMessage> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (!request.Unpaced)
            {
                var turn = _pace.WaitAsync(!request.IsRead, cancellationToken);
                if (!turn.IsCompleted) Meter.HeldBack();
                await turn.ConfigureAwait(false);
            }

            var credential = await CredentialAsync(cancellationToken).ConfigureAwait(false);
            var response = await SendOnceAsync(request, credential, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Unauthorized || attempt > 1 || !target.Credentials.Rejected(credential)) return response;
            response.Dispose();
        }
    }

    /// <summary>The credential that the next request will carry.</summary>
    public ValueTask<Credential> CredentialAsync(CancellationToken cancellationToken) => target.Credentials.GetAsync(cancellationToken);

    /// <summary>Lets the next request begin with new connections; what runs on the old ones goes on there.</summary>
    public void Reconnect()
    {
        lock (_lock) _renew = true;
    }

    /// <summary>Takes the credential out of a text of the server, which may quote what it was sent.</summary>
    public string Redact(string text) => Volatile.Read(ref _lastToken) is { Length: > 5 } token ? text.Replace(token, "(credential)", StringComparison.Ordinal) : text;

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _handlers?.Dispose();
            _pace.Dispose();
            (target.Credentials as IDisposable)?.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(KubernetesRequest request, Credential credential, CancellationToken cancellationToken)
    {
        var handlers = Handlers(credential);
        using var message = Message(request, credential);
        var begun = time.GetTimestamp();
        Meter.Sent();
        try
        {
            var response = await (request.Stream ? handlers.Streams : handlers.Requests).SendAsync(message, cancellationToken).ConfigureAwait(false);
            if (!request.Stream && !request.PassedOn) Meter.Answered(time.GetElapsedTime(begun));
            return response;
        }
        catch (Exception e) when (ConnectionFailure.Is(e))
        {
            throw Failed(ConnectionFailure.Describe(e, cluster, target));
        }
        catch (ObjectDisposedException e)
        {
            throw Gone(e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // The handler's own limit on connecting is reported as a cancellation that nobody asked for.
            if (Volatile.Read(ref _disposed)) throw Gone(e);
            throw Failed(new KubernetesException(KubernetesError.Unreachable, $"Cluster {cluster} cannot be reached: {target.Server.Authority} did not take the connection in time. Check the address, the network and firewalls.", inner: e));
        }
    }

    private KubernetesException Failed(KubernetesException e)
    {
        Meter.Failed(e.Message);
        return e;
    }

    // Whoever still holds this connection takes the new one at its next call, or hears that there is none.
    private KubernetesException Gone(Exception e) =>
        new(KubernetesError.Unreachable, $"The connection to cluster {cluster} was ended here: its settings were changed, it was disabled, or it was removed.", inner: e);

    private HttpRequestMessage Message(KubernetesRequest request, Credential credential)
    {
        var message = new HttpRequestMessage(request.Method, target.Url(request.Path))
        {
            // The default version of a client does not apply to a message built by hand.
            Version = request.Stream ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = request.Content?.Invoke() ?? Content(request),
        };
        message.Headers.Accept.ParseAdd(request.Accept);
        message.Headers.UserAgent.Add(Agent);
        // The handler checks the server's certificate against this name, and sends it as the TLS server name.
        if (target.TlsServerName is { } name) message.Headers.Host = name;
        if (credential.Token is { } token)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            Volatile.Write(ref _lastToken, token);
        }

        return message;
    }

    private static ByteArrayContent? Content(KubernetesRequest request)
    {
        if (request.Body is null) return null;
        var content = new ByteArrayContent(request.Body);
        content.Headers.ContentType = new MediaTypeHeaderValue(request.ContentType ?? "application/json");
        return content;
    }

    private KubernetesHandlers Handlers(Credential credential)
    {
        lock (_lock)
        {
            if (_disposed) throw Gone(new ObjectDisposedException(nameof(KubernetesTransport)));
            var authority = Authority();
            if (!_renew && _handlers is { } current && ReferenceEquals(current.Certificate, credential.Certificate) && Same(current.Authority, authority)) return current;
            // The old pools are left, not disposed: their streams end by themselves, and idle connections close within a minute.
            _renew = false;
            return _handlers = KubernetesHandlers.Create(target, credential.Certificate, authority);
        }
    }

    private byte[]? Authority()
    {
        if (target.CertificateAuthority is not { } source) return null;
        if (_handlers is { } current && (source.File is null || time.GetElapsedTime(_authorityReadAt) < ReadAuthorityAgain)) return current.Authority;
        _authorityReadAt = time.GetTimestamp();
        try
        {
            var bytes = source.Read("certificate authority");
            return _handlers is { } last && !Encoding.UTF8.GetString(bytes).Contains("-----END CERTIFICATE-----", StringComparison.Ordinal) ? last.Authority : bytes;
        }
        catch (KubernetesException) when (_handlers is not null)
        {
            return _handlers.Authority;
        }
    }

    private static bool Same(byte[]? a, byte[]? b) => ReferenceEquals(a, b) || (a is not null && b is not null && a.AsSpan().SequenceEqual(b));
}
