using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Contract.Tests.Kubernetes;

/// <summary>etcd and a real API server with the operator's CRDs, in a folder and on ports of its own; stopped and removed at the end.</summary>
public sealed class RealApiServer : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("sluice-api-").FullName;
    private readonly int _apiPort = FreePort();
    private readonly int _etcdPort = FreePorts();

    public string Kubeconfig => Path.Combine(_home, "admin.kubeconfig");

    public string CertificateAuthority => Path.Combine(_home, "pki", "ca.crt");

    public Uri Server => new($"https://127.0.0.1:{_apiPort}");

    public async ValueTask InitializeAsync()
    {
        if (SharedFolder.Path is null) return;
        await UpAsync();
        // A kind is served a moment after its definition was accepted.
        using var api = new KubernetesApi("start", Domain.Kubernetes.Kubeconfig.Load(Kubeconfig, null, new KubeconfigOptions()), TimeProvider.System);
        await Until.TrueAsync(async () => (await api.DiscoverAsync(CancellationToken.None)).Missing.Count == 0, "the Flink kinds to be served");
        foreach (var kind in (KubernetesResource[])[KubernetesResource.FlinkDeployments, KubernetesResource.FlinkSessionJobs, KubernetesResource.FlinkStateSnapshots])
            await Until.TrueAsync(async () =>
            {
                try
                {
                    return (await api.ListAsync(kind, null, new KubernetesListQuery(), CancellationToken.None)).ResourceVersion.Length > 0;
                }
                catch (KubernetesException e) when (e.Error == KubernetesError.NotServed)
                {
                    return false;
                }
            }, $"{kind.Plural} to be listed");
    }

    public async ValueTask DisposeAsync()
    {
        // Without --wipe, which also takes down the network of another cluster on this machine.
        if (SharedFolder.Path is not null) await RunAsync("down", "");
        if (Directory.Exists(_home)) Directory.Delete(_home, recursive: true);
    }

    public async Task UpAsync() => await RunAsync("up", "api");

    /// <summary>Ends the API server at once, as a crash would; <see cref="UpAsync"/> brings it back with the same data.</summary>
    public void KillApiServer()
    {
        using var process = ApiServerProcess();
        process.Kill();
        process.WaitForExit(TimeSpan.FromSeconds(10)).ShouldBeTrue();
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
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private static void Signal(string name, int process)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{process}"]);
        kill.WaitForExit();
        kill.ExitCode.ShouldBe(0);
    }

    private Process ApiServerProcess() =>
        Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(_home, "run", "kube-apiserver.pid")).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));

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
