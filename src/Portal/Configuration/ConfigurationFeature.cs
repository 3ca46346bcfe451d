using Microsoft.Extensions.Options;

namespace Sluice.Portal.Configuration;

public static class ConfigurationFeature
{
    /// <summary>The options: bound, filled in, and checked before the host starts.</summary>
    public static IServiceCollection AddSluiceOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SluiceOptions>().Bind(configuration.GetSection(SluiceOptions.Section)).ValidateOnStart();
        services.AddSingleton<SluiceOptionsSetup>();
        services.AddSingleton<IPostConfigureOptions<SluiceOptions>>(s => s.GetRequiredService<SluiceOptionsSetup>());
        services.AddSingleton<IValidateOptions<SluiceOptions>>(s => s.GetRequiredService<SluiceOptionsSetup>());
        return services;
    }
}
