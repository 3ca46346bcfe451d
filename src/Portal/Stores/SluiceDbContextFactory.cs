using Microsoft.EntityFrameworkCore;

namespace Sluice.Portal.Stores;

/// <summary>Contexts on <see cref="SluiceDatabase"/>. The framework's own factory fixes the connection when the container makes it, which is before the private server has a port.</summary>
public sealed class SluiceDbContextFactory(SluiceDatabase database, ILoggerFactory loggers) : IDbContextFactory<SluiceDbContext>
{
    private DbContextOptions<SluiceDbContext>? _options;

    public SluiceDbContext CreateDbContext() => new(_options ??= Options());

    private DbContextOptions<SluiceDbContext> Options() =>
        new DbContextOptionsBuilder<SluiceDbContext>().UseNpgsql(database.Source).UseLoggerFactory(loggers).Options;
}
