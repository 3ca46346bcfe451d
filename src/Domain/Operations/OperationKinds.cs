namespace Sluice.Domain.Operations;

/// <summary>All kinds of operation.</summary>
public static class OperationKinds
{
    /// <summary>Makes them.</summary>
    public static IReadOnlyList<IOperationKind> All(OperationTiming timing) =>
    [
        new DeployOperation(timing), new SavepointOperation(timing), new SuspendOperation(timing),
        new ResumeOperation(timing), new UpgradeOperation(timing), new DeleteOperation(timing),
        new DrainOperation(timing), new CancelOperation(timing), new RestartOperation(timing), new RedeployOperation(timing), new RollbackOperation(timing), new ScaleOperation(timing), new ForkOperation(timing),
        new SideBySideOperation(timing), new GoLiveOperation(timing), new DisposeSnapshotOperation(timing),
    ];
}
