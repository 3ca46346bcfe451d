using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Sluice.Testing.Clusters;

/// <summary>etcd and a real API server with the operator's CRDs, in a folder and on ports of its own; stopped and removed at the end.</summary>
public sealed class RealApiServer : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("sluice-api-").FullName;
    private readonly int _apiPort = FreePort();
    private readonly int _etcdPort = FreePorts();

    public string Kubeconfig => Path.Combine(_home, "admin.kubeconfig");

    public string CertificateAuthority => Path.Combine(_home, "pki", "ca.crt");

    public Uri Server => new($"https://127.0.0.1:{_apiPort}");

    /// <summary>A client that may do everything: one HTTP/2 connection, and a second one where its streams are all taken.</summary>
    public HttpClient Client()
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(CertificateAuthority);
        var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { authority } };
        var client = new HttpClient(handler) { BaseAddress = Server, DefaultRequestVersion = HttpVersion.Version20 };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "portal-test-token");
        return client;
    }

    public async ValueTask InitializeAsync()
    {
        if (SharedFolder.Path is not null) await UpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // Without --wipe, which also takes down the network of another cluster on this machine.
        if (SharedFolder.Path is not null) await RunAsync("down", "");
        if (Directory.Exists(_home)) Directory.Delete(_home, recursive: true);
    }

    public async Task UpAsync()
    {
        await RunAsync("up", "api");
        // A kind is served a moment after its definition was accepted, or the server came back: first by itself, then in what tells of all.
        using var client = Client();
        foreach (var (kind, plural) in ((string, string)[])[("FlinkDeployment", "flinkdeployments"), ("FlinkSessionJob", "flinksessionjobs"), ("FlinkStateSnapshot", "flinkstatesnapshots")])
        {
            await Until.TrueAsync(async () => await ReadAsync(client, $"apis/flink.apache.org/v1beta1/{plural}?limit=1") is not null, $"{plural} to be served");
            await Until.TrueAsync(async () => (await ReadAsync(client, "apis/flink.apache.org/v1beta1"))?.Contains($"\"{kind}\"", StringComparison.Ordinal) == true, $"{kind} to be listed");
        }
    }

    private static async Task<string?> ReadAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
    }

    /// <summary>Ends the API server at once, as a crash would; <see cref="UpAsync"/> brings it back with the same data.</summary>
    public void KillApiServer()
    {
        using var process = ApiServerProcess();
        process.Kill();
        if (!process.WaitForExit(TimeSpan.FromSeconds(10))) throw new TimeoutException("the API server does not end");
    }

    /// <summary>Stops the API server in the middle of whatever it does; its connections stay open. Goes on when disposed of.</summary>
    public IDisposable FreezeApiServer()
    {
        using var process = ApiServerProcess();
        var frozen = new Frozen(process.Id);
        Signal("STOP", process.Id);
        return frozen;
    }

    /// <summary>Forgets all history up to now, so that older versions answer 410.</summary>
    public async Task CompactAsync(string revision)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_etcdPort}") };
        using var answer = await http.PostAsJsonAsync("/v3/kv/compaction", new { revision, physical = true }, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private static void Signal(string name, int process)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{process}"]);
        kill.WaitForExit();
        if (kill.ExitCode != 0) throw new InvalidOperationException($"kill -{name} {process} failed");
    }

    private Process ApiServerProcess() =>
        Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(_home, "run", "kube-apiserver.pid")).Split(' ')[0], CultureInfo.InvariantCulture));

    private async Task RunAsync(string script, string argument)
    {
        // Into files, not pipes: the servers inherit them and would keep a pipe open for ever.
        var start = new ProcessStartInfo("/bin/bash", ["-c", "exec \"$0\" \"$1\" >\"$2\" 2>&1 </dev/null", SharedFolder.Require("cluster", script), argument, Path.Combine(_home, script + ".log")]);
        start.Environment["CLUSTER_HOME"] = _home;
        start.Environment["CLUSTER_API_PORT"] = $"{_apiPort}";
        start.Environment["CLUSTER_ETCD_PORT"] = $"{_etcdPort}";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        if (process.ExitCode != 0) throw new InvalidOperationException($"{script} failed: {(File.Exists(Path.Combine(_home, script + ".log")) ? await File.ReadAllTextAsync(Path.Combine(_home, script + ".log")) : "")}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // etcd takes the next port, too.
    private static int FreePorts()
    {
        while (true)
        {
            var port = FreePort();
            try
            {
                using var next = new TcpListener(IPAddress.Loopback, port + 1);
                next.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; try others.
            }
        }
    }

    private sealed class Frozen(int process) : IDisposable
    {
        private int _process = process;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _process, 0) is var id and not 0) Signal("CONT", id);
        }
    }
}
