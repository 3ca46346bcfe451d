using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sluice.Testing;
using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>The portal on the simulated demo fleet, with a Chromium. Shared by the journeys of one collection, which run one after the other.</summary>
public sealed class SimulatedPortal : IAsyncLifetime
{
    private readonly HttpClient _control = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly DataDirectory _data = new();
    private SimulatorProcess _simulator = null!;

    /// <summary>The browser.</summary>
    public Browser Browser { get; } = new();

    /// <summary>The portal; another one after <see cref="RestartAsync"/>.</summary>
    public PortalProcess Portal { get; private set; } = null!;

    /// <summary>The kubeconfig of the simulated clusters.</summary>
    public string Kubeconfig => _simulator.Kubeconfig;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await Browser.InitializeAsync();
        _simulator = await SimulatorProcess.StartAsync("demo", speed: 4, seed: 7);
        Portal = await PortalProcess.StartAsync(_simulator.Kubeconfig, _data.Path);
        using var client = Portal.Client();
        await Until.TrueAsync(async () => (int)JsonNode.Parse(await client.GetStringAsync("api/v1/pipelines?limit=1"))!["total"]! == 40, "the demo fleet", TimeSpan.FromSeconds(30));
        await Until.TrueAsync(async () => JsonNode.Parse(await client.GetStringAsync("api/v1/teams"))!.AsArray().Count >= 6, "its teams", TimeSpan.FromSeconds(30));
    }

    /// <summary>Starts a scenario of the simulator.</summary>
    public async Task ScenarioAsync(string name, object body)
    {
        using var answer = await _control.PostAsJsonAsync($"{_simulator.Ready["control"]}/scenarios/{name}", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>SIGKILL, then the same portal again: same port, same data.</summary>
    public async Task RestartAsync()
    {
        var port = Portal.Url.Port;
        await Portal.KillAsync();
        await Portal.DisposeAsync();
        Portal = await PortalProcess.StartAsync(_simulator.Kubeconfig, _data.Path, port: port);
    }

    /// <summary>What the API says of a path below <c>api/v1</c>.</summary>
    public async Task<JsonNode> ApiAsync(string path)
    {
        using var client = Portal.Client();
        return JsonNode.Parse(await client.GetStringAsync("api/v1/" + path))!;
    }

    /// <summary>Registers a deployment that runs already; one that is registered stays as it is.</summary>
    /// <param name="pipeline">As <c>cluster/namespace/name</c>.</param>
    /// <param name="team">The team that it is to belong to.</param>
    public async Task AdoptAsync(string pipeline, string team)
    {
        using var client = Portal.Client();
        await Until.TrueAsync(async () =>
        {
            using var adopted = await client.PostAsJsonAsync($"api/v1/pipelines/{pipeline}/adopt", new { team });
            return adopted.IsSuccessStatusCode || adopted.StatusCode == HttpStatusCode.Conflict;
        }, $"{pipeline} to be adopted", TimeSpan.FromSeconds(60));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (Portal is not null) await Portal.DisposeAsync();
        if (_simulator is not null) await _simulator.DisposeAsync();
        _control.Dispose();
        _data.Dispose();
    }
}

/// <summary>The journeys that look at the simulated fleet, restart its portal or take its clusters away.</summary>
[CollectionDefinition(nameof(SimulatedCollection))]
public sealed class SimulatedCollection : ICollectionFixture<SimulatedPortal>;

/// <summary>The journeys of operations on a simulated fleet of their own, beside the other journeys: much of their time they wait for it.</summary>
[CollectionDefinition(nameof(OperationsCollection))]
public sealed class OperationsCollection : ICollectionFixture<SimulatedPortal>;
