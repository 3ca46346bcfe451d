using System.Globalization;
using Sluice.Domain.Clusters;

namespace Sluice.Portal.Client.Features.Clusters;

/// <summary>Figures and settings of a cluster in words.</summary>
internal static class ClusterFormat
{
    public static string Short(TimeSpan time) => time.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0}\u00a0s")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, Math.Round(time.TotalMilliseconds))}\u00a0ms");

    public static string Rate(double perSecond) => string.Create(CultureInfo.InvariantCulture, $"{perSecond:0.0}/s");

    public static string Access(ClusterSettings settings) => settings.Access switch
    {
        JobManagerAccess.Service => "by service name, from inside the cluster",
        JobManagerAccess.ApiServerProxy => "through the API server’s service proxy",
        JobManagerAccess.Ingress => $"by ingress: {settings.IngressTemplate}",
        _ => "not known",
    };

    public static string Source(ClusterSettings settings) => settings switch
    {
        { Credentials: not null } => $"credentials that were entered{Context(settings)}; kept sealed",
        { KubeconfigPath: { } path } => $"{path}{Context(settings)}",
        _ => "the service account of Sluice’s pod",
    };

    private static string Context(ClusterSettings settings) => settings.Context is { } context ? $", context {context}" : "";
}
