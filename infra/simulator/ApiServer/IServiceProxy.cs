namespace Sluice.Simulator.ApiServer;

/// <summary>What stands behind a cluster's services: the JobManagers.</summary>
internal interface IServiceProxy
{
    /// <summary>Answers a request that the API server passes on. False if nothing listens behind the service.</summary>
    Task<bool> TryHandleAsync(HttpContext http, string ns, string service, string path);
}
