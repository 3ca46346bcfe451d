using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rig;

/// <summary>Starts simulated fleets.</summary>
internal static class Simulator
{
    /// <summary>A large company: so many pipelines on so many clusters, the same ones in every run.</summary>
    public static Task<SimulatorProcess> FleetAsync(int pipelines, int clusters) => SimulatorProcess.StartAsync(
        "scale", speed: 1, seed: 4, "--pipelines", pipelines.ToString(CultureInfo.InvariantCulture), "--clusters", clusters.ToString(CultureInfo.InvariantCulture), "--change-rate", "0");

    /// <summary>So many clusters with nothing on them.</summary>
    public static async Task<SimulatorProcess> EmptyAsync(int clusters)
    {
        using var file = new TemporaryFile(new JsonObject
        {
            ["clusters"] = new JsonArray([.. Enumerable.Range(0, clusters).Select(c => new JsonObject { ["name"] = $"region-{c}", ["operator"] = "1.16" })]),
            ["pipelines"] = new JsonArray(),
        }.ToJsonString());
        return await SimulatorProcess.StartAsync(file.Path, speed: 1);
    }

    /// <summary>Its clusters: name, server and token.</summary>
    public static JsonArray Clusters(this SimulatorProcess simulator) => simulator.Ready["clusters"]!.AsArray();

    /// <summary>A client that trusts it.</summary>
    public static HttpClient Client(SimulatorProcess simulator, Uri server)
    {
        var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(simulator.Authority()));
        return new(new SocketsHttpHandler
        {
            SslOptions = { CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { certificate }, RevocationMode = X509RevocationMode.NoCheck } },
        }) { BaseAddress = server };
    }

    /// <summary>Its certificate, as it stands in the kubeconfig.</summary>
    public static string Authority(this SimulatorProcess simulator) =>
        File.ReadLines(simulator.Kubeconfig).First(line => line.Contains("certificate-authority-data:", StringComparison.Ordinal)).Split(':')[1].Trim().Trim('"');
}

/// <summary>A file that goes with its use.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(string text) => File.WriteAllText(Path, text);

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public void Dispose() => File.Delete(Path);
}
