using Microsoft.Extensions.Options;
using Sluice.Domain.Specs;

namespace Sluice.Portal.Configuration;

public static class SpecsFeature
{
    /// <summary>The organisation's defaults for new pipelines, and the dry run that tries a manifest before it is registered.</summary>
    public static IServiceCollection AddSpecs(this IServiceCollection services)
    {
        services.AddSingleton(s => s.GetRequiredService<IOptions<SluiceOptions>>().Value.ToDefaults());
        services.AddSingleton<RegistrationCheck>();
        return services;
    }

    private static OrganisationDefaults ToDefaults(this SluiceOptions options) => new(
    [
        .. options.Defaults
            .GroupBy(d => (d.Level, Name: d.Name ?? ""))
            .Select(g => new DefaultSet(g.Key.Level, g.Key.Name, [.. g.Select(d => new SpecDefault(d.Path, d.Value, d.Enforced))])),
    ]);
}
