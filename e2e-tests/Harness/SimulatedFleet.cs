using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sluice.Testing.Processes;

namespace Sluice.E2E.Tests.Harness;

/// <summary>The simulator's large fleet: its changes, its outages, and what its clusters really hold.</summary>
internal sealed partial class SimulatedFleet : IAsyncDisposable
{
    private readonly SimulatorProcess _simulator;
    private readonly HttpClient _control = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly HttpClient _clusters;

    private SimulatedFleet(SimulatorProcess simulator)
    {
        _simulator = simulator;
        var authority = Authority().Match(File.ReadAllText(simulator.Kubeconfig)).Groups[1].Value;
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(authority))));
        _clusters = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(1) };
    }

    /// <summary>The simulator's process.</summary>
    public SimulatorProcess Process => _simulator;

    /// <summary>The names of the clusters.</summary>
    public IReadOnlyList<string> Names => [.. _simulator.Ready["clusters"]!.AsArray().Select(c => (string)c!["name"]!)];

    /// <summary>Starts so many pipelines on so many clusters, of which so many change in a second.</summary>
    public static async Task<SimulatedFleet> StartAsync(int pipelines, int clusters, double rate) => new(await SimulatorProcess.StartAsync("scale", speed: 1, seed: 11,
        "--pipelines", Text(pipelines), "--clusters", Text(clusters), "--change-rate", Text(rate)));

    /// <summary>So many changes a second from now on, over all clusters.</summary>
    public Task ChangeAsync(double perSecond) => ScenarioAsync("change-rate", new { rate = perSecond });

    /// <summary>Nothing changes from now on: no ordinary changes, and the time of the operators and of the incidents stands almost still.</summary>
    public async Task PauseAsync()
    {
        await ChangeAsync(0);
        await ScenarioAsync("speed", new { factor = 0.001 });
    }

    /// <summary>Merges into a resource, as somebody else than the portal would.</summary>
    public Task WriteAsync(string cluster, string ns, string name, JsonObject merge) => ScenarioAsync("write", new { cluster, @namespace = ns, name, merge });

    /// <summary>One cluster is away for a while.</summary>
    /// <param name="cluster">Which.</param>
    /// <param name="length">How long.</param>
    /// <param name="how"><c>silent</c> or <c>refused</c>.</param>
    public Task CutOffAsync(string cluster, TimeSpan length, string how) => ScenarioAsync("partition", new { cluster, seconds = length.TotalSeconds, how });

    /// <summary>The resource version of everything that is there, by the path of its page in the portal.</summary>
    public async Task<IReadOnlyDictionary<string, string>> VersionsAsync()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var cluster in _simulator.Ready["clusters"]!.AsArray())
            foreach (var (kind, suffix) in ((string, string)[])[("flinkdeployments", ""), ("flinksessionjobs", "?resource=session-job")])
                await ReadAsync(all, cluster!, kind, suffix);
        return all;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        _clusters.Dispose();
        await _simulator.DisposeAsync();
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task ReadAsync(Dictionary<string, string> all, JsonNode cluster, string kind, string suffix)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{((string)cluster["server"]!).TrimEnd('/')}/apis/flink.apache.org/v1beta1/{kind}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (string)cluster["token"]!);
        using var answer = await _clusters.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        using var list = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
        foreach (var item in list.RootElement.GetProperty("items").EnumerateArray())
        {
            var metadata = item.GetProperty("metadata");
            all[$"/pipelines/{(string)cluster["name"]!}/{metadata.GetProperty("namespace").GetString()}/{metadata.GetProperty("name").GetString()}{suffix}"] = metadata.GetProperty("resourceVersion").GetString()!;
        }
    }

    private async Task ScenarioAsync(string name, object body)
    {
        using var answer = await _control.PostAsJsonAsync($"{_simulator.Ready["control"]}/scenarios/{name}", body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{name}: {await answer.Content.ReadAsStringAsync()}");
    }

    [GeneratedRegex("certificate-authority-data: (\\S+)")]
    private static partial Regex Authority();
}
