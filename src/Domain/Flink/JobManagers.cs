using System.Net;
using System.Text.RegularExpressions;
using Sluice.Domain.Clusters;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Flink;

/// <summary>Finds the way to a JobManager by its cluster's settings, as they are at that moment.</summary>
public sealed partial class JobManagers : IJobManagers, IDisposable
{
    private const int RestPort = 8081;
    private readonly IClusterDirectory _clusters;
    private readonly HttpClient _client;

    /// <summary>For the clusters of this directory.</summary>
    public JobManagers(IClusterDirectory clusters)
    {
        _clusters = clusters;
        _client = NewClient();
    }

    /// <inheritdoc/>
    public IJobManager Of(PipelineKey key, string deployment) => new JobManagerClient(new FlinkRest(deployment, Transport(key, deployment)));

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>A client that keeps few connections: a JobManager answers with four threads, and there may be thousands of JobManagers.</summary>
    internal static HttpClient NewClient() => new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxConnectionsPerServer = 4,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private IJobManagerTransport Transport(PipelineKey key, string deployment)
    {
        if (!DnsLabel().IsMatch(key.Namespace) || !DnsLabel().IsMatch(deployment))
            return new NoTransport($"\"{key.Namespace}\" and \"{deployment}\" must be names of a namespace and a FlinkDeployment. Check the address.");
        if (_clusters.All.FirstOrDefault(cluster => cluster.Name == key.Cluster)?.Settings is not { Enabled: true } settings)
            return new NoTransport($"No cluster named {key.Cluster} is connected. Check Settings, Clusters.");
        return settings.Access switch
        {
            JobManagerAccess.Service => new UrlTransport(_client, new Uri($"http://{deployment}-rest.{key.Namespace}:{RestPort}")),
            JobManagerAccess.Ingress => Ingress(settings, key.Namespace, deployment),
            _ when _clusters.Api(key.Cluster) is { } api => new ProxyTransport(api, key.Namespace, deployment + "-rest", RestPort),
            _ => new NoTransport($"Cluster {key.Cluster} is not connected yet, and its JobManagers are reached through its API server."),
        };
    }

    private IJobManagerTransport Ingress(ClusterSettings settings, string ns, string deployment)
    {
        var text = (settings.IngressTemplate ?? "")
            .Replace("{{name}}", deployment, StringComparison.Ordinal).Replace("{{namespace}}", ns, StringComparison.Ordinal)
            .Replace("{name}", deployment, StringComparison.Ordinal).Replace("{namespace}", ns, StringComparison.Ordinal);
        if (text.Length > 0 && !text.Contains("://", StringComparison.Ordinal)) text = "http://" + text;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && (address!.Scheme is "http" or "https")
            ? new UrlTransport(_client, address)
            : new NoTransport($"The ingress template of cluster {settings.Name} gives no URL (\"{text}\"). Write it as https://{{name}}.{{namespace}}.example.org in Settings, Clusters.");
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex DnsLabel();
}
