using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Portal.Configuration;
using Sluice.Portal.Stores.Embedded;

namespace Sluice.Portal.Stores;

/// <summary>The database: the one that is configured, else a private one. It is up, and its tables are current, before anything else of the host starts.</summary>
public sealed partial class SluiceDatabase(IOptions<SluiceOptions> options, ILogger<SluiceDatabase> logger, ILoggerFactory loggers) : IHostedLifecycleService, IAsyncDisposable
{
    // One replica changes the tables; the others wait for it. Any fixed number will do.
    private const long MigrationLock = 0x534C554943450001;
    private EmbeddedPostgres? _embedded;
    private NpgsqlDataSource? _source;

    public NpgsqlDataSource Source => _source ?? throw new InvalidOperationException("The database is used before the host started.");

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var database = options.Value.Database;
        var connectionString = database.ConnectionString;
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            var directory = Path.Combine(options.Value.DataDirectory, "postgres");
            _embedded = new(new() { Directory = directory, Binaries = database.Binaries, Settings = database.Settings.AsReadOnly() }, loggers.CreateLogger<EmbeddedPostgres>());
            connectionString = await _embedded.StartAsync(cancellationToken);
        }

        _source = NpgsqlDataSource.Create(connectionString);
        await MigrateAsync(cancellationToken);
    }

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await Source.OpenConnectionAsync(cancellationToken);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection) { Parameters = { new() { Value = MigrationLock } }, CommandTimeout = 0 })
            await take.ExecuteNonQueryAsync(cancellationToken);
        await using var context = new SluiceDbContext(new DbContextOptionsBuilder<SluiceDbContext>().UseNpgsql(connection).Options);
        var pending = (await context.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
        if (pending.Count > 0)
        {
            LogMigrating(string.Join(", ", pending));
            await context.Database.MigrateAsync(cancellationToken);
        }

        await using var release = new NpgsqlCommand("SELECT pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = MigrationLock } } };
        await release.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_source is not null) await _source.DisposeAsync();
        if (_embedded is not null) await _embedded.DisposeAsync();
        _embedded = null;
    }

    [LoggerMessage(1, LogLevel.Information, "Changing the tables: {Migrations}.")]
    private partial void LogMigrating(string migrations);
}
