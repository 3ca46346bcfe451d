using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Flink;

/// <summary>How requests get to a JobManager. Knows nothing of what they mean.</summary>
internal interface IJobManagerTransport
{
    /// <summary>Where it is, in words for messages.</summary>
    string Where { get; }

    /// <summary>Sends a GET; the caller disposes the answer. Throws what the way throws.</summary>
    Task<HttpResponseMessage> GetAsync(string pathAndQuery, CancellationToken cancellationToken);
}

/// <summary>Straight to a URL: the service inside the cluster, or an ingress.</summary>
internal sealed class UrlTransport(HttpClient client, Uri address) : IJobManagerTransport
{
    private readonly string _address = address.AbsoluteUri.TrimEnd('/');

    public string Where => _address;

    public Task<HttpResponseMessage> GetAsync(string pathAndQuery, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_address + pathAndQuery));
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}

/// <summary>Through the API server's service proxy.</summary>
internal sealed class ProxyTransport(IKubernetesApi api, string ns, string service, int port) : IJobManagerTransport
{
    public string Where => $"service {service}:{port} in {ns} on cluster {api.Cluster}";

    public Task<HttpResponseMessage> GetAsync(string pathAndQuery, CancellationToken cancellationToken) =>
        api.ProxyServiceAsync(HttpMethod.Get, ns, service, port, pathAndQuery, null, cancellationToken);
}

/// <summary>Stands where no way exists: every request fails with the reason.</summary>
internal sealed class NoTransport(string reason) : IJobManagerTransport
{
    public string Where => "nowhere";

    public Task<HttpResponseMessage> GetAsync(string pathAndQuery, CancellationToken cancellationToken) =>
        throw new FlinkException(FlinkError.Unreachable, reason);
}
