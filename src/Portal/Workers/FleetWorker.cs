using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Workers;

/// <summary>Keeps the fleet index up to date on every replica: each serves pages from its own.</summary>
public sealed partial class FleetWorker(FleetIndex index) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => index.RunAsync(stoppingToken);

    [LoggerMessage(1, LogLevel.Error, "The fleet index failed while {Doing}; it goes on.")]
    internal static partial void LogSurvived(ILogger logger, Exception failure, string doing);
}
