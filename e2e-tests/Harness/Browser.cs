using Microsoft.Playwright;
using Sluice.Testing;
using Xunit;

namespace Sluice.E2E.Tests.Harness;

/// <summary>One Chromium for all journeys; each journey has a context of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;

    /// <summary>The running Chromium.</summary>
    public IBrowser Chromium { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        Chromium = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run"],
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Chromium.CloseAsync();
        _playwright?.Dispose();
    }

    /// <summary>Where screenshots land; git ignores it.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(Path.Combine(SharedFolder.Repository, "e2e-tests", "screenshots")).FullName;
}
