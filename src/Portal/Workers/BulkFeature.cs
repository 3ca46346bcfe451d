using Sluice.Domain.Clusters;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Portal.Stores;
using Sluice.Portal.Stores.Bulk;

namespace Sluice.Portal.Workers;

public static class BulkFeature
{
    /// <summary>Operations over many pipelines: their record, and the worker that advances them.</summary>
    public static IServiceCollection AddBulk(this IServiceCollection services)
    {
        services.AddSingleton<IBulkStore>(s => new BulkStore(() => s.GetRequiredService<SluiceDatabase>().Source, s.GetRequiredService<DatabaseNotifications>()));
        services.AddSingleton(s => new BulkComposer(s.GetRequiredService<IOperationService>(), s.GetRequiredService<IClusterDirectory>(), s.GetRequiredService<IPipelineStore>(), s.GetRequiredService<ISnapshotService>()));
        services.AddSingleton(s => new BulkStarter(s.GetRequiredService<IOperationService>(), s.GetRequiredService<BulkComposer>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new BulkEngine(s.GetRequiredService<IBulkStore>(), s.GetRequiredService<BulkStarter>(), s.GetRequiredService<IFleet>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new BulkService(
            s.GetRequiredService<IBulkStore>(), s.GetRequiredService<IOperationService>(), s.GetRequiredService<BulkComposer>(), s.GetRequiredService<ISnapshotStore>(), s.GetRequiredService<IFleet>(),
            s.GetRequiredService<TimeProvider>(), Guid.CreateVersion7));
        services.AddHostedService<BulkWorker>();
        return services;
    }
}
