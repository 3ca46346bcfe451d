using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Flink;

/// <summary>How requests get to a JobManager. Knows nothing of what they mean.</summary>
internal interface IJobManagerTransport
{
    /// <summary>Where it is, in words for messages.</summary>
    string Where { get; }

    /// <summary>Sends a GET; the caller disposes the answer. Throws what the way throws.</summary>
    Task<HttpResponseMessage> GetAsync(string pathAndQuery, CancellationToken cancellationToken);

    /// <summary>Sends a POST; the caller disposes the answer. Throws what the way throws.</summary>
    Task<HttpResponseMessage> PostAsync(string pathAndQuery, HttpContent content, CancellationToken cancellationToken);
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

    public Task<HttpResponseMessage> PostAsync(string pathAndQuery, HttpContent content, CancellationToken cancellationToken) =>
        client.SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(_address + pathAndQuery)) { Content = content }, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
}

/// <summary>Through the API server's service proxy.</summary>
internal sealed class ProxyTransport(IKubernetesApi api, string ns, string service, int port) : IJobManagerTransport
{
    public string Where => $"service {service}:{port} in {ns} on cluster {api.Cluster}";

    public Task<HttpResponseMessage> GetAsync(string pathAndQuery, CancellationToken cancellationToken) =>
        api.ProxyServiceAsync(HttpMethod.Get, ns, service, port, pathAndQuery, null, cancellationToken);

    public Task<HttpResponseMessage> PostAsync(string pathAndQuery, HttpContent content, CancellationToken cancellationToken) =>
        api.ProxyServiceAsync(HttpMethod.Post, ns, service, port, pathAndQuery, content, cancellationToken);
}

/// <summary>Stands where no way exists: every request fails with the reason.</summary>
internal sealed class NoTransport(string reason) : IJobManagerTransport
{
    public string Where => "nowhere";

    public Task<HttpResponseMessage> GetAsync(string pathAndQuery, CancellationToken cancellationToken) =>
        throw new FlinkException(FlinkError.Unreachable, reason);

    public Task<HttpResponseMessage> PostAsync(string pathAndQuery, HttpContent content, CancellationToken cancellationToken) =>
        throw new FlinkException(FlinkError.Unreachable, reason);
}
