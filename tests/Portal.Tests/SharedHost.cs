using Xunit;

namespace Sluice.Portal.Tests;

/// <summary>One host for a class of tests that leave it as it was.</summary>
public sealed class SharedHost(PostgresServer server) : IAsyncLifetime
{
    private readonly PostgresFixture _database = new(server);
    private PortalHost? _host;

    public PortalHost Host => _host ?? throw new InvalidOperationException("The fixture is not initialised.");

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        _host = new(_database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
        await _database.DisposeAsync();
    }
}
