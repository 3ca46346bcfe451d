using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Sluice.Bench.VirtualizePage;

/// <summary>Lists and watches the FlinkDeployments of the clusters in PEER_CLUSTERS: server and token of each, as JSON; PEER_AUTHORITY is their certificate.</summary>
public sealed class Watcher(Objects objects) : BackgroundService
{
    private const string Path = "apis/flink.apache.org/v1beta1/flinkdeployments";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var clusters = JsonDocument.Parse(Environment.GetEnvironmentVariable("PEER_CLUSTERS") ?? "[]");
        await Task.WhenAll(clusters.RootElement.EnumerateArray()
            .Select(c => Task.Run(() => FollowAsync(c.GetProperty("name").GetString()!, c.GetProperty("server").GetString()!, c.GetProperty("token").GetString()!, stoppingToken), stoppingToken)).ToArray());
    }

    private async Task FollowAsync(string cluster, string server, string token, CancellationToken cancellationToken)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(Environment.GetEnvironmentVariable("PEER_AUTHORITY") ?? ""));
        using var handler = new SocketsHttpHandler
        {
            SslOptions = { CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { certificate }, RevocationMode = X509RevocationMode.NoCheck } },
        };
        using var http = new HttpClient(handler) { BaseAddress = new Uri(server), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var (next, version) = ("", "");
        do
        {
            await using var page = await http.GetStreamAsync(new Uri($"{Path}?limit=500&continue={Uri.EscapeDataString(next)}", UriKind.Relative), cancellationToken);
            using var list = await JsonDocument.ParseAsync(page, default, cancellationToken);
            foreach (var item in list.RootElement.GetProperty("items").EnumerateArray()) objects.Put(Read(cluster, item));
            version = Text(list.RootElement, "metadata", "resourceVersion") ?? "";
            next = Text(list.RootElement, "metadata", "continue") ?? "";
        }
        while (next.Length > 0);

        await using var watch = await http.GetStreamAsync(new Uri($"{Path}?watch=true&resourceVersion={version}", UriKind.Relative), cancellationToken);
        using var lines = new StreamReader(watch);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            using var change = JsonDocument.Parse(line);
            if (Text(change.RootElement, "type") is "ADDED" or "MODIFIED") objects.Put(Read(cluster, change.RootElement.GetProperty("object")));
        }
    }

    private static Item Read(string cluster, JsonElement o) => new()
    {
        Cluster = cluster,
        Namespace = Text(o, "metadata", "namespace") ?? "",
        Name = Text(o, "metadata", "name") ?? "",
        Team = Text(o, "metadata", "labels", "team"),
        State = Text(o, "status", "jobStatus", "state"),
        Error = Text(o, "status", "error"),
        Image = Text(o, "spec", "image"),
        FlinkVersion = Text(o, "spec", "flinkVersion"),
        Parallelism = o.TryGetProperty("spec", out var spec) && spec.TryGetProperty("job", out var job) && job.TryGetProperty("parallelism", out var n) ? n.GetInt32() : null,
    };

    private static string? Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element)) return null;
        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
