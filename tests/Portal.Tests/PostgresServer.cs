using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sluice.Portal.Stores;
using Sluice.Portal.Stores.Embedded;
using Xunit;

[assembly: AssemblyFixture(typeof(Sluice.Portal.Tests.PostgresServer))]

namespace Sluice.Portal.Tests;

/// <summary>One real PostgreSQL server for the whole test run, started on first use. Ask for <see cref="PostgresFixture"/>, not for this.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Template = "sluice_template";
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "sluice-tests-" + Path.GetRandomFileName());
    private readonly SemaphoreSlim _gate = new(1);
    private EmbeddedPostgres? _server;
    private string? _connectionString;

    /// <summary>Makes a database with current tables and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await _gate.WaitAsync();
        try
        {
            if (_connectionString is null) await StartAsync();
            await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {Template}");
            return new NpgsqlConnectionStringBuilder(_connectionString) { Database = name }.ConnectionString;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Drops a database, connections or not.</summary>
    public Task DropDatabaseAsync(string name) => ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");

    private async Task StartAsync()
    {
        _server = new(new() { Directory = _directory, Settings = new Dictionary<string, string> { ["fsync"] = "off", ["full_page_writes"] = "off", ["max_connections"] = "300" } }, NullLogger.Instance);
        _connectionString = await _server.StartAsync(CancellationToken.None);
        await ExecuteAsync($"CREATE DATABASE {Template}");
        var template = new NpgsqlConnectionStringBuilder(_connectionString) { Database = Template, Pooling = false };
        await using var context = new SluiceDbContext(new DbContextOptionsBuilder<SluiceDbContext>().UseNpgsql(template.ConnectionString).Options);
        await context.Database.MigrateAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
        _gate.Dispose();
    }
}
