using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Workers;

public static class SnapshotsFeature
{
    /// <summary>The catalogue of snapshots, timetables, retention and disposal.</summary>
    public static IServiceCollection AddSnapshots(this IServiceCollection services)
    {
        services.AddSingleton(s => new SnapshotReconciler(
            s.GetRequiredService<IClusterDirectory>(), s.GetRequiredService<IJobManagers>(), s.GetRequiredService<IPipelineStore>(), s.GetRequiredService<IOperationStore>(),
            s.GetRequiredService<ISnapshotStore>(), s.GetRequiredService<TimeProvider>(), Guid.CreateVersion7));
        services.AddSingleton<SnapshotScheduler>();
        services.AddSingleton<SnapshotKeeper>();
        services.AddSingleton<SnapshotFeeds>();
        services.AddSingleton<ISnapshotService, SnapshotService>();
        services.AddHostedService<SnapshotsWorker>();
        return services;
    }
}
