using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.Portal.Stores;
using Xunit;

namespace Sluice.Portal.Tests;

/// <summary>
/// A fresh database with current tables on a real PostgreSQL. <c>IClassFixture&lt;PostgresFixture&gt;</c> gives each test class its own;
/// a test that needs one for itself makes its own: <c>await using var db = await PostgresFixture.CreateAsync(server)</c>.
/// </summary>
public sealed class PostgresFixture(PostgresServer server) : IAsyncLifetime
{
    private readonly string _name = "test_" + Guid.NewGuid().ToString("N");
    private NpgsqlDataSource? _source;

    /// <summary>For <c>ConnectionStrings:Sluice</c> of a test host.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Connections to the database.</summary>
    public NpgsqlDataSource Source => _source ?? throw new InvalidOperationException("The fixture is not initialised.");

    /// <summary>What stores take.</summary>
    public IDbContextFactory<SluiceDbContext> Contexts => new Factory(new DbContextOptionsBuilder<SluiceDbContext>().UseNpgsql(Source).Options);

    public static async Task<PostgresFixture> CreateAsync(PostgresServer server)
    {
        var fixture = new PostgresFixture(server);
        await fixture.InitializeAsync();
        return fixture;
    }

    public async ValueTask InitializeAsync()
    {
        ConnectionString = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync(_name)) { MaxPoolSize = 20 }.ConnectionString;
        _source = NpgsqlDataSource.Create(ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (_source is not null) await _source.DisposeAsync();
        await server.DropDatabaseAsync(_name);
    }

    private sealed class Factory(DbContextOptions<SluiceDbContext> options) : IDbContextFactory<SluiceDbContext>
    {
        public SluiceDbContext CreateDbContext() => new(options);
    }
}
