using System.Diagnostics;
using System.Text.Json.Nodes;
using Sluice.Bench.Rig;
using Sluice.Testing.Processes;

namespace Sluice.E2E.Tests.Soak;

/// <summary>The portal of a soak: restarted on the same port and data, its memory measured, its log watched for what it reports as errors.</summary>
internal sealed class SoakPortal(string kubeconfig, TimeSpan warmUp) : IAsyncDisposable
{
    private readonly DataDirectory _data = new();
    private readonly List<string> _failures = [];
    private readonly Stopwatch _age = new();
    private readonly SemaphoreSlim _running = new(1);
    private PortalProcess? _process;
    private Probe? _probe;
    private HttpClient? _client;
    private int _starts;

    /// <summary>Where it listens; the same after a restart.</summary>
    public Uri Url => _process!.Url;

    /// <summary>The course of the memory of each of its processes.</summary>
    public List<MemoryCourse> Memory { get; } = [];

    /// <summary>Errors in the logs of all its processes so far.</summary>
    public IReadOnlyList<string> Failures => [.. _failures, .. _process?.Failures ?? []];

    /// <summary>Starts it, on the port that it had.</summary>
    public async Task StartAsync(int? port = null)
    {
        _probe = new Probe();
        var settings = new Dictionary<string, string?>(_probe.Settings) { ["Logging__LogLevel__Default"] = "Warning" };
        _process = await PortalProcess.StartAsync(kubeconfig, _data.Path, settings, port);
        _client = _process.Client();
        _age.Restart();
        Memory.Add(new MemoryCourse($"portal {++_starts}", warmUp));
    }

    /// <summary>SIGTERM, then the same again. Returns when the old one had ended, which is when the pages lose it at the latest.</summary>
    public async Task<DateTimeOffset> RestartAsync()
    {
        var port = Url.Port;
        await _running.WaitAsync();
        try
        {
            await StopAsync();
            var ended = DateTimeOffset.UtcNow;
            await StartAsync(port);
            return ended;
        }
        finally
        {
            _running.Release();
        }
    }

    /// <summary>Samples its memory again and again, across restarts: after a full collection, so that only what is held counts.</summary>
    public async Task SampleAsync(TimeSpan every, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await _running.WaitAsync(cancellationToken);
            try
            {
                var heap = await _probe!.CollectAsync();
                Memory[^1].Add(_age.Elapsed, heap.Heap, await ResidentAsync());
            }
            finally
            {
                _running.Release();
            }

            await Task.Delay(every, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What the API says of a path below <c>api/v1</c>.</summary>
    public async Task<JsonNode> ApiAsync(string path) => JsonNode.Parse(await _client!.GetStringAsync("api/v1/" + path))!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _running.Dispose();
        _data.Dispose();
    }

    private async Task<double> ResidentAsync()
    {
        var status = await File.ReadAllLinesAsync($"/proc/{_process!.Id}/status");
        return double.Parse(status.Single(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    private async Task StopAsync()
    {
        if (_process is null) return;
        await _process.StopAsync();
        _failures.AddRange(_process.Failures);
        await _process.DisposeAsync();
        _process = null;
        _client?.Dispose();
        _probe?.Dispose();
    }
}
