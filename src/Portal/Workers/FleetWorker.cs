using Sluice.Domain.Metrics;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Workers;

/// <summary>Keeps the fleet index and its samples up to date on every replica: each serves pages from its own.</summary>
public sealed partial class FleetWorker(FleetIndex index, JobSampler sampler, WaitingPodReader waiting) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(index.RunAsync(stoppingToken), sampler.RunAsync(stoppingToken), waiting.RunAsync(stoppingToken));

    [LoggerMessage(1, LogLevel.Error, "The fleet index or what feeds it failed while {Doing}; it goes on.")]
    internal static partial void LogSurvived(ILogger logger, Exception failure, string doing);
}
