using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.Contract.Tests.Portal;

/// <summary>The tests that share one world.</summary>
[CollectionDefinition(nameof(KillFixture))]
public sealed class KillCollection : ICollectionFixture<KillFixture>;

/// <summary>The world of a collection of tests.</summary>
public sealed class KillFixture : IAsyncLifetime
{
    internal KillWorld World { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => World = await KillWorld.StartAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => World?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Simulated clusters, and a portal that ends itself where it is told to.</summary>
internal sealed class KillWorld : IAsyncDisposable
{
    private readonly DataDirectory _data = new();
    private readonly HttpClient _control = new();
    private readonly string _log = Path.GetTempFileName();
    private readonly SimulatorProcess _simulator;
    private string? _crashAt;
    private bool _gone = true;

    private KillWorld(SimulatorProcess simulator) => _simulator = simulator;

    public PortalProcess Portal { get; private set; } = null!;

    public static async Task<KillWorld> StartAsync()
    {
        var world = new KillWorld(await SimulatorProcess.StartAsync("empty", speed: 60));
        try
        {
            foreach (var cluster in (string[])["eu-west", "us-east"]) await PrepareAsync(world.Connect(cluster));
            await world.RestartAsync(null);
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }

        return world;
    }

    /// <summary>Makes the namespace of the script on a cluster.</summary>
    public static async Task PrepareAsync(KubernetesApi kubernetes)
    {
        using (kubernetes)
        {
            await kubernetes.CreateAsync(KubernetesResource.Namespaces, null, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = KillScript.Namespace } }, new KubernetesWrite(), default);
            await kubernetes.CreateAsync(KubernetesResource.ServiceAccounts, KillScript.Namespace, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ServiceAccount", ["metadata"] = new JsonObject { ["name"] = "flink" } }, new KubernetesWrite(), default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DisposePortalAsync();
        await _simulator.DisposeAsync();
        _control.Dispose();
        _data.Dispose();
        File.Delete(_log);
    }

    /// <summary>Stops the portal as it should be, and starts one that ends itself at a boundary, or never.</summary>
    public async Task RestartAsync(string? crashAt)
    {
        await DisposePortalAsync();
        StartAgain(crashAt);
        await ReadyAsync();
    }

    /// <summary>Waits until the portal has killed itself.</summary>
    public async Task KilledAsync()
    {
        int code;
        try
        {
            code = await Portal.WaitForExitAsync(TimeSpan.FromMinutes(2));
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The portal did not kill itself:\n{Portal.Output}");
        }

        code.ShouldBe(128 + 9, Portal.Output);
        await DisposePortalAsync();
    }

    /// <summary>Starts a portal without waiting: it may kill itself before it is ready.</summary>
    public void StartAgain(string? crashAt) => (Portal, _crashAt, _gone) = (PortalProcess.Launch(_simulator.Kubeconfig, _data.Path, Settings(_log, crashAt)), crashAt, false);

    /// <summary>A portal that does not kill itself, and that runs.</summary>
    public async Task CalmAsync()
    {
        if (_gone || _crashAt is not null) await RestartAsync(null);
        else await ReadyAsync();
    }

    /// <summary>Waits until the portal has killed itself, or kills it; then one that ends itself at another boundary, or never, is ready.</summary>
    public async Task FollowedAsync(bool kill, string? crashAt, Func<Task>? meanwhile = null)
    {
        if (kill) await Portal.KillAsync();
        await KilledAsync();
        if (meanwhile is not null) await meanwhile();
        StartAgain(crashAt);
        try
        {
            await ReadyAsync();
        }
        catch (InvalidOperationException) when (crashAt is not null && Portal.HasExited)
        {
            // It has come to its end already.
        }
    }

    /// <summary>Starts trouble on the simulated clusters.</summary>
    public async Task TroubleAsync(string scenario, object body)
    {
        using var answer = await _control.PostAsJsonAsync($"{(string)_simulator.Ready["control"]!}/scenarios/{scenario}", body);
        answer.EnsureSuccessStatusCode();
    }

    public async Task ReadyAsync()
    {
        using var client = Portal.Client();
        await Portal.WaitAsync("ready", TimeSpan.FromSeconds(60), async () =>
        {
            try
            {
                using var answer = await client.GetAsync("readyz");
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <summary>What a portal of these tests is told.</summary>
    public static Dictionary<string, string?> Settings(string log, string? crashAt) => new()
    {
        ["Sluice__Teams__0__Name"] = "kills",
        ["Sluice__Teams__0__Namespaces__0"] = $"eu-west/{KillScript.Namespace}",
        ["Sluice__Teams__0__Namespaces__1"] = $"us-east/{KillScript.Namespace}",
        ["Sluice__Operations__Poll"] = "00:00:00.2",
        ["Sluice__Operations__ErrorPatience"] = "00:00:05",
        ["Sluice__Testing__CrashAt"] = crashAt,
        ["Sluice__Testing__StepLog"] = log,
    };

    /// <summary>The boundaries that an operation passed, in order, as <c>step:boundary</c>.</summary>
    public IEnumerable<string> Passed(string id) => File.ReadAllLines(_log).Select(l => l.Split(' ')).Where(l => l[0] == id).Select(l => $"{l[2]}:{l[3]}");

    /// <summary>How many savepoints the jobs of a pipeline and of the one beside it have taken, and how many revisions that one has, or it itself.</summary>
    public async Task<(int Savepoints, int Revisions)> CountAsync(string cluster, string pipeline, string beside)
    {
        using var api = new PortalApi(Portal);
        var revisions = await api.FindAsync($"{cluster}/{KillScript.Namespace}/{pipeline}{beside}/revisions");
        var savepoints = await SavepointsAsync(_control, _simulator, cluster, pipeline) + (beside.Length == 0 ? 0 : await SavepointsAsync(_control, _simulator, cluster, pipeline + beside));
        return (savepoints, revisions?.AsArray().Count ?? 0);
    }

    /// <summary>How many savepoints all runs of a pipeline's job have taken, as the jobs themselves count them.</summary>
    public static async Task<int> SavepointsAsync(HttpClient http, SimulatorProcess simulator, string cluster, string pipeline)
    {
        var output = JsonNode.Parse(await http.GetStringAsync($"{(string)simulator.Ready["control"]!}/output/{cluster}/{KillScript.Namespace}/{pipeline}"))!;
        return output["runs"]!.AsArray().Sum(r => (int)r!["savepoints"]!);
    }

    /// <summary>Whether the job runs, once the operator has said so.</summary>
    public async Task<bool> RunsAsync(string cluster, string pipeline)
    {
        using var kubernetes = Connect(cluster);
        try
        {
            var resource = await kubernetes.GetAsync(KubernetesResource.FlinkDeployments, KillScript.Namespace, pipeline, TestContext.Current.CancellationToken);
            return (string?)resource["spec"]!["job"]!["state"] == "running" && (string?)resource["status"]?["jobStatus"]?["state"] == "RUNNING";
        }
        catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
        {
            return false;
        }
    }

    /// <summary>Keeps a line of the account, for the test's result and for the file that <c>make chaos</c> prints.</summary>
    public static void Say(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        var results = Path.GetFullPath(Environment.GetEnvironmentVariable("SLUICE_TEST_RESULTS") ?? "TestResults", Repository.Root);
        Directory.CreateDirectory(results);
        File.AppendAllText(Path.Combine(results, "chaos.txt"), line + "\n");
    }

    private async Task DisposePortalAsync()
    {
        if (!_gone) await Portal.DisposeAsync();
        _gone = true;
    }

    private KubernetesApi Connect(string cluster) => new(cluster, Kubeconfig.Load(_simulator.Kubeconfig, cluster, new KubeconfigOptions()), TimeProvider.System);
}
