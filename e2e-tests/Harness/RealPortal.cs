using Sluice.Testing.Processes;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>The portal on the real cluster, with a Chromium. Shared by the journeys that need real jobs, which run one after the other.</summary>
public sealed class RealPortal : IAsyncLifetime
{
    /// <summary>The cluster's name in the portal: the context of its kubeconfig.</summary>
    public const string Cluster = "portal-cluster";

    private readonly DataDirectory _data = new();

    /// <summary>The browser.</summary>
    public Browser Browser { get; } = new();

    /// <summary>The portal; null until <see cref="StartAsync"/>.</summary>
    public PortalProcess Portal { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => await Browser.InitializeAsync();

    /// <summary>Starts the portal, or gives the one that runs; skips the running test where there is no real cluster.</summary>
    public async Task<PortalProcess> StartAsync()
    {
        if (Portal is not null) return Portal;
        var kubeconfig = await RealCluster.KubeconfigAsync();
        Portal = await PortalProcess.StartAsync(kubeconfig, _data.Path, Teams.Settings);
        return Portal;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (Portal is not null) await Portal.DisposeAsync();
        _data.Dispose();
    }
}

/// <summary>The two teams of the real cluster.</summary>
public static class Teams
{
    /// <summary>As settings of the portal.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>
    {
        ["Sluice__Teams__0__Name"] = "orders",
        ["Sluice__Teams__0__DisplayName"] = "Orders",
        ["Sluice__Teams__0__Namespaces__0"] = RealPortal.Cluster + "/team-orders",
        ["Sluice__Teams__1__Name"] = "rides",
        ["Sluice__Teams__1__DisplayName"] = "Rides",
        ["Sluice__Teams__1__Namespaces__0"] = RealPortal.Cluster + "/team-rides",
    };
}

/// <summary>The journeys on the real cluster, one after the other: it has two cores.</summary>
[CollectionDefinition(nameof(RealCollection))]
public sealed class RealCollection : ICollectionFixture<RealPortal>;
