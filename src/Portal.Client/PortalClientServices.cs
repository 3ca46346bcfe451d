using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Dialogs;
using Sluice.Portal.Client.Shared.Live;
using Sluice.Portal.Client.Shared.Palette;

namespace Sluice.Portal.Client;

/// <summary>What the pages need besides Domain's ports, which the host registers.</summary>
public static class PortalClientServices
{
    public static IServiceCollection AddPortalClient(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<PaletteFleet>();
        services.AddSingleton<PaletteSearch>();
        services.AddScoped<Toasts>();
        services.AddScoped<Me>();
        // Scoped: one browser page each.
        services.AddScoped<LiveGate>();
        services.AddScoped<PageMemory>();
        return services;
    }
}
