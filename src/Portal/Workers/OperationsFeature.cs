using Microsoft.Extensions.Options;
using Sluice.Domain.Clusters;
using Sluice.Domain.Flink;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Portal.Configuration;
using Sluice.Portal.Stores;
using Sluice.Portal.Stores.Guards;
using Sluice.Portal.Stores.Operations;

namespace Sluice.Portal.Workers;

public static class OperationsFeature
{
    /// <summary>The operations engine: its record, its kinds, and the worker that carries them out on this replica.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddSingleton(s => s.GetRequiredService<IOptions<SluiceOptions>>().Value.Operations.ToTiming());
        services.AddSingleton(s => new OperationEnvironment(
            s.GetRequiredService<IClusterDirectory>(), s.GetRequiredService<IJobManagers>(), s.GetRequiredService<IPipelineStore>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<OperationTiming>())
        {
            Causes = new OperationCauses(s),
            Guards = s.GetRequiredService<IOptions<SluiceOptions>>().Value.Guards.ToPolicy() with { Freezes = s.GetRequiredService<FreezeService>() },
            Files = new MountedSnapshots([.. s.GetRequiredService<IOptions<SluiceOptions>>().Value.SnapshotFolders]),
            Snapshots = s.GetRequiredService<ISnapshotStore>(),
        });
        services.AddSingleton<IReadOnlyList<IOperationKind>>(s => OperationKinds.All(s.GetRequiredService<OperationTiming>()));
        services.AddSingleton<IOperationStore>(s => new OperationStore(() => s.GetRequiredService<SluiceDatabase>().Source, s.GetRequiredService<DatabaseNotifications>()));
        services.AddSingleton(s => new OperationRunner(
            s.GetRequiredService<IOperationStore>(), s.GetRequiredService<IReadOnlyList<IOperationKind>>(), s.GetRequiredService<OperationEnvironment>(), OperationsWorker.Lease)
        {
            Boundary = OperationCrashPoint.From(s.GetRequiredService<IConfiguration>(), s.GetRequiredService<IHostEnvironment>()),
        });
        services.AddSingleton(s => new OperationService(
            s.GetRequiredService<IOperationStore>(), s.GetRequiredService<IReadOnlyList<IOperationKind>>(), s.GetRequiredService<OperationEnvironment>(), Guid.NewGuid)
        {
            Boundary = OperationCrashPoint.From(s.GetRequiredService<IConfiguration>(), s.GetRequiredService<IHostEnvironment>()),
        });
        services.AddSingleton<IOperationService>(s => s.GetRequiredService<OperationService>());
        services.AddSingleton(s => new ReplicaIdentity(s.GetRequiredService<IOptions<SluiceOptions>>().Value.Replica));
        services.AddHostedService<OperationsWorker>();
        services.AddSingleton<OperationGate>();
        services.AddSingleton<IFreezeStore, FreezeStore>();
        services.AddSingleton(s => new FreezeService(
            s.GetRequiredService<IFreezeStore>(), s.GetRequiredService<IPipelineStore>(), s.GetRequiredService<IClusterDirectory>(), s.GetRequiredService<TimeProvider>(), Guid.CreateVersion7));
        services.AddHostedService<GateWorker>();
        return services;
    }
}
