using Sluice.Domain.Clusters;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Testing;
using Sluice.Testing.Processes;

namespace Sluice.Contract.Tests.Operations;

/// <summary>The cases on a real Kubernetes with operator 1.7.0 and Flink 1.19.</summary>
public sealed class RealOperationCases : OperationCases
{
    private const string Cluster = "portal-cluster";
    private const string Namespace = "team-orders";

    private static readonly OperationTiming Timing = new()
    {
        Poll = TimeSpan.FromMilliseconds(500),
        Start = TimeSpan.FromMinutes(4),
        Savepoint = TimeSpan.FromMinutes(3),
        ErrorPatience = TimeSpan.FromSeconds(10),
        OperatorSilence = TimeSpan.FromSeconds(20),
    };

    private protected override TimeSpan Watched => TimeSpan.FromMinutes(1);

    private protected override async Task OnEachAsync(string pipeline, Func<OperationBed, Task> work)
    {
        var kubeconfig = await RealCluster.KubeconfigAsync();
        await GoneAsync(pipeline);
        await LedgerJob.PrepareAsync(pipeline);
        await using var directory = new ClusterDirectory(new ClusterDirectoryOptions());
        await directory.SetAsync(new ClusterSettings(Cluster, null, kubeconfig), default);
        await Until.TrueAsync(() => directory.All.All(c => c.Capabilities is not null), "the cluster", TimeSpan.FromMinutes(1));
        using var bed = new OperationBed(directory, new PipelineKey(Cluster, Namespace, pipeline), Timing, () => Task.FromResult(LedgerJob.Read(pipeline)));
        try
        {
            await work(bed);
        }
        finally
        {
            await GoneAsync(pipeline);
        }
    }

    private static async Task GoneAsync(string pipeline)
    {
        await RealCluster.GoneAsync(Namespace, pipeline);
        await RealCluster.GoneAsync(Namespace, pipeline + "-g2");
    }
}
