using Microsoft.Extensions.Options;
using Sluice.Domain.Clusters;
using Sluice.Domain.Diagnosis;
using Sluice.Domain.Flink;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Metrics;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Configuration;

namespace Sluice.Portal.Workers;

public static class FleetFeature
{
    /// <summary>The clusters, the way to their JobManagers, and the live index of all pipelines.</summary>
    public static IServiceCollection AddFleet(this IServiceCollection services, IHostEnvironment environment, IConfiguration configuration)
    {
        services.AddSingleton(s => new KubeconfigOptions
        {
            Time = s.GetRequiredService<TimeProvider>(),
            AllowedPlugins = [.. s.GetRequiredService<IOptions<SluiceOptions>>().Value.AllowedCredentialPlugins],
        });
        // Under one type only: the container disposes of what it made once for each registration.
        services.AddSingleton<IClusterDirectory>(s => new ClusterDirectory(new() { Kubeconfig = s.GetRequiredService<KubeconfigOptions>() }));
        services.AddSingleton<IJobManagers, JobManagers>();
        services.AddSingleton(s =>
        {
            var log = s.GetRequiredService<ILogger<FleetWorker>>();
            return new FleetIndex(
                s.GetRequiredService<IClusterDirectory>(), s.GetRequiredService<IPipelineStore>(), s.GetRequiredService<IOperationService>(), s.GetRequiredService<IJobSamples>(),
                s.GetRequiredService<TimeProvider>(), (failure, doing) => FleetWorker.LogSurvived(log, failure, doing), s.GetRequiredService<WaitingNodes>());
        });
        services.AddSingleton<IFleet>(s => s.GetRequiredService<FleetIndex>());
        services.AddSingleton<ClusterSetup>();
        services.AddHostedService(s => s.GetRequiredService<ClusterSetup>());
        services.AddSingleton<IClusterAdministration, ClusterAdministration>();
        services.AddSingleton<Leadership>();
        services.AddHostedService<FleetWorker>();
        services.AddSingleton<JobSamples>();
        services.AddSingleton<IJobSamples>(s => s.GetRequiredService<JobSamples>());
        services.AddSingleton(s =>
        {
            var log = s.GetRequiredService<ILogger<FleetWorker>>();
            return new JobSampler(
                s.GetRequiredService<IFleet>(), s.GetRequiredService<IJobManagers>(), s.GetRequiredService<JobSamples>(), s.GetRequiredService<TimeProvider>(),
                (failure, doing) => FleetWorker.LogSurvived(log, failure, doing));
        });
        services.AddSingleton<WaitingNodes>();
        services.AddSingleton(s =>
        {
            var log = s.GetRequiredService<ILogger<FleetWorker>>();
            return new WaitingPodReader(
                s.GetRequiredService<IFleet>(), s.GetRequiredService<IClusterDirectory>(), s.GetRequiredService<WaitingNodes>(), s.GetRequiredService<TimeProvider>(),
                (failure, doing) => FleetWorker.LogSurvived(log, failure, doing));
        });
        services.AddSingleton<IDiagnosis, DiagnosisReader>();
        services.AddSingleton(s => new RegistryService(s.GetRequiredService<IPipelineStore>(), s.GetRequiredService<IClusterDirectory>(), s.GetRequiredService<TimeProvider>(), Guid.CreateVersion7));
        if (environment.IsDevelopment() && !configuration.GetSection("Sluice:Teams").Exists()) services.AddHostedService<DemoTeams>();
        return services;
    }
}
