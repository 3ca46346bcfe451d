using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Shared;

/// <summary>Builds every link, so that no page knows another page's address.</summary>
public static class PortalUrls
{
    public const string Pipelines = "/";

    public const string Register = "/pipelines/new";

    public const string Operations = "/operations";

    public const string Bulk = "/bulk";

    public const string Clusters = "/clusters";

    public const string NewCluster = "/clusters/new";

    public const string Settings = "/settings";

    public static string Pipeline(PipelineKey key) => key.Path;

    public static string Operation(Guid id) => $"{Operations}/{id:D}";

    public static string BulkRun(Guid id) => $"{Bulk}/{id:D}";

    public static string OperationsOf(PipelineKey key) => $"{Operations}?pipeline={Uri.EscapeDataString($"{key.Cluster}/{key.Namespace}/{key.Name}")}{(key.Resource == FlinkResource.SessionJob ? "&resource=session-job" : "")}";

    public static string PipelinesOfCluster(string cluster) => $"/?cluster={Uri.EscapeDataString(cluster)}";

    public static string EditCluster(string cluster) => $"{Clusters}/{Uri.EscapeDataString(cluster)}/edit";

    public static string SignIn(string returnUrl) => $"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}";
}
