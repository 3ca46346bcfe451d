using Microsoft.EntityFrameworkCore;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Views;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Portal.Stores.Snapshots;

namespace Sluice.Portal.Stores;

public static class StoresFeature
{
    /// <summary>The database, its tables and the stores on it.</summary>
    public static IServiceCollection AddStores(this IServiceCollection services)
    {
        services.AddSingleton<SluiceDatabase>();
        services.AddHostedService(s => s.GetRequiredService<SluiceDatabase>());
        services.AddSingleton<DatabaseNotifications>();
        services.AddHostedService(s => s.GetRequiredService<DatabaseNotifications>());
        services.AddSingleton<IDbContextFactory<SluiceDbContext>, SluiceDbContextFactory>();
        services.AddSingleton<IPipelineStore, PipelineStore>();
        services.AddSingleton<IDraftStore, DraftStore>();
        services.AddSingleton<IViewStore, ViewStore>();
        services.AddSingleton(s => new ViewService(s.GetRequiredService<IViewStore>(), s.GetRequiredService<IPipelineStore>(), s.GetRequiredService<TimeProvider>(), Guid.CreateVersion7, FleetUrlState.ReadQuery));
        services.AddSingleton<ISnapshotStore>(s => new SnapshotStore(() => s.GetRequiredService<SluiceDatabase>().Source, s.GetRequiredService<DatabaseNotifications>()));
        services.AddSingleton<ClusterRegister>();
        services.AddSingleton<TeamRegister>();
        return services;
    }
}
