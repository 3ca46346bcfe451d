using Sluice.Bench.Browser;
using Sluice.Testing.Processes;

namespace Sluice.Bench.Rig;

/// <summary>What rows share: the simulated fleet, the portal on it, the browser. Each is started by the first row that needs it and ends with the run.</summary>
internal sealed class Stage(BenchOptions options) : IAsyncDisposable
{
    private readonly Stack<Func<ValueTask>> _ends = new();
    private SimulatorProcess? _fleet;
    private RunningPortal? _portal;
    private Chromium? _chromium;

    public BenchOptions Options => options;

    /// <summary>The simulated clusters with all pipelines.</summary>
    public async Task<SimulatorProcess> FleetAsync() => _fleet ??= Keep(await Simulator.FleetAsync(options.Pipelines, options.Clusters));

    /// <summary>The portal, with every pipeline in its index.</summary>
    public async Task<RunningPortal> PortalAsync()
    {
        if (_portal is not null) return _portal;
        _portal = Keep(await RunningPortal.StartAsync(await FleetAsync()));
        await _portal.HoldsAsync(options.Pipelines);
        return _portal;
    }

    /// <summary>The browser.</summary>
    public async Task<Chromium> ChromiumAsync() => _chromium ??= Keep(await Chromium.StartAsync());

    /// <summary>Ends it with the run, the newest first.</summary>
    public T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _ends.Push(part.DisposeAsync);
        return part;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_ends.TryPop(out var end)) await end();
    }
}
